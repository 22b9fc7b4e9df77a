/** gap-ticket.json: tickets of the stream of the other vectors, as bytes and as people carry them. */
import { ticketStreamDigest } from '../../../src/crypto/digest.ts';
import { encodeGapTicket, type GapTicket } from '../../../src/wire/gap-ticket.ts';
import { encodePaperCode } from '../../../src/wire/paper-code.ts';
import { BOUNDARY, EPOCH, EPOCH_ID, hex, STREAM } from './fixture.ts';

const MOST = 2 ** 48 - 1;
const TICKET: Omit<GapTicket, 'runs'> = {
  streamDigest: ticketStreamDigest(BOUNDARY, STREAM),
  epoch: EPOCH,
  epochIdStart: EPOCH_ID.subarray(0, 2),
};

export function gapTicketVectors() {
  return {
    about:
      'good: the one encoding of a ticket and its paper code; runs are first-last. bad: bytes that are no ticket, with the code. A prefix of a good one is refused, or a good one with fewer runs.',
    good: [
      good('one frame', [[1042, 1042]]),
      good('three frames', [[1042, 1044]]),
      good('from the first frame on', [[1, 1]]),
      good('the last frame there can be', [[MOST, MOST]]),
      good('all frames there can be', [[1, MOST]]),
      good('runs with one frame between them', [
        [5, 6],
        [8, 8],
        [10, 300],
        [302, 302],
      ]),
      good('far apart', [
        [127, 129],
        [2 ** 20, 2 ** 21],
        [2 ** 40, 2 ** 40 + 127],
      ]),
      good('a late epoch', [[7, 7]], { epoch: Number.MAX_SAFE_INTEGER }),
      good('as many runs as the length allows', runs(306)),
    ],
    bad: bad(),
  };
}

function runs(count: number): [number, number][] {
  return Array.from({ length: count }, (_, index) => [1 + index * 2, 1 + index * 2]);
}

function good(name: string, pairs: readonly (readonly [number, number])[], changes: Partial<GapTicket> = {}) {
  const ticket = { ...TICKET, ...changes, runs: pairs.map(([from, to]) => ({ from, to })) };
  const bytes = encodeGapTicket(ticket);
  const { streamDigest, epoch, epochIdStart } = ticket;
  return {
    name,
    boundary: BOUNDARY,
    stream: STREAM,
    ticket: {
      streamDigest: hex(streamDigest),
      epoch,
      epochIdStart: hex(epochIdStart),
      runs: pairs.map(([from, to]) => `${from}-${to}`),
    },
    bytes: hex(bytes),
    code: encodePaperCode({ kind: 'G', bytes }),
  };
}

function bad() {
  const head = Buffer.concat([Uint8Array.of(1), TICKET.streamDigest]);
  const refused = (name: string, parts: readonly (Uint8Array | number[])[], error: string) => ({
    name,
    bytes: hex(Buffer.concat(parts.map((part) => Uint8Array.from(part)))),
    error,
  });
  const whole = [head, [EPOCH], TICKET.epochIdStart];
  return [
    refused('nothing', [], 'ticket-field'),
    refused('a later version', [[2], TICKET.streamDigest, [EPOCH], TICKET.epochIdStart, [0, 0]], 'ticket-version'),
    refused('no version', [[0], TICKET.streamDigest, [EPOCH], TICKET.epochIdStart, [0, 0]], 'ticket-version'),
    refused('no run', whole, 'ticket-field'),
    refused('half a run', [...whole, [5]], 'ticket-field'),
    refused('epoch 0', [head, [0], TICKET.epochIdStart, [5, 0]], 'ticket-field'),
    refused('an epoch that is not the shortest', [head, [0x83, 0], TICKET.epochIdStart, [5, 0]], 'ticket-encoding'),
    refused('a run that is not the shortest', [...whole, [5, 0x80, 0x80, 0]], 'ticket-encoding'),
    refused('a frame above the last', [...whole, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f, 0]], 'ticket-field'),
    refused('a run above the last', [...whole, [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f]], 'ticket-field'),
    refused('a varint above 2^53 - 1', [...whole, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0]], 'ticket-field'),
    refused('a varint without end', [...whole, Array(32).fill(0xff)], 'ticket-field'),
    refused('a cut varint', [...whole, [5, 0x80]], 'ticket-field'),
    refused('621 bytes', [...whole, Array(613).fill(0)], 'ticket-field'),
  ];
}

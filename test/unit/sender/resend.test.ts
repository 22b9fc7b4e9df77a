import { describe, expect, it } from 'vitest';
import { coreStatus } from '../../../sender/ops/core-status.ts';
import { planResend } from '../../../sender/transmit/resend-plan.ts';
import { resendHandler, resendRequest } from '../../../sender/transmit/resend-request.ts';
import { ticketStreamDigest } from '../../../src/crypto/digest.ts';
import { OPS_LIMITS } from '../../../src/limits.ts';
import { DATAGRAM_KIND, datagramKind } from '../../../src/wire/datagram.ts';
import type { FrameRun } from '../../../src/wire/frame-runs.ts';
import type { GapTicket } from '../../../src/wire/gap-ticket.ts';
import {
  assemble,
  boundary,
  type CoreRig,
  coreRig,
  drive,
  entriesOf,
  epochId,
  openDatagram,
  stream,
  userLine,
} from '../../support/sender-rig.ts';

const names = { boundary, stream };
const wallMs = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

/** A sender whose `frames` frames went through all their repeats within the first hour. */
async function rigWith(frames: number, options: Parameters<typeof coreRig>[0] = {}): Promise<CoreRig> {
  const rig = await coreRig({ packer: { batchRecords: 1 }, ...options });
  rig.core.handleEntries(0, entriesOf(Array.from({ length: frames }, (_, index) => userLine(`u${index + 1}`))));
  drive(rig.core, 0, HOUR_MS);
  return rig;
}

function ask(rig: CoreRig, runs: readonly FrameRun[], id = '1') {
  const { number, id: epoch } = rig.journal.epoch;
  return resendHandler(rig.core, () => {})({ id, kind: 'resend', body: resendRequest({ number, id: epoch }, runs) });
}

const symbols = (sent: readonly { datagram: Buffer }[]) =>
  sent.map(({ datagram }) => datagram).filter((datagram) => datagramKind(datagram) === DATAGRAM_KIND.symbol);
const sequencesOf = (sent: readonly { datagram: Buffer }[]) => [
  ...new Set(symbols(sent).map((datagram) => openDatagram(datagram).header.sequence)),
];

describe('frames that operators want again', () => {
  it('leave once, from source and repair, so that they are whole for a receiver that has nothing of them', async () => {
    const rig = await rigWith(5);
    const kept = [2, 4].map((sequence) => rig.journal.frame(sequence)?.bytes);
    const before = rig.core.outlet.datagrams;
    expect(before.resend).toBe(0);
    ask(rig, [
      { from: 2, to: 2 },
      { from: 4, to: 4 },
    ]);
    const sent = drive(rig.core, HOUR_MS, 2 * HOUR_MS);
    const got = assemble(symbols(sent));
    expect([...got.keys()]).toEqual([2, 4]);
    expect([...got.values()].map((bytes) => Buffer.compare(bytes, kept.shift() as Uint8Array))).toEqual([0, 0]);
    expect(symbols(sent)).toHaveLength(6);
    expect(coreStatus(rig.core, HOUR_MS)).toMatchObject({
      datagrams: { resend: 6 },
      resends: { done: 2, missing: 0, waiting: 0 },
    });
    // Any two symbols of a pass may be lost: the source one and one of repair too.
    const ofFrame2 = symbols(sent).filter((datagram) => openDatagram(datagram).header.sequence === 2);
    expect([...assemble([ofFrame2.at(-1) as Buffer]).keys()]).toEqual([2]);
  });

  it('come behind fresh frames and first repeats, and before later ones', async () => {
    const rig = await rigWith(3, { link: { rateBitsPerSecond: 400_000 } });
    const startMs = HOUR_MS;
    // Fresh at 0; its repeats are due at 1 s, 10 s and 60 s.
    rig.core.handleEntries(startMs, entriesOf([userLine('fresh')], 4));
    drive(rig.core, startMs, startMs + 500);
    ask(rig, [{ from: 1, to: 3 }]);
    rig.core.handleEntries(startMs + 500, entriesOf([userLine('later')], 5));
    rig.core.flush(startMs + 12_000, wallMs);
    // Nothing was polled meanwhile, so all of it is due.
    const order = symbols(drive(rig.core, startMs + 12_000, startMs + 13_000)).map((datagram) => {
      const { sequence, symbolIndex } = openDatagram(datagram).header;
      return `${sequence}.${symbolIndex}`;
    });
    const firstOf = (sequence: number) => order.findIndex((entry) => entry.startsWith(`${sequence}.`));
    expect(order.slice(0, 3)).toEqual(['5.0', '5.1', '5.2']);
    // Of frame 4: its first repeat, then the frames that were asked for, then its second.
    expect(firstOf(4)).toBe(3);
    expect(firstOf(1)).toBe(4);
    expect(order.lastIndexOf(order.findLast((entry) => entry.startsWith('4.')) as string)).toBeGreaterThan(firstOf(3));
  });

  it('are read one at a time, however many', async () => {
    const rig = await coreRig({ packer: { batchRecords: 1 } });
    rig.core.handleEntries(0, entriesOf(Array.from({ length: 1_000 }, (_, index) => userLine(`u${index}`))));
    drive(rig.core, 0, HOUR_MS);
    let reads = 0;
    const frame = rig.journal.frame.bind(rig.journal);
    rig.journal.frame = (sequence) => {
      reads++;
      return frame(sequence);
    };
    expect(ask(rig, [{ from: 1, to: 1_000 }])).toMatchObject({ detail: { frames: 1_000 } });
    for (let poll = 0; poll < 30; poll++) rig.core.poll(HOUR_MS, wallMs);
    expect(reads).toBeLessThan(12);
    expect(rig.core.journal.resends.waitingFrames).toBeGreaterThan(900);
    drive(rig.core, HOUR_MS, 2 * HOUR_MS);
    expect([reads, rig.core.totals.resends.done]).toEqual([1_000, 1_000]);
  });

  it('wait on disk: a restart sends the rest, a crash once more what left in its last second', async () => {
    const rig = await rigWith(200, { link: { rateBitsPerSecond: 1_000_000 } });
    ask(rig, [{ from: 1, to: 200 }]);
    const first = sequencesOf(drive(rig.core, HOUR_MS, HOUR_MS + 1_200));
    expect(first.length).toBeGreaterThan(20);
    expect(first.length).toBeLessThan(190);
    // Killed: nothing more is written down.
    const again = await coreRig({ store: rig.store, nowMs: HOUR_MS, wallMs: wallMs + HOUR_MS });
    const rest = [
      ...new Set(
        symbols(drive(again.core, HOUR_MS, 2 * HOUR_MS)).map((datagram) => openDatagram(datagram, 2).header.sequence),
      ),
    ];
    expect(rest.at(-1)).toBe(200);
    expect(rest[0]).toBeGreaterThan(1);
    expect(rest[0]).toBeLessThanOrEqual(first.length + 1);
    expect(new Set([...first, ...rest]).size).toBe(200);
  });

  it('are counted where the journal lost them meanwhile, and the others go out', async () => {
    const rig = await rigWith(3);
    rig.store.prepare('DELETE FROM frame WHERE sequence = 2').run();
    ask(rig, [{ from: 1, to: 3 }]);
    expect(sequencesOf(drive(rig.core, HOUR_MS, 2 * HOUR_MS))).toEqual([1, 3]);
    expect(rig.core.totals.resends).toEqual({ done: 2, missing: 1 });
  });

  it('are not sent for ever: what nobody has is not kept, and too many runs are refused', async () => {
    const rig = await rigWith(3);
    expect(ask(rig, [{ from: 3, to: 2 ** 48 - 1 }])).toMatchObject({ detail: { frames: 1, missing: 2 ** 48 - 4 } });
    const runs = Array.from({ length: OPS_LIMITS.maxResendRuns + 1 }, (_, index) => ({
      from: 1 + index * 2,
      to: 1 + index * 2,
    }));
    expect(ask(rig, runs, '2')).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('name frames') });
  });

  it('of another epoch are refused with the reason', async () => {
    const rig = await rigWith(1);
    const body = resendRequest({ number: 2, id: epochId }, [{ from: 1, to: 1 }]);
    const handler = resendHandler(rig.core, () => {});
    expect(handler({ id: '1', kind: 'resend', body })).toEqual({
      outcome: 'refused',
      reason: 'Frames of epoch 2 cannot be sent again in epoch 1. A snapshot brings what they held.',
    });
    const other = resendRequest({ number: 1, id: Buffer.alloc(16) }, [{ from: 1, to: 1 }]);
    expect(handler({ id: '2', kind: 'resend', body: other })).toMatchObject({ outcome: 'refused' });
  });

  it.each([
    [undefined],
    [null],
    ['resend'],
    [{}],
    [{ epoch: 1, epochId: 7, frames: [[1, 1]] }],
    [{ epoch: 1, epochId: 'x', frames: [] }],
    [{ epoch: 1, epochId: 'x', frames: [[1]] }],
    [{ epoch: 1, epochId: 'x', frames: [[2, 1]] }],
    [{ epoch: 1, epochId: 'x', frames: [[0, 1]] }],
    [{ epoch: 1, epochId: 'x', frames: [[1, 2 ** 48]] }],
    [{ epoch: 1, epochId: 'x', frames: [['1', '1']] }],
    [
      {
        epoch: 1,
        epochId: 'x',
        frames: [
          [5, 6],
          [1, 2],
        ],
      },
    ],
  ])('are asked for in one form alone: %j is refused', async (body) => {
    const rig = await rigWith(1);
    expect(resendHandler(rig.core, () => {})({ id: '1', kind: 'resend', body })).toMatchObject({ outcome: 'refused' });
    expect(rig.core.journal.resends.waitingFrames).toBe(0);
  });
});

describe('what the journal can do for a ticket', () => {
  const ticket = (changes: Partial<GapTicket> = {}): GapTicket => ({
    streamDigest: ticketStreamDigest(boundary, stream),
    epoch: 1,
    epochIdStart: epochId.subarray(0, 2),
    runs: [{ from: 2, to: 3 }],
    ...changes,
  });

  it('is told from what it has: sent again, or gone', async () => {
    const { store } = await rigWith(5);
    store.prepare('DELETE FROM frame WHERE sequence <= 2').run();
    const plan = planResend(store, names, [ticket(), ticket({ runs: [{ from: 1, to: 1 }] })]);
    expect(plan).toMatchObject({ frames: [{ from: 3, to: 3 }], pruned: [{ from: 1, to: 2 }], epoch: { number: 1 } });
    expect(plan.frameBytes).toBeGreaterThan(200);
    store.prepare('DELETE FROM frame').run();
    expect(planResend(store, names, [ticket()])).toMatchObject({ frames: [], pruned: [{ from: 2, to: 3 }] });
  });

  it.each([
    ['another stream', { streamDigest: ticketStreamDigest(boundary, 'ops') }, 'stream-mismatch', /not of stream hr/],
    [
      'another boundary',
      { streamDigest: ticketStreamDigest('site-b', stream) },
      'stream-mismatch',
      /of boundary site-a/,
    ],
    ['another life of this epoch', { epochIdStart: Buffer.of(9, 9) }, 'epoch-mismatch', /set back, or is this a copy/],
    ['a later epoch', { epoch: 2 }, 'epoch-mismatch', /set back, or is this a copy/],
    [
      'frames that were never made',
      { runs: [{ from: 4, to: 9 }] },
      'frames-missing',
      /never made \(6–9\); its last is 5/,
    ],
  ])('is nothing for %s', async (_, changes, code, text) => {
    const { store } = await rigWith(5);
    expect(() => planResend(store, names, [ticket(changes)])).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(text) }),
    );
  });

  it('is nothing for an older epoch, in a sentence with the cure', async () => {
    const { store } = await rigWith(5);
    store.prepare("INSERT INTO epoch (number, id, created_at_ms) VALUES (3, x'0303', 0)").run();
    expect(() => planResend(store, names, [ticket()])).toThrow(
      'Ticket 1 is of epoch 1; the journal is in epoch 3, and frames of an older one cannot be sent again. A snapshot brings what they held: diode-sender snapshot DIR',
    );
  });
});

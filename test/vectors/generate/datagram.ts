/** datagram.json: sealed datagrams and what must be refused, in the order in which a receiver finds it. */
import { datagramKey } from '../../../src/crypto/digest.ts';
import { DatagramCipher } from '../../../src/crypto/sodium.ts';
import { DATAGRAM_KIND, type DatagramHeader, HEADER_BYTES } from '../../../src/wire/datagram.ts';
import { messages } from '../../../src/wire/protobuf.ts';
import { PADDING, sealDatagram } from '../../support/sealed-datagram.ts';
import { bytesOf, flipped, hex, SESSION_ID, SESSION_SECRET } from './fixture.ts';

const BASE: DatagramHeader = {
  suite: 1,
  kind: DATAGRAM_KIND.symbol,
  session: SESSION_ID.readUInt32BE(0),
  lane: 0,
  counter: 1,
  sequence: 1,
  blockIndex: 0,
  blockCount: 1,
  symbolIndex: 0,
  frameBytes: 1_000,
  sourceCount: 1,
  repairCapacity: 4,
};
const FRAME = bytesOf('frame', 1_000);
const SYMBOL = Buffer.concat([FRAME, Buffer.alloc(24)]);

export function datagramVectors() {
  return {
    about:
      'good: datagrams of the session in keys.json; header is what a receiver knows in the end, kind 4 where it was veiled (padding: repairCapacity 1, all else 0). bad: error is the first problem that a receiver finds which knows that session alone and has seen no counter. Every datagram of good with any one bit changed must be refused.',
    good: [
      good('a frame of one symbol, zero padding behind 1,000 bytes', BASE, SYMBOL),
      good('a repair symbol of the same block', { ...BASE, counter: 2, symbolIndex: 4 }, bytesOf('repair', 1_024)),
      good(
        'the last block of three, largest counter and sequence, last lane',
        {
          ...BASE,
          lane: 15,
          counter: 2 ** 48 - 1,
          sequence: 2 ** 48 - 1,
          blockIndex: 2,
          blockCount: 3,
          symbolIndex: 5,
          frameBytes: 1_000,
          sourceCount: 5,
          repairCapacity: 128,
        },
        bytesOf('third block', 64),
      ),
      good(
        'k = 192, M = 64',
        {
          ...BASE,
          counter: 3,
          frameBytes: 192 * 64,
          sourceCount: 192,
          repairCapacity: 64,
          symbolIndex: 255,
        },
        bytesOf('largest block', 64),
      ),
      good('a control object: a Hello in a ControlObject', controlHeader(), controlSymbol()),
      good('a veiled symbol', { ...BASE, kind: DATAGRAM_KIND.veiled, counter: 6, symbolIndex: 4 }, bytesOf('v', 1_024)),
      good(
        'a veiled symbol, its largest sequence and M',
        { ...BASE, kind: DATAGRAM_KIND.veiled, lane: 3, counter: 7, sequence: 2 ** 45 - 1, repairCapacity: 128 },
        SYMBOL,
      ),
      good('padding, veiled, as long as a symbol', { ...BASE, ...PADDING, counter: 4 }, Buffer.alloc(1_024)),
      good('padding of another length', { ...BASE, ...PADDING, counter: 8 }, Buffer.alloc(100)),
    ],
    bad: bad(),
  };
}

function bad() {
  const whole = seal(BASE, SYMBOL);
  const geometry = (name: string, change: Partial<DatagramHeader>, symbol: Uint8Array = SYMBOL) =>
    refused(name, seal({ ...BASE, ...change }, symbol), 'geometry');
  return [
    refused('empty', Buffer.alloc(0), 'too-short'),
    refused('43 bytes: no symbol, and a tag cut short', whole.subarray(0, 43), 'too-short'),
    refused('above the largest symbol', Buffer.concat([whole, Buffer.alloc(8_941 - whole.length)]), 'too-long'),
    refused('foreign traffic', flipped(whole, 0), 'magic'),
    refused('a later format', flipped(whole, 1, 3), 'format'),
    refused('a later suite', flipped(whole, 2, 3), 'suite'),
    refused('kind 0', flipped(whole, 3, 0x10), 'kind'),
    refused('kind 6', flipped(whole, 3, 0x70), 'kind'),
    refused('kind 5: nothing is measured now', flipped(whole, 3, 0x40), 'calibration'),
    refused('another session', flipped(whole, 4), 'session'),
    refused('lane 16', seal({ ...BASE, lane: 16 }, SYMBOL), 'lane'),
    refused('counter changed on the way', flipped(whole, 14, 2), 'forged'),
    refused('sequence changed on the way', flipped(whole, 20), 'forged'),
    refused('symbol changed on the way', flipped(whole, HEADER_BYTES + 5), 'forged'),
    refused('tag changed on the way', flipped(whole, whole.length - 1), 'forged'),
    refused('cut by one byte', whole.subarray(0, -1), 'forged'),
    refused('one byte more', Buffer.concat([whole, Buffer.alloc(1)]), 'forged'),
    geometry('sequence 0', { sequence: 0 }),
    geometry('veiled: sequence 0, and no padding', { ...PADDING, sourceCount: 1 }),
    geometry('veiled: M = 1', { kind: DATAGRAM_KIND.veiled, repairCapacity: 1 }),
    geometry('veiled: a symbol of no bytes', { kind: DATAGRAM_KIND.veiled }, Buffer.alloc(0)),
    refused(
      'veiled: taken for a symbol',
      flipped(seal({ ...BASE, kind: DATAGRAM_KIND.veiled }, SYMBOL), 3, 0x50),
      'forged',
    ),
    geometry('no blocks', { blockCount: 0 }),
    geometry('more blocks than symbols', { blockCount: 2 }),
    geometry('a block beyond the last', { blockIndex: 1 }),
    geometry('k is not what the cut gives', { sourceCount: 2 }),
    geometry('no frame bytes', { frameBytes: 0 }),
    geometry('frame bytes above 4 MiB', { frameBytes: 4 * 1024 * 1024 + 1, blockCount: 22, sourceCount: 187 }),
    geometry('symbol index k + M', { symbolIndex: 5 }),
    geometry('M = 1', { repairCapacity: 1 }),
    geometry('M = 256', { repairCapacity: 256 }),
    geometry('k + M above 256', { frameBytes: 192 * 64, sourceCount: 192, repairCapacity: 128 }, bytesOf('big', 64)),
    geometry('k above 192', { frameBytes: 193 * 64, sourceCount: 193, repairCapacity: 32 }, bytesOf('big', 64)),
    geometry('a symbol that is no multiple of 64', { frameBytes: 50 }, bytesOf('odd', 100)),
    geometry(
      'a control object above its bound',
      {
        kind: DATAGRAM_KIND.control,
        frameBytes: 1024 * 1024 + 1,
        blockCount: 4,
        sourceCount: 187,
      },
      bytesOf('control', 1_408),
    ),
  ];
}

function good(name: string, header: DatagramHeader, symbol: Uint8Array) {
  return { name, header, symbol: hex(symbol), datagram: hex(seal(header, symbol)) };
}

function refused(name: string, datagram: Uint8Array, error: string) {
  return { name, datagram: hex(datagram), error };
}

function controlSymbol(): Buffer {
  const object = messages.ControlObject.encode({ kind: 1, body: bytesOf('hello in a control object', 400) }).finish();
  return Buffer.concat([object, Buffer.alloc(448 - object.length)]);
}

function controlHeader(): DatagramHeader {
  const frameBytes = messages.ControlObject.encode({ kind: 1, body: Buffer.alloc(400) }).finish().length;
  return { ...BASE, kind: DATAGRAM_KIND.control, counter: 5, frameBytes, repairCapacity: 2 };
}

export function seal(header: DatagramHeader, symbol: Uint8Array): Buffer {
  return sealDatagram(header, symbol, new DatagramCipher(datagramKey(SESSION_SECRET, SESSION_ID, header.lane)));
}

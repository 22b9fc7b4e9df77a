import { describe, expect, it } from 'vitest';
import { Assembler } from '../../receiver/intake/assembler.ts';
import { SessionTable } from '../../receiver/intake/session-table.ts';
import { datagramKey } from '../../src/crypto/digest.ts';
import { DatagramCipher } from '../../src/crypto/sodium.ts';
import {
  DATAGRAM_KIND,
  type DatagramHeader,
  datagramGeometry,
  HEADER_BYTES,
  readDatagramHeader,
  readVeiledPlace,
  TAG_BYTES,
  VEILED_HEADER_BYTES,
  VEILED_PLACE_BYTES,
} from '../../src/wire/datagram.ts';
import { PADDING, sealDatagram } from '../support/sealed-datagram.ts';
import { bitFlipsOf, bytes, prefixesOf, readVectors } from './wire-vectors.ts';

const { session } = readVectors('keys');
const { good, bad } = readVectors('datagram');
const OUTCOMES: Record<number, string> = {
  [DATAGRAM_KIND.symbol]: 'accepted',
  [DATAGRAM_KIND.control]: 'control',
  [DATAGRAM_KIND.veiled]: 'accepted',
};

function outcomeOf({ kind, sequence }: DatagramHeader): string {
  return sequence === 0 ? 'padding' : (OUTCOMES[kind] as string);
}

function cipherOf(lane: number): DatagramCipher {
  return new DatagramCipher(datagramKey(bytes(session.secret), bytes(session.id), lane));
}

/** An assembler that knows the session and has seen nothing. */
function freshAssembler(): Assembler {
  const sessions = new SessionTable();
  sessions.open({ number: 1, id: bytes(session.id), epoch: 1, secret: bytes(session.secret) });
  return new Assembler({
    sessions,
    filter: { wanted: () => true },
    decoder: { decodeRun: () => false },
    onBlock: () => undefined,
  });
}

describe('good datagrams', () => {
  it.each(good)('$name: the same bytes from header, symbol and key', ({ header, symbol, datagram }) => {
    const sealed = sealDatagram(header, bytes(symbol), cipherOf(header.lane));
    expect(sealed.toString('hex')).toBe(datagram);
  });

  it.each(good)('$name: header and symbol come back', ({ header, symbol, datagram }) => {
    const isVeiled = header.kind === DATAGRAM_KIND.veiled;
    const clear = readDatagramHeader(bytes(datagram));
    const headerBytes = isVeiled ? VEILED_HEADER_BYTES : HEADER_BYTES;
    const opened = cipherOf(header.lane).open(bytes(datagram), headerBytes, header.counter) as Buffer;
    const place = isVeiled ? (readVeiledPlace(opened) ?? PADDING) : {};
    expect({ ...clear, ...place }).toEqual(header);
    expect(opened.subarray(isVeiled ? VEILED_PLACE_BYTES : 0).toString('hex')).toBe(symbol);
    if (header.sequence === 0) return;
    expect(datagramGeometry(header, symbol.length / 2)).toMatchObject({ frameBytes: header.frameBytes });
  });

  it.each(good)('$name: a receiver takes it once', ({ header, datagram }) => {
    const assembler = freshAssembler();
    expect(assembler.handleDatagram(0, bytes(datagram))).toBe(outcomeOf(header));
    expect(assembler.handleDatagram(0, bytes(datagram))).toBe('replayed');
  });

  it.each(good)('$name: every prefix is refused', ({ datagram }) => {
    const assembler = freshAssembler();
    for (const prefix of prefixesOf(bytes(datagram))) {
      expect(['too-short', 'forged']).toContain(assembler.handleDatagram(0, prefix));
    }
    expect(assembler.openBlocks).toBe(0);
  });

  it.each(good)('$name: every changed bit is refused, and moves nothing', ({ header, datagram }) => {
    const assembler = freshAssembler();
    // What is taken for a hello then is refused by its MAC, and nothing comes of a calibration.
    const refused = [
      'hello',
      'calibration',
      'magic',
      'format',
      'suite',
      'kind',
      'session',
      'lane',
      'replayed',
      'forged',
    ];
    for (const { bit, bytes: flipped } of bitFlipsOf(bytes(datagram))) {
      const outcome = assembler.handleDatagram(0, Buffer.from(flipped));
      if (!refused.includes(outcome)) expect.fail(`bit ${bit}: ${outcome}`);
    }
    expect(assembler.openBlocks).toBe(0);
    expect(assembler.handleDatagram(0, bytes(datagram))).toBe(outcomeOf(header));
  });
});

describe('bad datagrams', () => {
  it.each(bad)('$name: $error', ({ datagram, error }) => {
    const assembler = freshAssembler();
    const outcome = assembler.handleDatagram(0, bytes(datagram));
    // Today's receiver drops control objects before it looks at their geometry.
    expect(outcome === 'control' ? controlProblem(bytes(datagram)) : outcome).toBe(error);
    expect(assembler.openBlocks).toBe(0);
  });
});

function controlProblem(datagram: Buffer): unknown {
  return datagramGeometry(readDatagramHeader(datagram), datagram.length - HEADER_BYTES - TAG_BYTES);
}

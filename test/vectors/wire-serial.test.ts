import { describe, expect, it } from 'vitest';
import { encodeRun, RunDecoder } from '../../src/wire/cobs.ts';
import { bytes, readVectors } from './wire-vectors.ts';

const { good, bad } = readVectors('serial');
/** Behind each bad run, to see that it comes whole. */
const NEXT = Buffer.from('nothing is wrong here', 'latin1');

function decode(...pieces: readonly Uint8Array[]) {
  const datagrams: string[] = [];
  const discarded: string[] = [];
  const decoder = new RunDecoder({
    onDatagram: (datagram) => datagrams.push(datagram.toString('hex')),
    onDiscarded: (reason) => discarded.push(reason),
  });
  for (const piece of pieces) decoder.handleBytes(piece);
  return { datagrams, discarded };
}

describe('runs on a serial line', () => {
  it.each(good)('$name: the same line of the datagram', ({ datagram, line }) => {
    expect(encodeRun(bytes(datagram)).toString('hex')).toBe(line);
  });

  it.each(good)('$name: the datagram of the line, split at every byte', ({ datagram, line }) => {
    const whole = bytes(line);
    for (let at = 0; at <= whole.length; at++) {
      expect(decode(whole.subarray(0, at), whole.subarray(at))).toEqual({ datagrams: [datagram], discarded: [] });
    }
  });

  it.each(bad)('$name is $error, and the next datagram comes whole', ({ line, error }) => {
    const expected = { datagrams: [NEXT.toString('hex')], discarded: [error] };
    expect(decode(bytes(line), encodeRun(NEXT))).toEqual(expected);
  });
});

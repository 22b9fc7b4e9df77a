import { describe, expect, it } from 'vitest';
import { calibrationKey } from '../../src/crypto/digest.ts';
import { DatagramCipher } from '../../src/crypto/sodium.ts';
import { decodeCalibration, encodeCalibration, readCalibrationHeader } from '../../src/wire/calibration.ts';
import { DATAGRAM_KIND, datagramKind, HEADER_BYTES, TAG_BYTES } from '../../src/wire/datagram.ts';
import { bitFlipsOf, bytes, prefixesOf, readVectors } from './wire-vectors.ts';

const { receivers } = readVectors('keys');
const { runId, key, good, bad } = readVectors('calibration');

/** As a receiver judges it. */
function judge(datagram: Buffer) {
  const kind = datagramKind(datagram);
  if (kind !== DATAGRAM_KIND.calibration) return kind;
  const header = readCalibrationHeader(datagram);
  const cipher = new DatagramCipher(calibrationKey(bytes(receivers[0].macKey), header.runId));
  const said = cipher.open(datagram, HEADER_BYTES, header.counter);
  return said === undefined ? 'forged' : decodeCalibration(said);
}

describe('calibration datagrams', () => {
  it('have the key of their run', () => {
    expect(calibrationKey(bytes(receivers[0].macKey), bytes(runId)).toString('hex')).toBe(key);
  });

  it.each(good)('$name: what it says comes back, from the same bytes', ({ message, counter, datagram }) => {
    const sealed = bytes(datagram);
    expect(judge(sealed)).toEqual(message);
    expect(readCalibrationHeader(sealed)).toEqual({ runId: bytes(runId), counter });
    const said = new DatagramCipher(bytes(key)).open(sealed, HEADER_BYTES, counter) as Buffer;
    const again = encodeCalibration(message, said.length + HEADER_BYTES + TAG_BYTES);
    expect(again.toString('hex')).toBe(said.toString('hex'));
  });

  it.each(good.slice(1, 2))('$name: every prefix and every changed bit is refused', ({ datagram }) => {
    for (const prefix of prefixesOf(bytes(datagram))) expect(typeof judge(prefix)).toBe('string');
    for (const { bit, bytes: flipped } of bitFlipsOf(bytes(datagram))) {
      // Of another kind it is no calibration's.
      expect(typeof judge(Buffer.from(flipped)), `bit ${bit}`).not.toBe('object');
    }
  });

  it.each(bad)('$name: $error', ({ datagram, error }) => {
    expect(judge(bytes(datagram))).toBe(error);
  });
});

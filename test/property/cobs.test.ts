import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRun, framingBytes, RunDecoder, type RunReason } from '../../src/wire/cobs.ts';

/** Datagrams in which zeros, long groups without one, and group boundaries are frequent. */
const datagram = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 600 }),
  fc.array(fc.constantFrom(0, 0, 1, 255), { minLength: 1, maxLength: 600 }).map((bytes) => Uint8Array.from(bytes)),
  fc
    .tuple(fc.constantFrom(253, 254, 255, 508, 509, 600), fc.array(fc.nat({ max: 599 }), { maxLength: 2 }))
    .map(([length, zeros]) => new Uint8Array(length).fill(7).map((byte, at) => (zeros.includes(at) ? 0 : byte))),
);

function decode(pieces: readonly Uint8Array[], maxDatagramBytes?: number) {
  const datagrams: Buffer[] = [];
  const discarded: RunReason[] = [];
  const decoder = new RunDecoder(
    { onDatagram: (bytes) => datagrams.push(bytes), onDiscarded: (reason) => discarded.push(reason) },
    maxDatagramBytes,
  );
  for (const piece of pieces) decoder.handleBytes(piece);
  return { datagrams, discarded };
}

function cutAt(line: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (line.length + 1)).sort((a, b) => a - b), line.length];
  return places.slice(1).map((end, index) => line.subarray(places[index], end));
}

describe('runs on a serial line', () => {
  it('give the datagrams back, however the line is read in pieces, with zeros at their ends alone', () => {
    fc.assert(
      fc.property(fc.array(datagram, { maxLength: 4 }), fc.array(fc.nat(), { maxLength: 8 }), (sent, cuts) => {
        const runs = sent.map(encodeRun);
        for (const [index, run] of runs.entries()) {
          const { length } = sent[index] as Uint8Array;
          expect(run.length).toBeLessThanOrEqual(length + framingBytes(length));
          expect([run[0], run.at(-1), run.subarray(1, -1).includes(0)]).toEqual([0, 0, false]);
        }
        expect(decode(cutAt(Buffer.concat(runs), cuts))).toEqual({
          datagrams: sent.map((bytes) => Buffer.from(bytes)),
          discarded: [],
        });
      }),
    );
  });

  it('give them back byte by byte', () => {
    fc.assert(
      fc.property(fc.array(datagram, { maxLength: 3 }), (sent) => {
        const line = Buffer.concat(sent.map(encodeRun));
        const pieces = Array.from(line, (byte) => Uint8Array.of(byte));
        expect(decode(pieces).datagrams).toEqual(sent.map((bytes) => Buffer.from(bytes)));
      }),
      { numRuns: 30 },
    );
  });

  it('are found from any byte on: only the one that was under way is missing', () => {
    fc.assert(
      fc.property(fc.array(datagram, { minLength: 2, maxLength: 4 }), fc.nat(), (sent, start) => {
        const runs = sent.map(encodeRun);
        const first = (runs[0] as Buffer).length;
        const { datagrams } = decode([Buffer.concat(runs).subarray(1 + (start % (first - 1)))]);
        expect(datagrams.slice(-(sent.length - 1))).toEqual(sent.slice(1).map((bytes) => Buffer.from(bytes)));
        expect(datagrams.length).toBeLessThanOrEqual(sent.length);
      }),
    );
  });

  it('lose to noise the datagrams that it touches, and no others', () => {
    const noise = fc.record({
      at: fc.nat(),
      removed: fc.nat({ max: 40 }),
      inserted: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(datagram, { minLength: 1, maxLength: 5 }), noise, (sent, { at, removed, inserted }) => {
        const runs = sent.map(encodeRun);
        const line = Buffer.concat(runs);
        const from = at % (line.length + 1);
        const to = Math.min(line.length, from + removed);
        const { datagrams } = decode([line.subarray(0, from), inserted, line.subarray(to)]);
        let begin = 0;
        const whole = sent.filter((_, index) => {
          const end = begin + (runs[index] as Buffer).length;
          // Noise strictly between a run's delimiters, or over one of them, touches it; beside them it does not.
          const isTouched = from < end && to > begin && !(from === to && (from === begin || from === end));
          begin = end;
          return !isTouched;
        });
        const arrived = datagrams.map((bytes) => bytes.toString('hex'));
        for (const bytes of whole) {
          const place = arrived.indexOf(Buffer.from(bytes).toString('hex'));
          expect(place).toBeGreaterThanOrEqual(0);
          arrived.splice(0, place + 1);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('of arbitrary bytes are datagrams within the bound or counted, never thrown over', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 64 }),
        (pieces, maxDatagramBytes) => {
          const { datagrams, discarded } = decode(pieces, maxDatagramBytes);
          for (const { length } of datagrams) {
            expect(length).toBeGreaterThan(0);
            expect(length).toBeLessThanOrEqual(maxDatagramBytes);
          }
          const zeros = Buffer.concat(pieces).filter((byte) => byte === 0).length;
          // Each ends one run at most, and an overlong one is counted before its end.
          expect(datagrams.length + discarded.length).toBeLessThanOrEqual(zeros + 1);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('that never end cost one buffer and one count', () => {
    const { datagrams, discarded } = decode([
      new Uint8Array(100_000).fill(0xff),
      Uint8Array.of(0),
      encodeRun(Uint8Array.of(1)),
    ]);
    expect({ datagrams, discarded }).toEqual({ datagrams: [Buffer.of(1)], discarded: ['overlong'] });
  });
});

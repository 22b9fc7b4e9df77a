import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALIBRATION_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import {
  type CalibrationMessage,
  decodeCalibration,
  encodeCalibration,
  readCalibrationHeader,
  writeCalibrationHeader,
} from '../../src/wire/calibration.ts';
import { DATAGRAM_KIND, datagramKind, HEADER_BYTES, TAG_BYTES } from '../../src/wire/datagram.ts';

const { maxSteps, maxPasses, maxStepDatagrams, maxBurst } = CALIBRATION_LIMITS;
const OVERHEAD = HEADER_BYTES + TAG_BYTES;

const messages: fc.Arbitrary<CalibrationMessage> = fc
  .record({
    role: fc.constantFrom('probe', 'mark'),
    steps: fc.integer({ min: 1, max: maxSteps }),
    stepShare: fc.double({ min: 0, max: 1, noNaN: true }),
    pass: fc.integer({ min: 1, max: maxPasses }),
    isEndless: fc.boolean(),
    startedAtMs: fc.nat({ max: 2 ** 48 - 1 }),
    rateBitsPerSecond: fc.integer({ min: 1, max: 2 ** 48 - 1 }),
    symbols: fc.integer({ min: 1, max: WIRE_LIMITS.maxSymbolBytes / 64 }),
    overheadBytes: fc.nat({ max: 200 }),
    burst: fc.nat({ max: maxBurst }),
    count: fc.integer({ min: 1, max: maxStepDatagrams }),
    indexShare: fc.double({ min: 0, max: 0.999, noNaN: true }),
    elapsedUs: fc.nat({ max: 2 ** 48 - 1 }),
  } as const)
  .map(({ stepShare, isEndless, symbols, overheadBytes, indexShare, ...rest }) => {
    const datagramBytes = OVERHEAD + 64 * symbols;
    return {
      ...rest,
      step: 1 + Math.floor(stepShare * (rest.steps - 1)),
      passes: isEndless ? 0 : rest.pass,
      datagramBytes,
      wireBytes: datagramBytes + overheadBytes,
      index: rest.role === 'mark' ? 0 : Math.floor(indexShare * rest.count),
    };
  });

describe('calibration datagrams', () => {
  it('say what was written, and zeros', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const said = encodeCalibration(message, message.datagramBytes);
        expect(said).toHaveLength(message.datagramBytes - OVERHEAD);
        expect(decodeCalibration(said)).toEqual(message);
        expect(said.subarray(40).every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  it('have their header back, and are told by it', () => {
    const runs = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(runs, fc.nat({ max: 2 ** 48 - 1 }), (runId, counter) => {
        const bytes = Buffer.alloc(108, 0xee);
        writeCalibrationHeader(bytes, { runId, counter });
        expect(readCalibrationHeader(bytes)).toEqual({ runId: Buffer.from(runId), counter });
        expect(datagramKind(bytes)).toBe(DATAGRAM_KIND.calibration);
        expect(bytes[HEADER_BYTES]).toBe(0xee);
      }),
    );
  });

  it('of arbitrary bytes say something within all bounds, or nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (input, isLikely) => {
        const said = Buffer.from(input);
        if (isLikely && said.length >= 4) said.set([(said[0] as number) & 3, (said[1] as number) & 7, 200, 0]);
        const message = decodeCalibration(said);
        if (message === 'calibration-field') return;
        expect(message.step).toBeLessThanOrEqual(message.steps);
        expect(message.steps).toBeLessThanOrEqual(maxSteps);
        expect(message.count).toBeLessThanOrEqual(maxStepDatagrams);
        expect(message.index).toBeLessThan(message.count);
        const again = encodeCalibration(message, said.length + OVERHEAD);
        expect(again.subarray(0, 40)).toEqual(said.subarray(0, 40));
      }),
      { numRuns: 1_000 },
    );
  });
});

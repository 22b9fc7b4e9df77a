/**
 * What of a serial line's speed frames get, on virtual time: the real core, a line that takes ten bits a byte behind a driver of
 * 4 KiB, and timers that fire late. `npm run bench -- serial` measures it in real time.
 */
import { describe, expect, it } from 'vitest';
import { lineCost, lineMs } from '../../bench/benchmarks/serial/line-arithmetic.ts';
import { makeIdentities } from '../../bench/workload/identities.ts';
import { seededFractions } from '../../bench/workload/seeded-fractions.ts';
import { serialDefaults } from '../../src/config/serial-defaults.ts';
import { SERIAL_LIMITS } from '../../src/limits.ts';
import { encodeRun, framingBytes } from '../../src/wire/cobs.ts';
import { HEADER_BYTES, TAG_BYTES } from '../../src/wire/datagram.ts';
import { coreRig, entriesOf } from '../support/sender-rig.ts';

const DRIVER_BYTES = 4_096;
/** Long enough for some frames of the size that such a line has. */
const SECONDS = { 9600: 60, 115200: 40, 921600: 20 } as const;
/** Bytes of a record of the workload in its frame, at least. */
const LEAST_RECORD_BYTES = 40;

describe.each([9_600, 115_200, 921_600] as const)('a line of %i baud', (baud) => {
  it.each([0, 20])(
    'gives frames 95% of what framing, header, tag and FEC leave, with timers up to %i ms late',
    async (lateMs) => {
      const link = serialDefaults(baud);
      const loadMs = SECONDS[baud] * 1_000;
      const maxDatagramBytes = HEADER_BYTES + link.symbolBytes + TAG_BYTES;
      const { core, journal } = await coreRig({
        link,
        maxDatagramBytes,
        overheadBytes: framingBytes(maxDatagramBytes),
        aheadMs: SERIAL_LIMITS.aheadMs,
        packer: { batchBodyBytes: link.batchBodyBytes },
      });
      const draw = seededFractions(baud + lateMs);
      const late = () => draw() * lateMs;
      const bytesPerMs = baud / 10 / 1_000;
      let waiting: Buffer | undefined;
      let driverBytes = 0;
      let driverMs = 0;
      // What hellos take at the very start is not what a line gives.
      const fromMs = 60_000;
      const toMs = fromMs + loadMs;
      let nowMs = 0;
      let isFed = false;
      let sentAtFrom = 0;
      while (nowMs < toMs) {
        driverBytes = Math.max(0, driverBytes - (nowMs - driverMs) * bytesPerMs);
        driverMs = nowMs;
        if (!isFed && nowMs >= fromMs) {
          isFed = true;
          const deltaCount = Math.ceil((bytesPerMs * loadMs) / LEAST_RECORD_BYTES);
          core.handleEntries(nowMs, entriesOf(makeIdentities({ deltaCount, seed: 1 }).lines));
          sentAtFrom = journal.sentSequence;
        }
        for (;;) {
          const datagram = waiting ?? core.poll(nowMs, Math.floor(nowMs));
          waiting = undefined;
          if (datagram === undefined) break;
          const { length } = encodeRun(datagram);
          if (driverBytes + length > DRIVER_BYTES) {
            waiting = datagram;
            // As the send loop does.
            core.keepJournal(nowMs, Math.floor(nowMs));
            break;
          }
          driverBytes += length;
        }
        const dueMs = waiting === undefined ? core.nextDeadlineMs(nowMs) : nowMs + 5;
        nowMs = Math.max(nowMs + 1, dueMs + late(), isFed ? 0 : Math.min(dueMs, fromMs));
        if (!isFed) nowMs = Math.min(nowMs, fromMs);
      }
      const sent = journal
        .framesAfter(sentAtFrom, { frames: 1e6, bytes: 1e9 })
        .filter(({ sequence }) => sequence <= journal.sentSequence);
      expect(sent.length).toBeGreaterThan(3);
      const neededMs = sent.reduce(
        (sum, { bytes }) => sum + lineMs(lineCost(bytes.length, link.repairPercent).passBytes, baud),
        0,
      );
      const underWayMs = lineMs(lineCost(sent[0]?.bytes.length ?? 0, link.repairPercent).passBytes, baud);
      // The frame under way when the time is over counts for nothing, though the line carried a part of it.
      expect(neededMs / (loadMs - underWayMs)).toBeGreaterThanOrEqual(0.95);
      expect(neededMs / loadMs).toBeLessThanOrEqual(1);
    },
  );
});

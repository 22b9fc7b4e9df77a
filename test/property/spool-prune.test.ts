/** A frame leaves the spool only once Kafka has it and the subject table knows it; one whose token waits, not before. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { covers } from '../../receiver/publish/progress.ts';
import { BackHalf, testToken } from '../support/back-half.ts';
import { progressIn } from '../support/kafka-value.ts';
import { FAULTS } from '../support/model-kafka.ts';
import { signedFrame, spoolFrames, userPut } from '../support/signed-stream.ts';

/** What happens before each run of the publisher. */
const steps = fc.array(
  fc.record({
    frames: fc.nat(4),
    withTokens: fc.boolean(),
    faults: fc.array(fc.constantFrom(...FAULTS), { maxLength: 2 }),
    event: fc.constantFrom('none', 'restart', 'power-cut', 'clock-bad', 'clock-good', 'pause', 'resume'),
  }),
  { minLength: 1, maxLength: 8 },
);

it('pruning touches no frame that is not committed and in the tables, whatever happens on the way', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (played) => {
      const half = new BackHalf();
      let last = 0;
      let checks = 0;
      const check = () => {
        checks += 1;
        const rows = half.database.prepare('SELECT sequence FROM spool').pluck().all();
        const progress = progressIn(half.kafka.records('progress').at(-1));
        for (let sequence = 1; sequence <= last; sequence++) {
          if (rows.includes(sequence)) continue;
          const frame = { epoch: 1, sequence };
          expect(progress && covers(progress, frame), `frame ${sequence} is committed`).toBe(true);
          expect(progress?.waitingFrames, `no token of it waits`).not.toContain(`1.${sequence}`);
          expect(half.store.subjects.find(`User|u${sequence}`), `its subject is known`).toBeDefined();
        }
      };
      const watch = () => {
        const { spool } = half.store;
        const prune = spool.prune.bind(spool);
        spool.prune = (...args) => {
          const gone = prune(...args);
          check();
          return gone;
        };
      };
      watch();
      for (const { frames, withTokens, faults, event } of [...played, ...CALM]) {
        if (event === 'clock-bad' || event === 'clock-good') half.time.isTrusted = event === 'clock-good';
        if (event === 'pause') half.store.pause.pause(1, '');
        if (event === 'resume') half.store.pause.resume();
        for (let frame = 0; frame < frames; frame++) {
          last += 1;
          const token = withTokens ? [testToken({ jti: `t${last}`, subject: `s${last}` })] : [];
          spoolFrames(half.store.spool, [signedFrame({ sequence: last, records: [userPut(`u${last}`), ...token] })]);
        }
        half.kafka.plan(...faults);
        if (event === 'power-cut') {
          half.store.apply = () => {
            throw new Error('power cut');
          };
        }
        const message = await half.run({ maxWaits: 60 }).then(
          () => undefined,
          (error: Error) => error.message,
        );
        expect(message === undefined || message === 'power cut', message).toBe(true);
        check();
        if (event === 'restart' || event === 'power-cut') {
          half.restart();
          watch();
        }
      }
      expect(checks).toBeGreaterThan(played.length);
      expect(half.store.spool.depth.frames).toBe(0);
      expect(half.store.progress?.totals.published ?? 0).toBeGreaterThanOrEqual(last);
    }),
    { numRuns: 150 },
  );
});

/** Then nothing is in the way of anything. */
const CALM = [
  { frames: 0, withTokens: false, faults: [], event: 'resume' as const },
  { frames: 0, withTokens: false, faults: [], event: 'clock-good' as const },
];

/** A process of `scale` that has one table: what it takes of memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { answerRequests } from '../../support/helper-process.ts';
import { openRecordIntake } from './record-intake.ts';
import { runStretch, type Stretch } from './scale-run.ts';

const handlers = {
  /** So many transactions over the table at `path`, and the least that is resident behind one of the second half. */
  async measure({ path, transactions, ...first }: Stretch & { readonly path: string; readonly transactions: number }) {
    const intake = openRecordIntake(path, first);
    const faults: string[] = [];
    let [nextSequence, residentBytes] = [first.firstSequence, Number.POSITIVE_INFINITY];
    for (let run = first.run; run < first.run + transactions; run++) {
      const result = runStretch(intake, { ...first, run, firstSequence: nextSequence });
      nextSequence = result.nextSequence;
      faults.push(...result.faults);
      collectGarbage();
      // Before it, caches fill and compilers are at work.
      if (run >= first.run + transactions / 2) residentBytes = Math.min(residentBytes, process.memoryUsage.rss());
    }
    intake.close();
    return { residentBytes, nextSequence, faults };
  },
};

export type TableProcess = typeof handlers;

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

answerRequests(handlers);

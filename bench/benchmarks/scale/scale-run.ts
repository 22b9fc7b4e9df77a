/** One measured stretch: frames of users that the tables know, and what is wrong with what came of them. */
import { cpuSeconds } from '../../support/core-time.ts';
import { type UserKind, userKey, userPut } from '../../workload/sized-users.ts';
import { deltaFrames } from '../verify/signed-frames.ts';
import type { RecordIntake } from './record-intake.ts';

export interface Stretch extends UserKind {
  /** The users that the tables hold; a power of ten. */
  readonly subjects: number;
  /** At most so many. */
  readonly records: number;
  /** Differs from run to run, and so do the records. */
  readonly run: number;
  /** Of the first frame; above those of the stretch before. */
  readonly firstSequence: number;
}

export interface StretchResult {
  /** For a record, of all threads: verified, unpacked, admitted, remembered. */
  readonly cpuSeconds: number;
  readonly nextSequence: number;
  readonly faults: readonly string[];
}

const STRIDE = 7_919;

export function runStretch(intake: RecordIntake, stretch: Stretch): StretchResult {
  const { subjects, records, run, seed, firstSequence } = stretch;
  // Each once: the stride and a power of ten have no divisor in common. By key they lie all over the table.
  const numbers = Array.from({ length: records }, (_, index) => ((run * records + index) * STRIDE) % subjects);
  const puts = numbers.map((number) => userPut(number, run, stretch));
  const signed = deltaFrames(puts, { epoch: 2, sequence: firstSequence });
  const nextSequence = firstSequence + signed.frames.length;
  const startedSeconds = cpuSeconds();
  const values = intake.take(signed);
  const seconds = cpuSeconds() - startedSeconds;
  const wrong = puts.findIndex(({ resource }, index) => resource !== values[index]);
  const isKnown = numbers.every((number) => {
    const sequence = intake.sequenceOf(userKey(number, seed)) ?? 0;
    return sequence >= firstSequence && sequence < nextSequence;
  });
  return {
    cpuSeconds: seconds / records,
    nextSequence,
    faults: [
      ...(wrong < 0 && values.length === puts.length
        ? []
        : [`${values.length} of ${puts.length} values, ${wrong} is another`]),
      ...(isKnown ? [] : ['the table does not know the revisions']),
      ...(intake.subjectCount === subjects ? [] : [`${intake.subjectCount} of ${subjects} subjects are in the table`]),
    ],
  };
}

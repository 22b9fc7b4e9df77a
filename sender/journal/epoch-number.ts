/** Whether an epoch may begin where an operator says so: `diode-sender new-epoch`. */
import { WIRE_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { Head } from '../../src/wire/hello.ts';

export interface WantedEpoch {
  /** Undefined: the next one. */
  readonly epoch?: number | undefined;
  readonly againFrom?: number | undefined;
}

/** `last`: as `lastEpoch` has it. Throws DiodeError `epoch-unknown` and `epoch-number`. */
export function chooseEpoch(last: Head | undefined, { epoch, againFrom }: WantedEpoch) {
  return { number: nextNumber(last, epoch), againFrom: againFromOf(last, againFrom) };
}

function nextNumber(last: Head | undefined, wanted: number | undefined): number {
  if (wanted === undefined) {
    if (last !== undefined) return last.epoch + 1;
    throw new DiodeError(
      'epoch-unknown',
      'This sender knows no epoch: its journal is new, or was lost.',
      'A new sender needs no new epoch. After a loss give --epoch N with the number that `diode-receiver status` names.',
    );
  }
  const known = last?.epoch ?? 0;
  if (wanted <= known) {
    throw new DiodeError(
      'epoch-number',
      `Epoch ${wanted} is not above epoch ${known}, which this sender knows.`,
      `Nothing was changed: give ${known + 1} or more, as \`diode-receiver status\` names it.`,
    );
  }
  if (wanted - known > (WIRE_LIMITS.maxEpoch - known) / 2) {
    throw new DiodeError(
      'epoch-number',
      `Epoch ${wanted} is too far above epoch ${known}: no receiver follows there.`,
      'Nothing was changed: give the number that `diode-receiver status` names.',
    );
  }
  return wanted;
}

function againFromOf(last: Head | undefined, againFrom: number | undefined): number | undefined {
  if (againFrom === undefined || last !== undefined) return againFrom;
  throw new DiodeError(
    'epoch-unknown',
    'This sender knows no frame that it could say again.',
    'Nothing was changed: leave --again-from out; what the source holds is sent as it is read.',
  );
}

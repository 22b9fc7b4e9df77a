/** What an operator has to know before a new epoch is accepted: where both sides stand, and what only this side has. */
import type { GateState } from './gate.ts';
import { type AcceptedEpoch, goesOnFrom } from './head-judgement.ts';
import type { EpochOffer } from './stream-halt.ts';

export interface EpochChoice {
  readonly known: { readonly epoch: number; readonly epochId: Uint8Array; readonly sequence: number };
  readonly offer: EpochOffer;
  /** Frames of the known epoch that were accepted here and that the sender does not know; ascending, both ends included. */
  readonly onlyHere: readonly (readonly [from: number, to: number])[];
  /** The word was given already; the stream goes on with the next hello. */
  readonly isAccepted: boolean;
}

/** Undefined where no epoch waits. */
export function epochChoice(state: GateState | undefined): EpochChoice | undefined {
  const offer = state?.halt?.offer;
  if (state === undefined || offer === undefined) return undefined;
  const { epoch, epochId, sequence, accepted } = state;
  const { previous } = offer;
  const common = previous !== undefined && goesOnFrom(previous, state) ? previous.sequence : 0;
  return {
    known: { epoch, epochId, sequence },
    offer,
    onlyHere: released(state, common + 1),
    isAccepted: accepted !== undefined && isSame(accepted, offer),
  };
}

/** Ranges from `first` on that lie in no gap. */
function released({ sequence, gaps }: GateState, first: number): [number, number][] {
  const ranges: [number, number][] = [];
  let from = first;
  for (const gap of gaps) {
    if (gap.to < from) continue;
    if (gap.from > from) ranges.push([from, gap.from - 1]);
    from = gap.to + 1;
  }
  if (from <= sequence) ranges.push([from, sequence]);
  return ranges;
}

function isSame(a: AcceptedEpoch, b: AcceptedEpoch): boolean {
  return a.epoch === b.epoch && Buffer.compare(a.epochId, b.epochId) === 0;
}

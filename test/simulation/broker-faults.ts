/** What a seed does to Kafka. */
import type { TransactionFault } from '../support/model-broker.ts';
import { type Interruption, interruptions } from './interruption.ts';
import type { Random } from './random.ts';

export interface BrokerFaults {
  /** No answer at all. */
  readonly outages: readonly Interruption[];
  /** Chance that a transaction ends other than it should. */
  readonly unclean: number;
  /** A topic is gone, until somebody restores it. */
  readonly missing: readonly (Interruption & { readonly topic: 'identity' | 'progress' | 'tokens' })[];
  /** Another stream has a transaction open in `progress`. */
  readonly otherStreams: readonly (Interruption & { readonly isCommitted: boolean })[];
  /** A standby takes the stream over, and its operator stops it again. */
  readonly standbys: readonly Interruption[];
  /** `forgetsTombstones`: as after delete.retention.ms, which a run cannot wait for. */
  readonly compactions: readonly (Interruption & { readonly forgetsTombstones: boolean })[];
}

export const NO_BROKER_FAULTS: BrokerFaults = {
  outages: [],
  unclean: 0,
  missing: [],
  otherStreams: [],
  standbys: [],
  compactions: [],
};

/** What an unclean transaction comes to. */
export const UNCLEAN: readonly TransactionFault[] = ['records-lost', 'commit-lost', 'answer-lost', 'late'];

export function brokerFaults(random: Random, withinMs: number): BrokerFaults {
  const draw = (most: number, forMs: number) => interruptions(random.fork(), { most, withinMs, forMs });
  return {
    outages: draw(2, 40_000),
    unclean: random.pick([0, 0, 0.05, 0.3]),
    missing: draw(1, 20_000).map((one) => ({
      ...one,
      topic: random.pick(['identity', 'progress', 'tokens'] as const),
    })),
    otherStreams: draw(3, 60_000).map((one) => ({ ...one, isCommitted: random.chance(0.5) })),
    standbys: draw(1, 5_000),
    compactions: draw(3, 0).map((one) => ({ ...one, forgetsTombstones: random.chance(0.5) })),
  };
}

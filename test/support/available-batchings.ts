import type { Batching } from '../../src/config/sender-config.ts';
import { chooseBatching } from '../../src/link/udp-batching.ts';
import { requirement } from './requirement.ts';

const ALL: readonly Batching[] = ['segments', 'datagrams', 'none'];

/** Those that build and kernel offer in both directions: the tests of UDP links run with each. */
export const availableBatchings = ALL.filter((kind) => {
  const problem = (['send', 'receive'] as const)
    .map((direction) => chooseBatching(kind, direction).status.problem)
    .find((found) => found !== undefined);
  return requirement(`UDP links, batching ${kind}`, problem === undefined, problem ?? '');
});

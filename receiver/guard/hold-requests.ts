/** `release` and `reject`, as a running receiver carries them out. */
import { APPROVAL_LIMITS } from '../../src/limits.ts';
import type { RequestAnswer, RequestHandlers } from '../../src/ops/request-desk.ts';
import type { ReceiverStore } from '../receiver-store.ts';
import { type ApprovalPolicy, judgeApprovals } from './approval.ts';
import { describeRefusal } from './approval-problem.ts';
import { thingDigest } from './approval-request.ts';
import type { Decision } from './held-table.ts';
import { holdBlock, readHoldList } from './hold-list.ts';

export interface DecisionBody {
  readonly action: Decision;
  /** Holds, as `holdList` writes them. */
  readonly thing: string;
  /** Texts of approvals. */
  readonly approvals: readonly string[];
}

export interface HoldRequestParts {
  readonly store: Pick<ReceiverStore, 'store' | 'held'>;
  readonly boundary: string;
  readonly stream: string;
  readonly policy: ApprovalPolicy;
  readonly wallMs: () => number;
  /** Something is to be published. */
  readonly onDecided: () => void;
}

export function holdRequests(parts: HoldRequestParts): RequestHandlers {
  return {
    'decide-holds': ({ body }) => {
      const decision = readBody(body);
      return decision === undefined ? refused('It names no holds.') : decide(decision, parts);
    },
  };
}

function decide({ action, thing, approvals }: DecisionBody, parts: HoldRequestParts): RequestAnswer {
  const { store, boundary, stream, policy, wallMs, onDecided } = parts;
  const blocks = readHoldList(thing);
  if (blocks === undefined) return refused('It names no holds.');
  const scope = { boundary, stream, action, digest: thingDigest(thing) };
  const judged = judgeApprovals(approvals, scope, { policy, nowMs: wallMs() });
  if (judged.outcome === 'refused') {
    const { seen, cure } = describeRefusal(judged, []);
    return refused(`${seen} ${cure}`);
  }
  const holds = store.held.holds().filter(({ name }) => blocks.has(name));
  // Rebuilt from Kafka, a hold may have lost records that were replaced: what was approved is not what is there.
  const other = holds.find((hold) => holdBlock(hold, blocks.size) !== blocks.get(hold.name));
  if (other !== undefined) return refused(`Hold ${other.name} is not what was approved: look at it, and ask anew.`);
  // One that is not there any more was decided before, or all of it replaced.
  const records = store.store.transaction(() =>
    holds.reduce((sum, { name }) => sum + store.held.decide(name, action), 0),
  )();
  if (records > 0) onDecided();
  const persons = judged.persons.join(' ');
  return { outcome: 'done', detail: { action, holds: holds.length, records, digest: scope.digest, persons } };
}

function readBody(body: unknown): DecisionBody | undefined {
  const { action, thing, approvals } = (body ?? {}) as Record<string, unknown>;
  if (action !== 'release' && action !== 'reject') return undefined;
  if (typeof thing !== 'string' || thing.length > APPROVAL_LIMITS.maxRequestBytes) return undefined;
  if (!Array.isArray(approvals) || approvals.length > APPROVAL_LIMITS.maxApprovers) return undefined;
  return approvals.every((text) => typeof text === 'string') ? { action, thing, approvals } : undefined;
}

function refused(reason: string): RequestAnswer {
  return { outcome: 'refused', reason };
}

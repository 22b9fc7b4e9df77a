/** A guard in some of the runs, and approvers who decide what it holds at drawn times. */
import { signApproval } from '../../receiver/guard/approval.ts';
import { thingDigest } from '../../receiver/guard/approval-request.ts';
import type { GuardRules } from '../../receiver/guard/guard.ts';
import { type Decision, HeldTable } from '../../receiver/guard/held-table.ts';
import { holdList } from '../../receiver/guard/hold-list.ts';
import type { DecisionBody } from '../../receiver/guard/hold-requests.ts';
import { signingKeyPair } from '../../src/crypto/sodium.ts';
import type { Interruption } from './interruption.ts';
import type { Random } from './random.ts';
import type { World } from './simulation.ts';
import { BOUNDARY, MAX_SKEW_MS, STREAM } from './site.ts';

export interface GuardPlan {
  /** So many subjects may be deleted in an hour, and not one more. */
  readonly freeLosses: number;
  /** What is held at `atMs` is decided so long after. */
  readonly decisions: readonly (Interruption & { readonly action: Decision })[];
}

const KEYS = signingKeyPair(Buffer.alloc(32, 11));
const HOUR_MS = 3_600_000;

export const APPROVAL_POLICY = {
  approvers: [{ name: 'alice', key: Buffer.from(KEYS.publicKey).toString('base64url') }],
  approvals: 1,
  maxSkewMs: MAX_SKEW_MS,
};

export function guardPlan(random: Random, withinMs: number): GuardPlan | undefined {
  const isOn = random.chance(0.3);
  const freeLosses = random.integer(0, 2);
  const decisions = Array.from({ length: random.integer(0, 4) }, () => ({
    atMs: random.integer(0, withinMs + 15_000),
    forMs: random.integer(0, 10_000),
    action: random.pick<Decision>(['release', 'release', 'reject']),
  }));
  return isOn ? { freeLosses, decisions } : undefined;
}

export function guardRules(plan: GuardPlan | undefined): { readonly guard: GuardRules } | undefined {
  if (plan === undefined) return undefined;
  const { freeLosses } = plan;
  const limits = { maxLossPercent: 0, freeLosses, freeMembershipLosses: 3, adminRoles: [], adminGroups: ['g0'] };
  return { guard: { limits, maxSkewMs: MAX_SKEW_MS } };
}

export function scheduleApprovers({ time, scenario, receiver, count }: World): void {
  for (const { atMs, forMs, action } of scenario.guard?.decisions ?? []) {
    time.at(atMs, () => {
      const { store } = receiver.life.disk;
      const thing = store === undefined ? '' : holdList(new HeldTable(store).holds());
      if (thing === '') return;
      time.after(forMs, () => {
        count(action);
        const signedAtMs = receiver.life.wallMs;
        const scope = { boundary: BOUNDARY, stream: STREAM, action, digest: thingDigest(thing) };
        const approval = signApproval({ ...scope, signedAtMs, expiresAtMs: signedAtMs + HOUR_MS }, KEYS);
        const body: DecisionBody = { action, thing, approvals: [approval] };
        receiver.life.requests.ask('decide-holds', body);
      });
    });
  }
}

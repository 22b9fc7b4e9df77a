/** What a revert would send: counted for whoever confirms it, and as the lines of its file. Pure over the plan. */
import type { IdentityRules } from '../../src/identity/identity-rules.ts';
import { isRefusal, type Refusal } from '../../src/identity/refusal.ts';
import { parseSourceLine } from '../../src/identity/source-line.ts';
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { ChangedKey } from './changed-keys.ts';
import { revertLine, sourceLine } from './revert-lines.ts';
import type { RevertPlan } from './revert-plan.ts';

/** There then and now, but otherwise; gone now; not there then. Of memberships: another type of member, joins, leaves. */
export type RevertAction = 'put-back' | 'created' | 'deleted';

export type ActionCounts = Readonly<Record<RevertAction, number>>;

export interface RevertSummary {
  /** By type of subject; "Member": memberships. */
  readonly changes: Readonly<Record<string, ActionCounts>>;
  /** The first keys of each action. */
  readonly examples: Readonly<Record<RevertAction, readonly string[]>>;
  readonly lines: number;
  /** Keys whose earlier state the config of today does not let pass: they stay as they are. */
  readonly refused: number;
  readonly firstRefusal?: { readonly key: string; readonly refusal: Refusal };
}

export function summariseRevert({ keys }: RevertPlan, rules: IdentityRules, nowMs: number): RevertSummary {
  const changes: Record<string, Record<RevertAction, number>> = {};
  const examples: Record<RevertAction, string[]> = { 'put-back': [], created: [], deleted: [] };
  let lines = 0;
  let refused = 0;
  let firstRefusal: RevertSummary['firstRefusal'];
  for (const changed of keys.different()) {
    const refusal = refusalOf(changed, rules, nowMs);
    if (refusal !== undefined) {
      refused++;
      firstRefusal ??= { key: changed.key, refusal };
      continue;
    }
    lines++;
    const action = actionOf(changed);
    changes[changed.type] ??= { 'put-back': 0, created: 0, deleted: 0 };
    (changes[changed.type] as Record<RevertAction, number>)[action]++;
    if (examples[action].length < SENDER_LIMITS.shownRevertKeys) examples[action].push(changed.key);
  }
  return { changes, examples, lines, refused, ...(firstRefusal && { firstRefusal }) };
}

/** In the order in which they are to be journaled. */
export function* revertLines({ keys }: RevertPlan, rules: IdentityRules, nowMs: number): Generator<string> {
  for (const changed of keys.different()) {
    if (refusalOf(changed, rules, nowMs) === undefined) yield revertLine(changed);
  }
}

function actionOf({ then, now }: ChangedKey): RevertAction {
  if (then === null) return 'deleted';
  return now === null ? 'created' : 'put-back';
}

function refusalOf(changed: ChangedKey, rules: IdentityRules, nowMs: number): Refusal | undefined {
  const item = parseSourceLine(rules, sourceLine(changed), nowMs);
  return isRefusal(item) ? item : undefined;
}

/**
 * Whether a bundle that passes the blast-radius limits may be taken in: approvals name the request that was shown to the
 * approver, which has the manifest digest in it, whom the bundle concerns, and the digest of all that it changes. The manifest
 * digest alone approves nothing: who signed it may have seen nothing, and it says not what changes.
 */

import { count } from '../../src/cli/status-table.ts';
import type { GuardConfig } from '../../src/config/receiver-config.ts';
import { MEDIA_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { type ApprovalJudgement, type ApprovalPolicy, judgeApprovals } from '../guard/approval.ts';
import { requireApproved } from '../guard/approval-problem.ts';
import { type ApprovalRequest, requestScope } from '../guard/approval-request.ts';
import type { ExceededLimit } from '../guard/guard-limits.ts';
import type { BundleCheck } from './bundle-check.ts';
import type { TrustedManifest } from './bundle-manifest.ts';
import { changeRows } from './change-view.ts';

export interface GivenApproval {
  readonly file: string;
  readonly text: string;
}

/**
 * What is shown to an approver, to be signed on a machine of their own: as much of it as people read, and all by its digest.
 * Nothing in it passes with the hour, which limits the bundle is beyond neither: it must fit when the approval comes back.
 */
export function importRequest(
  { manifest, digest }: TrustedManifest,
  { changes, guard }: Pick<BundleCheck, 'changes' | 'guard'>,
): ApprovalRequest {
  const { tokens, revocations, keySets } = changes;
  const lines = [
    ...headLines(manifest, digest),
    `frames: ${manifest.runs
      .map(({ from, to }) => `${from}-${to}`)
      .slice(0, MEDIA_LIMITS.shownRuns)
      .join(' ')} of epoch ${manifest.head.epoch}`,
    ...changeRows(changes).flatMap(({ name, value, under }) => [
      `${name}: ${value}`,
      ...under.map((line) => `  ${line}`),
    ]),
    `carried: ${count(tokens.count)} tokens, ${count(revocations)} revocations, ${count(keySets.count)} key sets`,
    limitsLine(guard),
  ];
  const { boundary, stream } = manifest;
  return { boundary, stream, action: 'import', thing: `${lines.join('\n')}\n` };
}

/** The persons who approved it; none where nobody has to. Throws DiodeError `approval-refused` with what is to be done. */
export function approvedBy(
  bundle: TrustedManifest,
  check: BundleCheck,
  given: readonly GivenApproval[],
  { policy, nowMs }: { readonly policy: ApprovalPolicy; readonly nowMs: number },
): readonly string[] {
  if (check.exceeded.length === 0 && given.length === 0) return [];
  if (given.length === 0) throw needsApproval(check, policy);
  const words = { texts: given.map(({ text }) => text), thing: importRequest(bundle, check).thing };
  const shown = judgeImport(bundle, words, { policy, nowMs });
  return requireApproved(
    shown,
    given.map(({ file }) => file),
  );
}

/** What goes with an approved bundle to the receiver, which judges it again before its guard lets it pass. */
export interface ImportApproval {
  readonly texts: readonly string[];
  /** What was shown to the approvers. */
  readonly thing: string;
}

/** By the thing that names the manifest first of all: further down a long one, who signs may not have seen it. */
export function judgeImport(
  { manifest, digest }: Pick<TrustedManifest, 'digest'> & { readonly manifest: Named },
  { texts, thing }: ImportApproval,
  how: { readonly policy: ApprovalPolicy; readonly nowMs: number },
): ApprovalJudgement {
  const { boundary, stream } = manifest;
  const isOther = !thing.startsWith(`${headLines(manifest, digest).join('\n')}\n`);
  if (isOther) return { outcome: 'refused', reason: 'approval-other-digest', at: 0 };
  return judgeApprovals(texts, requestScope({ boundary, stream, action: 'import', thing }), how);
}

type Named = Pick<TrustedManifest['manifest'], 'boundary' | 'stream' | 'number'>;

function headLines({ number }: Named, digest: Buffer): readonly string[] {
  return [`bundle: ${number}`, `manifest: ${digest.toString('hex')}`];
}

export function limitText({ limit, count: found, allowed }: ExceededLimit): string {
  const more = limit === 'admin-grants' ? 'allowed' : 'more allowed within the hour';
  return `${count(found)} ${NAMES[limit]}, ${count(allowed)} ${more}`;
}

function limitsLine({ maxLossPercent, freeLosses, freeMembershipLosses }: GuardConfig): string {
  const losses =
    maxLossPercent >= 100
      ? 'any number may vanish'
      : `within an hour ${maxLossPercent}% of the subjects (${freeLosses} always) and of the memberships (${freeMembershipLosses} always) may vanish`;
  return `limits: ${losses}; admin roles and groups by approval alone`;
}

const NAMES: Readonly<Record<ExceededLimit['limit'], string>> = {
  subjects: 'subjects deleted or deactivated',
  memberships: 'memberships withdrawn',
  'admin-grants': 'admin roles or groups granted',
};

function needsApproval({ exceeded }: BundleCheck, { approvals }: ApprovalPolicy): DiodeError {
  const persons = approvals === 1 ? 'an approver' : `${approvals} approvers`;
  const seen = `This bundle changes more than the limits of config.yaml allow (${exceeded.map(limitText).join('; ')}), so ${persons} must sign it. Nothing was changed.`;
  const cure =
    'Write what they are to see with --request FILE; each reads and signs it (diode-receiver approve FILE --key KEY --out APPROVAL); then import with --approve APPROVAL.';
  return new DiodeError('approval-refused', seen, cure);
}

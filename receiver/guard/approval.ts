/**
 * An approver's signed word that a thing may happen: a hold released or rejected, a bundle imported. Text, so that whoever
 * signs reads what is signed; one form only, so that a signature names one text. Pure.
 *
 *   identity-diode approval v1
 *   boundary: site-a
 *   stream: hr
 *   action: release
 *   digest: SHA-256 of the thing, lower-case hex
 *   approver: Ed25519 public key, base64url
 *   signed: 2026-11-25T22:00:00.000Z
 *   expires: 2026-11-26T22:00:00.000Z
 *   signature: base64url, over the label and the lines above
 */
import { readBase64url, readRawKey } from '../../src/crypto/base64url.ts';
import { type SigningKeyPair, sign, verifySignature } from '../../src/crypto/sodium.ts';
import { APPROVAL_LIMITS } from '../../src/limits.ts';

export const APPROVAL_ACTIONS = ['release', 'reject', 'import'] as const;
export type ApprovalAction = (typeof APPROVAL_ACTIONS)[number];

/** What is approved. */
export interface ApprovalScope {
  readonly boundary: string;
  readonly stream: string;
  readonly action: ApprovalAction;
  /** Lower-case hex of the SHA-256 of the thing. */
  readonly digest: string;
}

export interface Approval extends ApprovalScope {
  /** Raw Ed25519 public key, base64url. */
  readonly approverKey: string;
  readonly signedAtMs: number;
  readonly expiresAtMs: number;
}

/** A person who may approve; one person may have several keys under one name. */
export interface Approver {
  readonly name: string;
  /** As in `Approval.approverKey`. */
  readonly key: string;
}

export interface ApprovalPolicy {
  readonly approvers: readonly Approver[];
  /** How many persons. */
  readonly approvals: number;
  /** How far the clock of an approver's machine may be from ours. */
  readonly maxSkewMs: number;
}

export type ApprovalReason =
  | 'approval-form'
  | 'approver-unknown'
  | 'approval-signature'
  | 'approval-other-stream'
  | 'approval-other-action'
  | 'approval-other-digest'
  | 'approval-too-long'
  | 'approval-not-yet'
  | 'approval-expired'
  | 'approval-same-person'
  | 'approvals-missing';

export type ApprovalJudgement =
  | { readonly outcome: 'approved'; readonly persons: readonly string[] }
  /** `at`: which of the texts, from 0; absent where it is their number. */
  | { readonly outcome: 'refused'; readonly reason: ApprovalReason; readonly at?: number };

/** The signed text, to be kept in a file. */
export function signApproval(approval: Omit<Approval, 'approverKey'>, keys: SigningKeyPair): string {
  const statement = statementText({ ...approval, approverKey: base64url(keys.publicKey) });
  return `${statement}signature: ${base64url(sign(signedBytes(statement), keys.secretKey))}\n`;
}

/** The approval in a text of that very form, its signature unchecked; undefined for any other text. */
export function readApproval(text: string): Approval | undefined {
  return readSigned(text)?.approval;
}

/**
 * Whether the texts are approvals of `scope` by as many persons as the policy asks for. Each text given must hold: one that
 * does not is a mistake that somebody should hear of.
 */
export function judgeApprovals(
  texts: readonly string[],
  scope: ApprovalScope,
  { policy, nowMs }: { readonly policy: ApprovalPolicy; readonly nowMs: number },
): ApprovalJudgement {
  const persons = new Set<string>();
  for (const [at, text] of texts.entries()) {
    const judged = judge(text, scope, policy, nowMs);
    const isAgain = judged.outcome === 'approved' && persons.has(judged.person);
    if (judged.outcome === 'refused') return { ...judged, at };
    if (isAgain) return { outcome: 'refused', reason: 'approval-same-person', at };
    persons.add(judged.person);
  }
  if (persons.size < policy.approvals) return { outcome: 'refused', reason: 'approvals-missing' };
  return { outcome: 'approved', persons: [...persons] };
}

type Judged =
  | { readonly outcome: 'approved'; readonly person: string }
  | { readonly outcome: 'refused'; readonly reason: ApprovalReason };

function judge(text: string, scope: ApprovalScope, { approvers, maxSkewMs }: ApprovalPolicy, nowMs: number): Judged {
  const refused = (reason: ApprovalReason): Judged => ({ outcome: 'refused', reason });
  const read = readSigned(text);
  if (read === undefined) return refused('approval-form');
  const { approval, statement, signature } = read;
  const approver = approvers.find(({ key }) => key === approval.approverKey);
  if (approver === undefined) return refused('approver-unknown');
  const key = Buffer.from(approval.approverKey, 'base64url');
  if (!verifySignature(signedBytes(statement), signature, key)) return refused('approval-signature');
  if (approval.boundary !== scope.boundary || approval.stream !== scope.stream) return refused('approval-other-stream');
  if (approval.action !== scope.action) return refused('approval-other-action');
  if (approval.digest !== scope.digest) return refused('approval-other-digest');
  const { signedAtMs, expiresAtMs } = approval;
  if (expiresAtMs - signedAtMs > APPROVAL_LIMITS.maxValidityMs) return refused('approval-too-long');
  if (signedAtMs > nowMs + maxSkewMs) return refused('approval-not-yet');
  if (expiresAtMs <= nowMs) return refused('approval-expired');
  return { outcome: 'approved', person: approver.name };
}

const LABEL = Buffer.from('identity-diode/approval/v1\0', 'latin1');
const TIME = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z`;
const NAME = '[A-Za-z0-9][A-Za-z0-9._-]{0,63}';
const FORM = new RegExp(
  [
    '^identity-diode approval v1',
    `boundary: (${NAME})`,
    `stream: (${NAME})`,
    `action: (${APPROVAL_ACTIONS.join('|')})`,
    'digest: ([0-9a-f]{64})',
    'approver: ([A-Za-z0-9_-]{43})',
    `signed: (${TIME})`,
    `expires: (${TIME})`,
    'signature: ([A-Za-z0-9_-]{86})\n$',
  ].join('\n'),
);

function statementText(approval: Approval): string {
  const { boundary, stream, action, digest, approverKey, signedAtMs, expiresAtMs } = approval;
  return [
    'identity-diode approval v1',
    `boundary: ${boundary}`,
    `stream: ${stream}`,
    `action: ${action}`,
    `digest: ${digest}`,
    `approver: ${approverKey}`,
    `signed: ${new Date(signedAtMs).toISOString()}`,
    `expires: ${new Date(expiresAtMs).toISOString()}`,
    '',
  ].join('\n');
}

function readSigned(text: string) {
  const match = text.length <= APPROVAL_LIMITS.maxApprovalBytes ? FORM.exec(text) : null;
  if (match === null) return undefined;
  const [, boundary, stream, action, digest, approverKey, signed, expires, signature] = match.map(String);
  const approval = {
    boundary: boundary as string,
    stream: stream as string,
    action: action as ApprovalAction,
    digest: digest as string,
    approverKey: approverKey as string,
    signedAtMs: Date.parse(signed as string),
    expiresAtMs: Date.parse(expires as string),
  };
  const signatureBytes = readBase64url(signature);
  if (readRawKey(approval.approverKey) === undefined || signatureBytes === undefined) return undefined;
  if (!isTimeText(signed) || !isTimeText(expires)) return undefined;
  return { approval, statement: statementText(approval), signature: signatureBytes };
}

/** A time that the calendar has: the text of itself again. */
function isTimeText(text: string | undefined): boolean {
  const atMs = Date.parse(text ?? '');
  return !Number.isNaN(atMs) && new Date(atMs).toISOString() === text;
}

function signedBytes(statement: string): Uint8Array {
  return Buffer.concat([LABEL, Buffer.from(statement, 'latin1')]);
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

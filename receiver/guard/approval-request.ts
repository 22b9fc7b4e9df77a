/**
 * What is asked of an approver, as a file that goes to a machine of their own: which stream, what is to be done, and the
 * thing itself as text. The digest that they sign is computed from that text there, so a text that says something else than
 * the receiver holds gives a signature that the receiver refuses. Pure.
 *
 *   identity-diode approval request v1
 *   boundary: site-a
 *   stream: hr
 *   action: release
 *
 *   the thing, to the end of the file
 */
import { sha256Hex } from '../../src/crypto/digest.ts';
import { APPROVAL_LIMITS } from '../../src/limits.ts';
import { isName } from '../../src/wire/frame.ts';
import { APPROVAL_ACTIONS, type ApprovalAction, type ApprovalScope } from './approval.ts';

export interface ApprovalRequest {
  readonly boundary: string;
  readonly stream: string;
  readonly action: ApprovalAction;
  /** Lines of printable ASCII. */
  readonly thing: string;
}

export function approvalRequestText({ boundary, stream, action, thing }: ApprovalRequest): string {
  return `${HEAD}\nboundary: ${boundary}\nstream: ${stream}\naction: ${action}\n\n${thing}`;
}

/** Undefined for a text that is none, or too long. What comes back may be shown on a terminal. */
export function readApprovalRequest(text: string): ApprovalRequest | undefined {
  if (text.length > APPROVAL_LIMITS.maxRequestBytes) return undefined;
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, boundary = '', stream = '', action = '', thing = ''] = match;
  if (!isName(boundary) || !isName(stream)) return undefined;
  if (!APPROVAL_ACTIONS.includes(action as ApprovalAction)) return undefined;
  return { boundary, stream, action: action as ApprovalAction, thing };
}

/** What an approval of it signs. */
export function requestScope({ boundary, stream, action, thing }: ApprovalRequest): ApprovalScope {
  return { boundary, stream, action, digest: thingDigest(thing) };
}

export function thingDigest(thing: string): string {
  return sha256Hex(thing);
}

const HEAD = 'identity-diode approval request v1';
const FORM = new RegExp(
  `^${HEAD}\nboundary: ([^\n]{1,64})\nstream: ([^\n]{1,64})\naction: ([a-z]{1,16})\n\n((?:[\\x20-\\x7e]*\n)+)$`,
);

/**
 * What one token is, for a person: the verdict of its issuer's policy, and, where a receiver's memory is at hand, what that
 * remembers. It changes nothing: the token is neither published nor known afterwards.
 */
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type { Memory } from '../publish/group-memory.ts';
import { isRevoked } from './token-desk.ts';
import { isHolderGone, type SubjectAttributes } from './token-holder.ts';

export interface TokenExplanation {
  readonly accepted: boolean;
  /** Stable; absent for an accepted token. */
  readonly code?: string;
  /** One sentence; names claims, never their values. */
  readonly detail: string;
  /** Lower-case hex of the SHA-256 of the compact JWS: how logs, `quarantine` and `tokens` name it. */
  readonly sha256: string;
  readonly jti?: string;
  readonly issuer?: string;
  readonly subject?: string;
  readonly audience?: readonly string[];
  readonly keyId?: string;
  readonly issuedAt?: string;
  readonly expiresAt?: string;
  /** What could not be looked at, and how it can be. */
  readonly unjudged?: string;
}

/** As the token desk would decide, were the token to come now; a token that is known already is accepted. */
export interface KnownTokens
  extends Pick<
    Memory,
    'findToken' | 'findRevokedToken' | 'findRevokedSubject' | 'findRevokedKey' | 'findSubject' | 'subjectsNamed'
  > {
  readonly subjectAttributes: SubjectAttributes;
}

export function explainToken(verdict: TokenVerdict, sha256: string, known?: KnownTokens): TokenExplanation {
  if (!verdict.accepted) {
    const { code, detail, jti } = verdict;
    return { accepted: false, code, detail, sha256, ...(jti !== undefined && { jti }) };
  }
  const { facts } = verdict;
  const { jti, issuer, subject, audience, keyId } = facts;
  const shown = {
    sha256,
    jti,
    issuer,
    subject,
    audience,
    keyId,
    issuedAt: new Date(facts.issuedAtMs).toISOString(),
    expiresAt: new Date(facts.expiresAtMs).toISOString(),
  };
  const refused = (code: string, detail: string) => ({ accepted: false, code, detail, ...shown });
  const other = known?.findToken(issuer, jti);
  if (other !== undefined && other.sha256 !== sha256)
    return refused('jti-reused', 'Another token had this jti before.');
  if (known !== undefined && isRevoked(facts, known)) return refused('revoked', 'It was revoked.');
  if (known !== undefined && isHolderGone(facts, known, known.subjectAttributes)) {
    return refused('subject-inactive', 'Its subject was deleted or is not active.');
  }
  return { accepted: true, detail: 'Signature, key, claims and times hold.', ...shown };
}

/** `accepted`, or `refused: CODE` and why; then what an accepted or replayed token says, a line each. */
export function explanationText(explanation: TokenExplanation): string {
  const { accepted, code, detail, ...fields } = explanation;
  const lines = Object.entries(fields).map(([name, value]) => `  ${name}: ${[value].flat().join(', ')}`);
  return [accepted ? 'accepted' : `refused: ${code} ${detail}`, ...lines].join('\n');
}

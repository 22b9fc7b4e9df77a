/**
 * A bundle that drops the key of a token in force would make consumers refuse it, although nobody took it back. It may once the
 * last such token has expired; or it says that the key is revoked, and then that is meant. Pure.
 */
import { keyState } from '../../src/crypto/key-state.ts';
import type { BundleContent } from '../../src/trust/trust-bundle.ts';
import { problem, type TrustProblem } from '../../src/trust/trust-problem.ts';
import type { LiveKey } from './token-table.ts';

export function orphanProblem(
  bundle: Pick<BundleContent, 'issuers'>,
  { liveKeys = [], nowMs }: { readonly liveKeys?: readonly LiveKey[]; readonly nowMs: number },
): TrustProblem | undefined {
  const orphaned = liveKeys.filter((live) => isOrphaned(bundle, live, nowMs));
  const [first] = orphaned;
  if (first === undefined) return undefined;
  const tokens = orphaned.reduce((sum, live) => sum + live.tokens, 0);
  const allowedMs = Math.max(...orphaned.map(({ lastExpiresAtMs }) => lastExpiresAtMs));
  const other = orphaned.length === 1 ? '' : `, and ${orphaned.length - 1} more keys`;
  const seen = `it would orphan ${tokens} tokens that have not expired (of ${first.issuer}, key ${first.keyId}${other}); it is allowed from ${new Date(allowedMs).toISOString()} on`;
  return problem('tokens-orphaned', seen);
}

function isOrphaned({ issuers }: Pick<BundleContent, 'issuers'>, live: LiveKey, nowMs: number): boolean {
  const key = issuers.find(({ issuer }) => issuer === live.issuer)?.keys.find(({ jwk }) => jwk.kid === live.keyId);
  if (key === undefined) return true;
  if (key.revokedFromMs !== undefined) return false;
  const isPending = keyState(key, nowMs) === 'pending';
  return isPending || (key.passiveFromMs !== undefined && live.lastIssuedAtMs >= key.passiveFromMs);
}

/** What the bundle that is carried says of the issuer's keys: with them receivers judge its tokens. Pure. */
import { type KeyState, keyState } from '../../src/crypto/key-state.ts';
import type { BundleContent } from '../../src/trust/trust-bundle.ts';

export type CarriedKeyState = KeyState | 'unlisted';

export function carriedKeyState(
  { issuers }: Pick<BundleContent, 'issuers'>,
  { issuer, keyId, wallMs }: { readonly issuer: string; readonly keyId: string; readonly wallMs: number },
): CarriedKeyState {
  const keys = issuers.find((trusted) => trusted.issuer === issuer)?.keys ?? [];
  const listed = keys.find(({ jwk }) => jwk.kid === keyId);
  return listed === undefined ? 'unlisted' : keyState(listed, wallMs);
}

/** Those that it has as revoked now. */
export function carriedRevokedKeys(
  { issuers }: Pick<BundleContent, 'issuers'>,
  { issuer, wallMs }: { readonly issuer: string; readonly wallMs: number },
): readonly string[] {
  const keys = issuers.find((trusted) => trusted.issuer === issuer)?.keys ?? [];
  return keys.filter((key) => keyState(key, wallMs) === 'revoked').map(({ jwk }) => String(jwk.kid));
}

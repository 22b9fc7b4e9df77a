/** The issuer's key set: its key, and those that went before while a token of theirs may be good. Pure. */
import { canonicalJson } from '../../src/identity/canonical-json.ts';
import type { JsonObject } from '../../src/identity/json-value.ts';
import type { PublicJwk } from '../../src/signer/signer.ts';

/** Canonical {"keys":[…]}. `said`: the set that was framed last. */
export function ownKeySet(
  publicJwk: PublicJwk,
  { said, liveKeyIds }: { readonly said?: string; readonly liveKeyIds: readonly string[] },
): string {
  const before = said === undefined ? [] : (JSON.parse(said) as { readonly keys: readonly JsonObject[] }).keys;
  const kept = before.filter(({ kid }) => kid !== publicJwk.kid && liveKeyIds.includes(kid as string));
  return canonicalJson({ keys: [{ ...publicJwk }, ...kept] });
}

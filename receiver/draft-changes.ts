/** Changes to keys in a draft, by the names that people see: the id of a sender's key, the kid of an issuer's. Pure. */
import { signingKeyId } from '../src/crypto/digest.ts';
import type { KeyTimes } from '../src/crypto/key-state.ts';
import { parseRfc3339 } from '../src/identity/rfc3339.ts';
import { DiodeError } from '../src/ops/diode-error.ts';
import type { BundleContent } from '../src/trust/trust-bundle.ts';

export interface KeyChange {
  /** Hex of a sender's key id or its first 8 digits or more, or an issuer's `kid`. */
  readonly name: string;
  readonly times: Partial<KeyTimes>;
}

/** Revoked from now on. */
export function revocationOf(name: string, nowMs: number): KeyChange {
  return { name, times: { revokedFromMs: nowMs } };
}

/** `NAME@TIME`: verifies from then on only what was signed before. Throws DiodeError `usage`. */
export function cutOverOf(typed: string): KeyChange {
  const at = typed.lastIndexOf('@');
  const passiveFromMs = at < 1 ? undefined : parseRfc3339(typed.slice(at + 1));
  if (passiveFromMs !== undefined) return { name: typed.slice(0, at), times: { passiveFromMs } };
  throw new DiodeError(
    'usage',
    `${typed} names no key and time.`,
    'Give KEY@TIME, such as 5f21c09a@2026-12-01T00:00:00Z.',
  );
}

/** Throws DiodeError `usage` where a name fits no key, or several. */
export function withKeyChange(content: BundleContent, { name, times }: KeyChange): BundleContent {
  let found = 0;
  const change = <Key extends KeyTimes>(key: Key, isMeant: boolean): Key => {
    if (!isMeant) return key;
    found++;
    return { ...key, ...times };
  };
  const senders = content.senders.map((sender) => ({
    ...sender,
    keys: sender.keys.map((key) => change(key, isIdOf(signingKeyId(key.signingKey).toString('hex'), name))),
  }));
  const issuers = content.issuers.map((issuer) => ({
    ...issuer,
    keys: issuer.keys.map((key) => change(key, key.jwk.kid === name)),
  }));
  if (found === 1) return { ...content, senders, issuers };
  const cure = '`diode-receiver root show` lists them; give more digits, or edit the draft.';
  throw new DiodeError(
    'usage',
    `${name} is ${found === 0 ? 'no key' : `the name of ${found} keys`} of the bundle.`,
    cure,
  );
}

const MIN_ID_CHARACTERS = 8;

function isIdOf(keyId: string, typed: string): boolean {
  const plain = typed.toLowerCase();
  return plain.length >= MIN_ID_CHARACTERS && keyId.startsWith(plain);
}

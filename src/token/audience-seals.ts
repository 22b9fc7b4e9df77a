/**
 * token checker ─► **audience seals** ─► token desk
 *
 * A token is a bearer secret: whoever reads its topic can use it. Of an audience that has a key here it is published as a JWE
 * (RFC 7516) to that key, which the audience alone can open. Sealed behind every check, so that nothing is taken unseen.
 */
import { readTextFile } from '../config/durable-file.ts';
import type { IssuerPolicy, SealedAudienceConfig } from '../config/receiver-config.ts';
import { isRefusal } from '../identity/refusal.ts';
import { parseStrictJson } from '../identity/strict-json.ts';
import { OPS_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { importSealKey, type SealKey, sealJws } from './jose-keys.ts';
import type { TokenVerdict } from './token-checker.ts';

export class AudienceSeals {
  /** By audience: what another thread makes its like of. */
  readonly keys: ReadonlyMap<string, SealKey>;

  constructor(keys: ReadonlyMap<string, SealKey>) {
    this.keys = keys;
  }

  /** Throws DiodeError `key-missing`, `key-invalid` for a file of theirs. */
  static async open(audiences: readonly SealedAudienceConfig[]): Promise<AudienceSeals> {
    const keys = new Map<string, SealKey>();
    for (const config of audiences) keys.set(config.audience, await readSealKey(config));
    return new AudienceSeals(keys);
  }

  /**
   * An accepted token of such an audience comes back sealed. One for others beside it is refused: sealed they could not read it,
   * and in the clear all could.
   */
  async seal(jws: string, verdict: TokenVerdict): Promise<TokenVerdict> {
    if (!verdict.accepted || this.keys.size === 0) return verdict;
    const { facts } = verdict;
    const audiences = new Set(facts.audience);
    const key = [...audiences].flatMap((audience) => this.keys.get(audience) ?? [])[0];
    if (key === undefined) return verdict;
    if (audiences.size === 1) return { ...verdict, sealed: await sealJws(jws, key) };
    const detail = 'It names another audience beside one whose tokens are sealed.';
    return { accepted: false, code: 'audience-shared', detail, sha256: facts.sha256, jti: facts.jti, facts };
  }
}

/**
 * Those that no issuer's tokens may name. Names are compared character by character, so one that is written otherwise here
 * than in tokens (a slash more) leaves them in the clear.
 */
export function unlistedAudiences(
  audiences: readonly SealedAudienceConfig[],
  issuers: readonly Pick<IssuerPolicy, 'audience'>[],
): readonly string[] {
  const listed = new Set(issuers.flatMap(({ audience }) => audience));
  return audiences.map(({ audience }) => audience).filter((audience) => !listed.has(audience));
}

/** Throws DiodeError `key-missing`, `key-invalid`. */
export async function readSealKey({ audience, key }: SealedAudienceConfig): Promise<SealKey> {
  const cure = `Put the public key of ${audience} there, as a JWK (RFC 7517) of the curve P-256 or X25519.`;
  const text = readTextFile(key, OPS_LIMITS.maxKeySetFileBytes);
  if (text === undefined) throw new DiodeError('key-missing', `The key file ${key} does not exist.`, cure);
  const parsed = parseStrictJson(text);
  const imported = isRefusal(parsed) ? parsed.detail : await importSealKey(parsed.value);
  if (typeof imported !== 'string') return imported;
  throw new DiodeError('key-invalid', `Nothing can be sealed to the key in ${key}: ${imported}.`, cure);
}

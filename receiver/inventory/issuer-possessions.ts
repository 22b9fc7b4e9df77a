/**
 * What makes a token of an issuer one of this boundary: its keys, and issuer and audience together. And the keys that tokens
 * are sealed to: whoever has one opens those of every boundary that has it.
 */
import type { JsonWebKey } from 'node:crypto';
import { readTextFile } from '../../src/config/durable-file.ts';
import type { Possession } from '../../src/config/inventory.ts';
import { issuerAudiences } from '../../src/config/own-possessions.ts';
import { jwkPublicHalf } from '../../src/config/public-half.ts';
import type { IssuerConfig, SealedAudienceConfig } from '../../src/config/receiver-config.ts';
import { OPS_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';

/** Throws DiodeError `inventory-incomplete` for a key set that cannot be read. */
export function issuerPossessions({ issuer, audience, jwks }: IssuerConfig, at: number): readonly Possession[] {
  const place = `issuers[${at}]`;
  return [
    ...issuerAudiences(place, issuer, audience),
    ...readKeys(jwks, place).map((value, index): Possession => {
      return { kind: 'issuer-key', place: `${place}, key ${index + 1}`, value };
    }),
  ];
}

/** Throws DiodeError `inventory-incomplete` for a key that cannot be read. */
export function sealPossession({ key }: SealedAudienceConfig, at: number): Possession {
  const place = `sealedAudiences[${at}]`;
  return { kind: 'key', place, value: readJwk(key, place, (jwk) => jwkPublicHalf(jwk as JsonWebKey)) };
}

function readKeys(path: string, place: string): readonly Uint8Array[] {
  return readJwk(path, place, (set) => (set as { readonly keys: readonly JsonWebKey[] }).keys.map(jwkPublicHalf));
}

function readJwk<Read>(path: string, place: string, read: (content: unknown) => Read): Read {
  try {
    const text = readTextFile(path, OPS_LIMITS.maxKeySetFileBytes);
    if (text === undefined) throw new Error('there is no such file');
    return read(JSON.parse(text));
  } catch (error) {
    const seen = `The keys of ${place} cannot be read: ${(error as Error).message}.`;
    throw new DiodeError('inventory-incomplete', seen, 'Run `diode-receiver check`, and correct what it names.');
  }
}

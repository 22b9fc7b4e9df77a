/**
 * What makes a token of an issuer one of this boundary: its keys, and issuer and audience together. Two boundaries may well
 * ask one issuer; with one audience, a token for either would open the other.
 */
import type { JsonWebKey } from 'node:crypto';
import { readTextFile } from '../src/config/durable-file.ts';
import type { Possession } from '../src/config/inventory.ts';
import { jwkPublicHalf } from '../src/config/public-half.ts';
import type { IssuerConfig } from '../src/config/receiver-config.ts';
import { OPS_LIMITS } from '../src/limits.ts';
import { DiodeError } from '../src/ops/diode-error.ts';

/** Throws DiodeError `inventory-incomplete` for a key set that cannot be read. */
export function issuerPossessions({ issuer, audience, jwks }: IssuerConfig, at: number): readonly Possession[] {
  const place = `issuers[${at}]`;
  return [
    ...audience.map((each, index): Possession => {
      return { kind: 'id', place: `${place}, issuer and audience ${index + 1}`, value: JSON.stringify([issuer, each]) };
    }),
    ...readKeys(jwks, place).map((value, index): Possession => {
      return { kind: 'issuer-key', place: `${place}, key ${index + 1}`, value };
    }),
  ];
}

function readKeys(path: string, place: string): readonly Uint8Array[] {
  try {
    const text = readTextFile(path, OPS_LIMITS.maxKeySetFileBytes);
    if (text === undefined) throw new Error('there is no such file');
    const { keys } = JSON.parse(text) as { readonly keys: readonly JsonWebKey[] };
    return keys.map(jwkPublicHalf);
  } catch (error) {
    const seen = `The key set of ${place} cannot be read: ${(error as Error).message}.`;
    throw new DiodeError('inventory-incomplete', seen, 'Run `diode-receiver check`, and correct what it names.');
  }
}

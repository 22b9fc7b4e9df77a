/** What either side's DIR holds: its keys, the pinned cards of the other side, and what its issuers' tokens are for. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DiodeError } from '../ops/diode-error.ts';
import type { Card } from '../wire/card.ts';
import type { DirectoryLayout } from './directory-layout.ts';
import type { Possession } from './inventory.ts';
import { readPrivateText } from './key-files.ts';
import { privatePemPublicHalf, rawPublicHalf } from './public-half.ts';

/** Every file in DIR/keys. Throws DiodeError `key-mode`, `key-invalid`. */
export function ownKeys({ keys }: DirectoryLayout): readonly Possession[] {
  return readdirSync(keys)
    .filter((file) => file.endsWith('.key'))
    .toSorted()
    .map((file) => ({ kind: 'key', place: `keys/${file}`, value: keyFilePublicHalf(join(keys, file)) }));
}

export function cardPossessions(cards: readonly Card[]): readonly Possession[] {
  return cards.flatMap((card, at): readonly Possession[] => {
    const place = `trusted card ${at + 1}`;
    const agreement = {
      kind: 'key',
      place: `${place}, agreement key`,
      value: rawPublicHalf('x25519', card.agreementKey),
    } as const;
    if (card.kind === 'receiver-card') return [agreement];
    const signing = {
      kind: 'key',
      place: `${place}, signing key`,
      value: rawPublicHalf('ed25519', card.signingKey),
    } as const;
    return [agreement, signing, { kind: 'stream', place: `${place}, stream`, value: card.stream }];
  });
}

/** Two boundaries may well ask one issuer; with one audience, a token for either would open the other. */
export function issuerAudiences(place: string, issuer: string, audiences: readonly string[]): readonly Possession[] {
  return audiences.map((each, at) => {
    return { kind: 'id', place: `${place}, issuer and audience ${at + 1}`, value: JSON.stringify([issuer, each]) };
  });
}

function keyFilePublicHalf(path: string): Uint8Array {
  const pem = readPrivateText(path);
  try {
    return privatePemPublicHalf(pem);
  } catch (error) {
    const seen = `The key file ${basename(path)} holds no private key in PEM.`;
    throw new DiodeError('key-invalid', seen, 'Restore it from the backup, or remove what is no key.', {
      cause: error,
    });
  }
}

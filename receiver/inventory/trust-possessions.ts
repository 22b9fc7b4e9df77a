/** What a trust bundle and its root name that no other boundary may have: holders' keys, senders, issuers. */
import type { JsonWebKey } from 'node:crypto';
import type { Possession } from '../../src/config/inventory.ts';
import { issuerAudiences } from '../../src/config/own-possessions.ts';
import { jwkPublicHalf, rawPublicHalf } from '../../src/config/public-half.ts';
import type { TrustState } from '../trust/trust-state.ts';

export function trustPossessions(state: TrustState | undefined): readonly Possession[] {
  if (state === undefined) return [];
  const { senders = [], issuers = [] } = state.bundle ?? {};
  return [
    ...rootKeys(state),
    ...senders.flatMap(({ stream, agreementKey, keys }, at): readonly Possession[] => {
      const place = `trust bundle, senders[${at}]`;
      return [
        { kind: 'stream', place: `${place}, stream`, value: stream },
        { kind: 'key', place: `${place}, agreement key`, value: rawPublicHalf('x25519', agreementKey) },
        ...keys.map(({ signingKey }, index): Possession => {
          return { kind: 'key', place: `${place}, key ${index + 1}`, value: rawPublicHalf('ed25519', signingKey) };
        }),
      ];
    }),
    ...issuers.flatMap(({ issuer, audience, keys }, at): readonly Possession[] => {
      const place = `trust bundle, issuers[${at}]`;
      return [
        ...issuerAudiences(place, issuer, audience),
        ...keys.map(({ jwk }, index): Possession => {
          return { kind: 'issuer-key', place: `${place}, key ${index + 1}`, value: jwkPublicHalf(jwk as JsonWebKey) };
        }),
      ];
    }),
  ];
}

/** Each holder's once, those of today first: a key that left the root may well lie in a safe. */
function rootKeys({ roots }: TrustState): readonly Possession[] {
  const [current, ...earlier] = roots.toReversed();
  const listed = [
    ...(current?.keys ?? []).map((key) => ({ ...key, place: `root key of ${key.holder}` })),
    ...earlier.flatMap(({ version, keys }) =>
      keys.map((key) => ({ ...key, place: `root ${version}, key of ${key.holder}` })),
    ),
  ];
  const first = new Map(listed.toReversed().map((key) => [Buffer.from(key.publicKey).toString('hex'), key]));
  return listed
    .filter((key) => first.get(Buffer.from(key.publicKey).toString('hex')) === key)
    .map(({ place, publicKey }) => ({ kind: 'key', place, value: rawPublicHalf('ed25519', publicKey) }));
}

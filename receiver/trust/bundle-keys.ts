/** The keys that a trust bundle names, of senders and issuers alike, each by what it is called. Pure. */
import { signingKeyId } from '../../src/crypto/digest.ts';
import type { KeyTimes } from '../../src/crypto/key-state.ts';
import type { TrustBundle } from '../../src/trust/trust-bundle.ts';

export interface BundleKey extends KeyTimes {
  /** Hex of the id that frames name, or the `kid` of an issuer's. */
  readonly key: string;
  /** A stream, or an issuer. */
  readonly of: string;
  readonly isSender: boolean;
}

export function bundleKeys(bundle: TrustBundle | undefined): readonly BundleKey[] {
  const senders = (bundle?.senders ?? []).flatMap(({ stream, keys }) =>
    keys.map(({ signingKey, ...times }) => {
      return { ...times, key: signingKeyId(signingKey).toString('hex'), of: stream, isSender: true };
    }),
  );
  const issuers = (bundle?.issuers ?? []).flatMap(({ issuer, keys }) =>
    keys.map(({ jwk, ...times }) => ({ ...times, key: String(jwk.kid), of: issuer, isSender: false })),
  );
  return [...senders, ...issuers];
}

/**
 * A root holder's signature by files: a request goes to the machine that has the key (`signer sign`), its answer comes back.
 * What is asked for is the signature of JWS under the holder's own header, so it stands beside those that were made here.
 */
import { ed25519Thumbprint } from '../../src/crypto/thumbprint.ts';
import type { SigningRequest } from '../../src/signer/signing-request.ts';
import { type JwsContent, jwsSigningInput } from '../../src/trust/general-jws.ts';
import { ROOT_TYPE, type RootKey } from '../../src/trust/root-statement.ts';

export interface AskedStatement extends JwsContent {
  readonly about: { readonly boundary: string; readonly version: number };
}

/** Nothing in it tells when or where it was made: made anew from the same file, it has the same digest. */
export function holderRequest(statement: AskedStatement, { holder, publicKey }: RootKey): SigningRequest {
  const { boundary, version } = statement.about;
  const kind = statement.type === ROOT_TYPE ? 'root' : 'trust bundle';
  const kid = ed25519Thumbprint(publicKey);
  const x = Buffer.from(publicKey).toString('base64url');
  return {
    purpose: `${kind} ${version} of ${boundary}, signed as ${holder}`,
    key: { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' },
    payload: jwsSigningInput(statement, publicKey),
  };
}

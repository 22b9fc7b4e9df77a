/** An issuer as a trust bundle names it, with these keys. */
import type { IssuerTrust } from '../../src/token/token-checker.ts';
import { ISSUER } from './back-half.ts';

export function issuerTrust(keys: IssuerTrust['keys']): IssuerTrust {
  return {
    issuer: ISSUER,
    audience: ['api'],
    algorithms: ['EdDSA'],
    types: ['at+jwt'],
    maxLifetimeSeconds: 900,
    clockSkewSeconds: 60,
    keys,
  };
}

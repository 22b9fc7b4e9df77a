/**
 * Former issuers: the issued-token log ─► [former issuers] ─► line queue. Nobody watches over the tokens of an issuer that the
 * config names no longer: whoever ends would keep them. So all that it issued is taken back, in one record.
 */
import type { Store } from '../../src/store/database.ts';
import type { TrustState } from '../trust-state.ts';
import { IssuedLog } from './issued-log.ts';
import type { IssuerEntry } from './issuer-entry.ts';

export interface FormerIssuersParts {
  readonly store: Store;
  readonly trust: Pick<TrustState, 'revokedUpToMs'>;
  /** As the config names it now. */
  readonly issuer: string | undefined;
}

/** At a start. Nothing where it was said before. */
export function takeBackFormer({ store, trust, issuer: own }: FormerIssuersParts, wallMs: number): IssuerEntry[] {
  const former = new IssuedLog(store)
    .liveIssuers(wallMs)
    .filter(({ issuer, issuedMs }) => issuer !== own && trust.revokedUpToMs(issuer) < issuedMs);
  return former.map(({ issuer, issuedMs }) => {
    const target = { everyone: true, issuedBeforeMs: Math.max(wallMs, issuedMs) } as const;
    return { kind: 'said', record: { kind: 'revocation', issuer, target } };
  });
}

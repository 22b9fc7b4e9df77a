/**
 * Former issuers: the issued-token log ─► [former issuers] ─► line queue. Nobody watches over the tokens of an issuer that the
 * config names no longer: whoever ends would keep them. So all that it issued is taken back, in one record.
 */
import type { SenderConfig } from '../../src/config/sender-config.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { Store } from '../../src/store/database.ts';
import type { TrustState } from '../journal/trust-state.ts';
import { IssuedLog, type LiveKey } from './issued-log.ts';
import type { IssuerEntry } from './issuer-entry.ts';

export interface FormerIssuersParts {
  readonly store: Store;
  readonly trust: Pick<TrustState, 'revokedUpToMs'>;
  /** As the config names it now. */
  readonly issuer: string | undefined;
}

export interface FormerIssuer {
  readonly issuer: string;
  /** Gone from the config with it, although tokens of theirs have not expired. */
  readonly live: readonly LiveKey[];
  /** Takes all of them back. */
  readonly entry: IssuerEntry;
}

/** At a start. None that was taken back before. */
export function formerIssuers({ store, trust, issuer: own }: FormerIssuersParts, wallMs: number): FormerIssuer[] {
  const log = new IssuedLog(store);
  const former = log
    .liveIssuers(wallMs)
    .filter(({ issuer, issuedMs }) => issuer !== own && trust.revokedUpToMs(issuer) < issuedMs);
  return former.map(({ issuer, issuedMs }) => {
    const target = { everyone: true, issuedBeforeMs: Math.max(wallMs, issuedMs) } as const;
    const entry = { kind: 'said', record: { kind: 'revocation', issuer, target } } as const;
    return { issuer, live: log.liveKeys(issuer, wallMs), entry };
  });
}

/**
 * Throws DiodeError `config-invalid` where a receiver with the same `tokenIssuers` would refuse that revocation, and keep what it
 * takes back as current.
 */
export function requireFormerCarried(
  store: Store,
  { issuer: own, identity }: Pick<SenderConfig, 'issuer' | 'identity'>,
  wallMs: number,
): void {
  const isCarried = (issuer: string) => identity.tokenIssuers.some((known) => known === '*' || known === issuer);
  const lost = new IssuedLog(store)
    .liveIssuers(wallMs)
    .find(({ issuer }) => issuer !== own?.issuer && !isCarried(issuer));
  if (lost === undefined) return;
  const until = new Date(lost.expiresMs).toISOString();
  throw new DiodeError(
    'config-invalid',
    `identity.tokenIssuers does not let ${lost.issuer} pass, whose tokens of this sender are good until ${until}: they could not be taken back.`,
    'Keep it in identity.tokenIssuers on both sides until then, beside the new one.',
  );
}

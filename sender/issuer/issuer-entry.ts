/** What goes from the token issuer to the desk, which signs it, and from there through the line queue to the flush. */
import type { KeySetRecord, RevocationRecord, StatusRecord } from '../../src/wire/record.ts';
import type { LoggedToken } from './issued-log.ts';
import type { TokenContent } from './token-text.ts';

/** What the desk is to sign. */
export interface WantedToken {
  readonly key: string;
  readonly content: TokenContent;
}

/** Signed, on its way to the journal. */
export interface IssuedToken extends LoggedToken {
  readonly key: string;
  readonly jws: string;
  readonly content: Uint8Array;
}

/** What the issuer hands to the line queue beside the lines of a source. */
export type IssuerEntry =
  | { readonly kind: 'issued'; readonly token: IssuedToken }
  /** The subject ended while no issuer ran. */
  | { readonly kind: 'ended'; readonly key: string }
  /**
   * What the sender itself has to say: keys of an issuer, its own or a foreign one, how fresh its revocations are, and that
   * one issues no more.
   */
  | { readonly kind: 'said'; readonly record: KeySetRecord | RevocationRecord | StatusRecord };

/** What became of the entries of one flush. */
export interface IssuerOutcome {
  readonly settled: readonly IssuerEntry[];
  /** Tokens journaled, those among them whose predecessor had expired, and subjects whose tokens were taken back. */
  readonly issued: number;
  readonly lapsed: number;
  readonly revoked: number;
}

export function isIssuerEntry(entry: { readonly kind: string }): entry is IssuerEntry {
  return entry.kind === 'issued' || entry.kind === 'ended' || entry.kind === 'said';
}

/** Which subjects a stream carries and owns: the same section stands in both sides' config.yaml. */

export interface IdentityConfig {
  readonly resourceTypes: readonly ResourceTypeConfig[];
  /** Tokens, revocations and key sets of these issuers pass; empty: the stream carries none. "*" passes all. */
  readonly tokenIssuers: readonly string[];
  /** From `iat` to `exp` at most, whatever an issuer's policy allows; a day unless given. */
  readonly maxTokenLifetimeSeconds?: number;
}

/** User and Group are known with their RFC 7643 attributes; any other type names its own. */
export interface ResourceTypeConfig {
  readonly type: string;
  /** Ids this stream owns: any of these prefixes; absent: all ids of the type. */
  readonly idPrefixes?: readonly string[];
  /** Core schema URN of a type that is neither User nor Group. */
  readonly schema?: string;
  /** Top-level attributes allowed; absent for User and Group: all of RFC 7643 but `password`. */
  readonly attributes?: readonly string[];
  readonly extensions?: readonly ExtensionConfig[];
}

export interface ExtensionConfig {
  readonly schema: string;
  /** "*" only for the enterprise User extension's own attributes; otherwise each is named. */
  readonly attributes: readonly string[];
}

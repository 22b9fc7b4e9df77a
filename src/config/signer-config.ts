/** Where a signing key lies: the section `key` of a config, or options of a command. */

export const SIGNING_ALGORITHMS = ['EdDSA', 'ES256', 'PS256', 'RS256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export type SignerConfig = KeyFileConfig | Pkcs11Config;

export interface KeyFileConfig {
  readonly kind: 'file';
  /** PKCS #8 in PEM, 0600. */
  readonly path: string;
}

export interface Pkcs11Config {
  readonly kind: 'pkcs11';
  /** The token's own library. */
  readonly module: string;
  /** Labels of the token and of the key pair on it. */
  readonly token: string;
  readonly label: string;
  /** Exactly one of the two: a file of 0600 with the PIN alone, or the name of an environment variable. */
  readonly pinFile?: string;
  readonly pinVariable?: string;
}

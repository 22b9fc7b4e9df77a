/**
 * Which issuers' tokens may pass, by config and JWKS files or by the trust bundle; replaced as a whole when a newer bundle is
 * adopted, between two groups of tokens. Waits for keys to be imported.
 */
import type { IssuerConfig, IssuerPolicy, ReceiverConfig } from '../src/config/receiver-config.ts';
import { type IssuerTrust, TokenChecker, type TokenVerdict } from '../src/token/token-checker.ts';
import type { TokenLimits } from './token-desk.ts';
import { expirySlackMs, tokenLimits } from './token-judge.ts';

type Bounds = Pick<ReceiverConfig, 'clock' | 'identity'>;

export class TokenPolicy {
  readonly #bounds: Bounds;
  #checker: TokenChecker;
  #limits: TokenLimits;
  #expirySlackMs: number;

  private constructor(checker: TokenChecker, issuers: readonly IssuerPolicy[], bounds: Bounds) {
    this.#bounds = bounds;
    this.#checker = checker;
    this.#limits = tokenLimits(issuers, bounds.clock.maxSkewMs);
    this.#expirySlackMs = expirySlackMs(issuers);
  }

  /** Throws DiodeError `key-missing`, `key-invalid` for a JWKS file. */
  static async ofConfig(issuers: readonly IssuerConfig[], bounds: Bounds): Promise<TokenPolicy> {
    return new TokenPolicy(await TokenChecker.open(issuers), issuers, bounds);
  }

  /** The ceiling that config.yaml sets on both sides holds for every issuer, whatever the bundle allows. */
  static async ofBundle(issuers: readonly IssuerTrust[], bounds: Bounds): Promise<TokenPolicy> {
    const bounded = withinCeiling(issuers, bounds);
    return new TokenPolicy(await TokenChecker.ofIssuers(bounded), bounded, bounds);
  }

  async replace(issuers: readonly IssuerTrust[]): Promise<void> {
    const bounded = withinCeiling(issuers, this.#bounds);
    this.#checker = await TokenChecker.ofIssuers(bounded);
    this.#limits = tokenLimits(bounded, this.#bounds.clock.maxSkewMs);
    this.#expirySlackMs = expirySlackMs(bounded);
  }

  check(jws: string, nowMs: number): Promise<TokenVerdict> {
    return this.#checker.check(jws, nowMs);
  }

  /** Of each issuer, those that may verify at `nowMs`. */
  publicKeys(nowMs: number): ReadonlyMap<string, readonly Readonly<Record<string, string>>[]> {
    return this.#checker.publicKeys(nowMs);
  }

  /** One object, which says of each issuer what holds when it is asked. */
  get limits(): TokenLimits {
    const current = () => this.#limits;
    const { maxTokenIds, maxRevocations } = this.#limits;
    return {
      maxTokenIds,
      maxRevocations,
      isKnown: (issuer) => current().isKnown(issuer),
      maxLifetimeMs: (issuer) => current().maxLifetimeMs(issuer),
      get subjectAttributes() {
        return current().subjectAttributes ?? new Map();
      },
    };
  }

  get expirySlackMs(): number {
    return this.#expirySlackMs;
  }
}

function withinCeiling(issuers: readonly IssuerTrust[], { identity }: Bounds): readonly IssuerTrust[] {
  const { maxTokenLifetimeSeconds = Number.POSITIVE_INFINITY } = identity;
  return issuers.map((issuer) => ({
    ...issuer,
    maxLifetimeSeconds: Math.min(issuer.maxLifetimeSeconds, maxTokenLifetimeSeconds),
  }));
}

/**
 * Which issuers' tokens may pass, by config and JWKS files or by the trust bundle; replaced as a whole when a newer bundle is
 * adopted, between two groups of tokens. Waits for keys to be imported.
 */
import type { IssuerConfig, IssuerPolicy, ReceiverConfig } from '../src/config/receiver-config.ts';
import { AudienceSeals, unlistedAudiences } from '../src/token/audience-seals.ts';
import { type IssuerTrust, TokenChecker, type TokenVerdict } from '../src/token/token-checker.ts';
import type { TokenLimits } from './token-desk.ts';
import { expirySlackMs, tokenLimits } from './token-judge.ts';

type Bounds = Pick<ReceiverConfig, 'clock' | 'identity' | 'sealedAudiences'>;

interface Parts {
  readonly checker: TokenChecker;
  readonly seals: AudienceSeals;
}

export class TokenPolicy {
  readonly #bounds: Bounds;
  readonly #seals: AudienceSeals;
  #checker: TokenChecker;
  #limits: TokenLimits;
  #expirySlackMs: number;
  #unlistedAudiences: readonly string[];

  private constructor(parts: Parts, issuers: readonly IssuerPolicy[], bounds: Bounds) {
    this.#bounds = bounds;
    this.#checker = parts.checker;
    this.#seals = parts.seals;
    this.#limits = tokenLimits(issuers, bounds.clock.maxSkewMs);
    this.#expirySlackMs = expirySlackMs(issuers);
    this.#unlistedAudiences = unlistedAudiences(bounds.sealedAudiences, issuers);
  }

  /** Throws DiodeError `key-missing`, `key-invalid` for a JWKS file, or the key of an audience. */
  static async ofConfig(issuers: readonly IssuerConfig[], bounds: Bounds): Promise<TokenPolicy> {
    const seals = await AudienceSeals.open(bounds.sealedAudiences);
    return new TokenPolicy({ checker: await TokenChecker.open(issuers), seals }, issuers, bounds);
  }

  /** The ceiling that config.yaml sets on both sides holds for every issuer, whatever the bundle allows. */
  static async ofBundle(issuers: readonly IssuerTrust[], bounds: Bounds): Promise<TokenPolicy> {
    const seals = await AudienceSeals.open(bounds.sealedAudiences);
    const bounded = withinCeiling(issuers, bounds);
    return new TokenPolicy({ checker: await TokenChecker.ofIssuers(bounded), seals }, bounded, bounds);
  }

  async replace(issuers: readonly IssuerTrust[]): Promise<void> {
    const bounded = withinCeiling(issuers, this.#bounds);
    this.#checker = await TokenChecker.ofIssuers(bounded);
    this.#limits = tokenLimits(bounded, this.#bounds.clock.maxSkewMs);
    this.#expirySlackMs = expirySlackMs(bounded);
    this.#unlistedAudiences = unlistedAudiences(this.#bounds.sealedAudiences, bounded);
  }

  async check(jws: string, nowMs: number): Promise<TokenVerdict> {
    return this.#seals.seal(jws, await this.#checker.check(jws, nowMs));
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

  /** Of those that are to be sealed, the ones that no issuer lists now. */
  get unlistedAudiences(): readonly string[] {
    return this.#unlistedAudiences;
  }
}

function withinCeiling(issuers: readonly IssuerTrust[], { identity }: Bounds): readonly IssuerTrust[] {
  const { maxTokenLifetimeSeconds = Number.POSITIVE_INFINITY } = identity;
  return issuers.map((issuer) => ({
    ...issuer,
    maxLifetimeSeconds: Math.min(issuer.maxLifetimeSeconds, maxTokenLifetimeSeconds),
  }));
}

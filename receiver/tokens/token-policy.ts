/**
 * Which issuers' tokens may pass, by config and JWKS files or by the trust bundle; replaced as a whole, in the very call that
 * adopts a newer bundle. Waits for the keys of sealed audiences.
 */
import type { IssuerConfig, IssuerPolicy, ReceiverConfig } from '../../src/config/receiver-config.ts';
import { AudienceSeals, unlistedAudiences } from '../../src/token/audience-seals.ts';
import { type IssuerTrust, TokenChecker, type TokenVerdict } from '../../src/token/token-checker.ts';
import type { TokenLimits } from './token-desk.ts';
import { expirySlackMs, type TokenJudge, tokenLimits } from './token-judge.ts';

export interface TokenTrust {
  readonly issuers: readonly IssuerTrust[];
  readonly sealKeys: AudienceSeals['keys'];
}

type Bounds = Pick<ReceiverConfig, 'clock' | 'identity' | 'sealedAudiences'>;

interface Parts {
  readonly checker: TokenChecker;
  readonly seals: AudienceSeals;
}

export class TokenPolicy implements TokenJudge {
  readonly #bounds: Bounds;
  readonly #seals: AudienceSeals;
  #checker: TokenChecker;
  #generation = 1;
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
    return new TokenPolicy({ checker: TokenChecker.open(issuers), seals }, issuers, bounds);
  }

  /** The ceiling that config.yaml sets on both sides holds for every issuer, whatever the bundle allows. */
  static async ofBundle(issuers: readonly IssuerTrust[], bounds: Bounds): Promise<TokenPolicy> {
    const seals = await AudienceSeals.open(bounds.sealedAudiences);
    const bounded = withinCeiling(issuers, bounds);
    return new TokenPolicy({ checker: TokenChecker.ofIssuers(bounded), seals }, bounded, bounds);
  }

  replace(issuers: readonly IssuerTrust[]): void {
    const bounded = withinCeiling(issuers, this.#bounds);
    this.#checker = TokenChecker.ofIssuers(bounded);
    this.#generation += 1;
    this.#limits = tokenLimits(bounded, this.#bounds.clock.maxSkewMs);
    this.#expirySlackMs = expirySlackMs(bounded);
    this.#unlistedAudiences = unlistedAudiences(this.#bounds.sealedAudiences, bounded);
  }

  /** On this thread, all in one go. */
  judge(tokens: readonly string[], nowMs: number): Promise<readonly TokenVerdict[]> {
    return Promise.all(tokens.map((jws) => this.#seals.seal(jws, this.#checker.check(jws, nowMs))));
  }

  /** Rises with each `replace`: what was judged in a lower one was judged by less than is trusted now. */
  get generation(): number {
    return this.#generation;
  }

  /** For a thread that judges as this does; may be posted to it. */
  get trust(): TokenTrust {
    return { issuers: this.#checker.trust, sealKeys: this.#seals.keys };
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

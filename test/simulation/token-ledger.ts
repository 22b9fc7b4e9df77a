/**
 * Which tokens may be current where trust changes, looked at behind each transaction: none of a User who is deleted or switched
 * off, and none that came by a key after the bundle that revokes it.
 */
import { subjectKey } from '../../src/identity/key.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import { check } from './check.ts';
import { claimsOf, keyIdOf, REVOKED_KEY, tokenKeyOf } from './model-tokens.ts';
import { SECOND } from './model-trust.ts';

export interface TokenLedgerOptions {
  /** Of a topic, by key. */
  readonly last: (topic: 'identity' | 'tokens', key: string) => KafkaRecord | undefined;
  /** A receiver whose disk was set back or lost knows nothing of Users that were deleted before. */
  readonly mayForget: () => boolean;
  readonly count: (event: string) => void;
}

export class TokenLedger {
  readonly #options: TokenLedgerOptions;
  /** Ids of Users who were deleted or switched off at some time. */
  readonly #everGone = new Set<string>();
  #bundle = 0;
  /** By an earlier transaction. */
  #isKeyRevoked = false;

  constructor(options: TokenLedgerOptions) {
    this.#options = options;
  }

  /** Of the last bundle on `trust`; 0: none. */
  get bundle(): number {
    return this.#bundle;
  }

  /** Whether tokens of theirs that were not taken back by name may have been with them. */
  wasGone(id: string): boolean {
    return this.#everGone.has(id);
  }

  handleBundle({ headers }: KafkaRecord): void {
    const version = Number(headers.find(([name]) => name === 'ce_bundle')?.[1]?.split('.')[1]);
    check(version >= this.#bundle, `bundle ${version} is published behind bundle ${this.#bundle}`);
    if (version > this.#bundle) this.#options.count(`bundle ${version}`);
    this.#bundle = version;
  }

  /** Behind a transaction, whose records count as the last ones already. */
  handleCommit(identities: readonly KafkaRecord[], tokens: readonly KafkaRecord[]): void {
    for (const { key, value } of identities) {
      if (!key.startsWith(USER) || !isGone(value)) continue;
      const id = decodeURIComponent(key.slice(USER.length));
      this.#everGone.add(id);
      this.#checkSubject(id);
    }
    for (const { value } of tokens) {
      if (value === null) continue;
      const { jti, sub } = claimsOf(value);
      check(!this.#isKeyRevoked || keyIdOf(value) !== REVOKED_KEY, `token ${jti} is published, and its key is revoked`);
      this.#checkSubject(sub);
    }
    for (const { headers } of tokens) {
      const reason = headers.find(([name]) => name === 'ce_reason')?.[1];
      if (reason !== undefined) this.#options.count(`token ${reason}`);
    }
    this.#isKeyRevoked = this.#bundle >= SECOND;
  }

  #checkSubject(id: string): void {
    const { last, mayForget } = this.#options;
    const user = last('identity', subjectKey('User', id));
    if (user === undefined || !isGone(user.value) || (user.value === null && mayForget())) return;
    const current = last('tokens', tokenKeyOf(id))?.value ?? undefined;
    if (current === undefined) return;
    check(false, `token ${claimsOf(current).jti} is current, and User ${id} is deleted or not active`);
  }
}

const USER = 'User|';

function isGone(value: string | null): boolean {
  return value === null || (JSON.parse(value) as { readonly active?: boolean }).active === false;
}

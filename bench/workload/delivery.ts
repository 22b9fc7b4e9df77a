/**
 * What a downstream service makes of the topics, compared with the source. It knows Kafka, CloudEvents headers and JOSE,
 * and nothing of this product's code.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import type { ReadRecord } from '../../src/kafka/kafka-record.ts';
import type { IdentityWorkload } from './identities.ts';
import { AUDIENCE, ISSUER, type TokenWorkload } from './tokens.ts';

export interface Verdict {
  readonly deltas: number;
  readonly goodTokens: number;
  readonly badTokens: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  /** Arrived, but not what the source said; the first few, described. */
  readonly unexpected: readonly string[];
}

type RevisionParts = readonly [number, number, number];

/** Collects the records of the topics as they come, and judges them when all is quiet. */
export class Delivery {
  readonly #values = new Map<string, unknown[]>();
  readonly #lastRevision = new Map<string, RevisionParts>();
  readonly #ids = new Set<string>();
  readonly #tokens = new Map<string, string>();
  readonly #quarantined = new Map<string, string>();
  readonly #unexpected: string[] = [];
  #identityRecords = 0;
  #duplicated = 0;
  #outOfOrder = 0;

  /** Records seen so far, by topic. */
  get counts(): { readonly identity: number; readonly tokens: number; readonly quarantine: number } {
    return { identity: this.#identityRecords, tokens: this.#tokens.size, quarantine: this.#quarantined.size };
  }

  /** What a consumer of the identity topic knows: the last value of each key, null where that is a tombstone. */
  get state(): ReadonlyMap<string, unknown> {
    return new Map([...this.#values].map(([key, values]) => [key, values.at(-1)]));
  }

  handleIdentity(record: ReadRecord): void {
    if (!this.#isNew(record)) return;
    this.#identityRecords++;
    const key = record.key ?? '';
    const value = record.value === null ? null : JSON.parse(record.value.toString('utf8'));
    const values = this.#values.get(key);
    if (values) values.push(value);
    else this.#values.set(key, [value]);
  }

  handleToken(record: ReadRecord): void {
    if (!this.#isNew(record)) return;
    if (record.value === null) this.#unexpected.push(`a tombstone for token ${header(record, 'ce_jti')}`);
    else this.#tokens.set(header(record, 'ce_jti'), record.value.toString('utf8'));
  }

  handleQuarantine(record: ReadRecord): void {
    if (!this.#isNew(record) || record.value === null) return;
    const { reason, sha256 } = JSON.parse(record.value.toString('utf8')) as { reason?: string; sha256?: string };
    this.#quarantined.set(sha256 ?? '', reason ?? '');
  }

  /** Compares with the source: every value of every key in order, every token by its bytes, its signature and reason. */
  async judge(identities: IdentityWorkload, tokens: TokenWorkload): Promise<Verdict> {
    const unexpected = [...this.#unexpected];
    const deltas = this.#matchValues(identities, unexpected);
    const goodTokens = await this.#matchTokens(tokens, unexpected);
    let badTokens = 0;
    for (const [jws, code] of tokens.bad) {
      const reason = this.#quarantined.get(createHash('sha256').update(jws).digest('hex'));
      if (reason === code) badTokens++;
      else if (reason !== undefined) unexpected.push(`a token quarantined as ${reason} instead of ${code}`);
    }
    if (this.#quarantined.size > tokens.bad.size) {
      unexpected.push(`${this.#quarantined.size - tokens.bad.size} quarantined records too many`);
    }
    return {
      deltas,
      goodTokens,
      badTokens,
      duplicated: this.#duplicated,
      outOfOrder: this.#outOfOrder,
      unexpected: unexpected.slice(0, 10),
    };
  }

  #matchValues(identities: IdentityWorkload, unexpected: string[]): number {
    let matched = 0;
    for (const [key, values] of this.#values) {
      const expected = identities.expected.get(key) ?? [];
      let at = 0;
      for (const value of values) {
        let found = at;
        while (found < expected.length && !isDeepStrictEqual(expected[found], value)) found++;
        if (found === expected.length) {
          unexpected.push(`a value of a ${key.split('|')[0]} that the source never said`);
          continue;
        }
        matched++;
        at = found + 1;
      }
    }
    return matched;
  }

  async #matchTokens(tokens: TokenWorkload, unexpected: string[]): Promise<number> {
    const keySet = createLocalJWKSet(tokens.jwks as JSONWebKeySet);
    let matched = 0;
    for (const [jti, jws] of this.#tokens) {
      const verified = await jwtVerify(jws, keySet, { issuer: ISSUER, audience: AUDIENCE }).catch(() => undefined);
      if (verified?.payload.jti === jti && tokens.good.get(jti) === jws) matched++;
      else unexpected.push('a token on the trusted topic that the source never said, or that does not verify');
    }
    return matched;
  }

  /** False for a record already seen; notes a revision that does not rise. */
  #isNew(record: ReadRecord): boolean {
    const id = header(record, 'ce_id');
    if (this.#ids.has(id)) {
      this.#duplicated++;
      return false;
    }
    this.#ids.add(id);
    const key = record.key ?? '';
    const revision = header(record, 'ce_revision').split('.').map(Number) as unknown as RevisionParts;
    const last = this.#lastRevision.get(key);
    if (last && compare(revision, last) <= 0) this.#outOfOrder++;
    this.#lastRevision.set(key, revision);
    return true;
  }
}

function header(record: ReadRecord, name: string): string {
  return record.headers.find(([key]) => key === name)?.[1] ?? '';
}

function compare(a: RevisionParts, b: RevisionParts): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/**
 * What would become of the tokens of a bundle: the very checks and decisions of the publisher, over what this receiver
 * remembers and what the bundle itself says before them. What it remembers stays in a scratch database.
 */
import type { JsonObject } from '../../src/identity/json-value.ts';
import type { Store } from '../../src/store/database.ts';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type { RevocationRecord } from '../../src/wire/record.ts';
import type { Revision } from '../../src/wire/revision.ts';
import { SubjectNames } from '../publish/subject-names.ts';
import { type Subject, SubjectTable } from '../publish/subject-table.ts';
import { RECEIVER_MIGRATIONS } from '../receiver-store.ts';
import { decideRevocation, decideToken, type TokenLimits, type TokenMemory } from '../tokens/token-desk.ts';
import {
  type KnownToken,
  type RevokedKey,
  type RevokedSubject,
  type RevokedToken,
  TokenTable,
} from '../tokens/token-table.ts';

export interface TokenCounts {
  readonly count: number;
  /** They would be published. */
  readonly valid: number;
  /** Published before, or older than what is current. */
  readonly known: number;
  readonly expired: number;
  /** By reason, as in `quarantine`. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Tables of the receiver, running or not. */
export type KnownTokenMemory = Pick<
  TokenMemory,
  | 'findToken'
  | 'findRevokedToken'
  | 'findRevokedSubject'
  | 'findRevokedKey'
  | 'subjectsNamed'
  | 'tokenCount'
  | 'revocationCount'
  | 'revokedKeyCount'
>;

interface Parts {
  readonly known: KnownTokenMemory;
  /** Of a subject, or of a slot. */
  readonly findSubject: (key: string) => Subject | undefined;
  readonly limits: TokenLimits;
  readonly isCarried: (issuer: string) => boolean;
  readonly nowMs: number;
  /** The caller closes it. */
  readonly scratch: Store;
}

export class BundleTokens {
  readonly #rules: Pick<Parts, 'limits' | 'isCarried' | 'nowMs'>;
  readonly #memory: ScratchTokens;
  readonly #attributes: readonly string[];
  #counts = { count: 0, valid: 0, known: 0, expired: 0 };
  #refused = new Map<string, number>();

  constructor({ known, findSubject, scratch, ...rules }: Parts) {
    this.#rules = rules;
    this.#memory = new ScratchTokens(known, findSubject, scratch);
    this.#attributes = [...new Set(rules.limits.subjectAttributes?.values() ?? [])].filter((name) => name !== 'id');
  }

  begin(): void {
    this.#counts = { count: 0, valid: 0, known: 0, expired: 0 };
    this.#refused = new Map();
  }

  handleToken(verdict: TokenVerdict, revision: Revision): void {
    const { limits, isCarried } = this.#rules;
    const decision = decideToken(verdict, revision, this.#memory, { ...limits, isCarried });
    this.#counts.count++;
    if (decision.outcome === 'published') this.#counts.valid++;
    else if (decision.outcome === 'superseded') this.#counts.known++;
    else if (decision.outcome === 'expired') this.#counts.expired++;
    else this.#refused.set(decision.reason, (this.#refused.get(decision.reason) ?? 0) + 1);
  }

  /** Of tokens behind it: which ones before it takes back is not counted. */
  handleRevocation(record: RevocationRecord, revision: Revision, saidAtMs: number): void {
    const { limits, isCarried, nowMs } = this.#rules;
    if (isCarried(record.issuer)) {
      decideRevocation(record, revision, this.#memory, { ...limits, asOfMs: nowMs, saidAtMs });
    }
  }

  /** What tokens call a User from now on. */
  handleSubject(key: string, resource: JsonObject): void {
    if (!key.startsWith('User|')) return;
    for (const attribute of this.#attributes) {
      const value = resource[attribute];
      if (typeof value === 'string') this.#memory.putName({ key, attribute, value });
    }
  }

  get counts(): TokenCounts {
    return { ...this.#counts, refused: Object.fromEntries([...this.#refused].sort()) };
  }
}

class ScratchTokens implements TokenMemory {
  readonly #known: KnownTokenMemory;
  readonly #findSubject: Parts['findSubject'];
  readonly #tokens: TokenTable;
  /** Slots alone: their revisions. */
  readonly #slots: SubjectTable;
  readonly #names: SubjectNames;

  constructor(known: KnownTokenMemory, findSubject: Parts['findSubject'], scratch: Store) {
    // The tables of a receiver, empty.
    for (const schema of RECEIVER_MIGRATIONS) scratch.exec(schema);
    this.#known = known;
    this.#findSubject = findSubject;
    this.#tokens = new TokenTable(scratch);
    this.#slots = new SubjectTable(scratch);
    this.#names = new SubjectNames(scratch);
  }

  findSubject(key: string): Subject | undefined {
    return this.#slots.find(key) ?? this.#findSubject(key);
  }

  putSubject(key: string, subject: Subject): void {
    this.#slots.put(key, subject);
  }

  subjectsNamed(attribute: string, value: string): readonly string[] {
    const kept = this.#known.subjectsNamed(attribute, value);
    const isKept = (key: string) => this.#names.find(key, attribute) === undefined;
    return [...kept.filter(isKept), ...this.#names.keysOf(attribute, value)];
  }

  putName(name: { readonly key: string; readonly attribute: string; readonly value: string }): void {
    this.#names.put(name);
  }

  findToken(issuer: string, jti: string): KnownToken | undefined {
    return this.#tokens.findToken(issuer, jti) ?? this.#known.findToken(issuer, jti);
  }

  putToken(token: KnownToken): void {
    this.#tokens.putToken(token);
  }

  get tokenCount(): number {
    return this.#known.tokenCount + this.#tokens.tokenCount;
  }

  // Which current tokens a revocation takes back is nobody's question here.
  findCurrent(): undefined {}
  findCurrentOf(): readonly KnownToken[] {
    return [];
  }
  putCurrent(): void {}
  dropCurrent(): void {}

  findRevokedToken(issuer: string, jti: string): RevokedToken | undefined {
    return this.#tokens.findRevokedToken(issuer, jti) ?? this.#known.findRevokedToken(issuer, jti);
  }

  findRevokedSubject(issuer: string, subject: string): RevokedSubject | undefined {
    return this.#tokens.findRevokedSubject(issuer, subject) ?? this.#known.findRevokedSubject(issuer, subject);
  }

  findRevokedKey(issuer: string, keyId: string): Pick<RevokedKey, 'issuedBeforeMs'> | undefined {
    return this.#tokens.findRevokedKey(issuer, keyId) ?? this.#known.findRevokedKey(issuer, keyId);
  }

  revokeToken(revoked: RevokedToken): void {
    this.#tokens.putRevokedToken(revoked);
  }

  /** The later bound holds where there is one already. */
  revokeSubject(revoked: RevokedSubject): void {
    const before = this.findRevokedSubject(revoked.issuer, revoked.subject)?.issuedBeforeMs ?? 0;
    this.#tokens.putRevokedSubject({ ...revoked, issuedBeforeMs: Math.max(before, revoked.issuedBeforeMs) });
  }

  revokeKey(revoked: RevokedKey): void {
    const before = this.findRevokedKey(revoked.issuer, revoked.keyId)?.issuedBeforeMs ?? 0;
    this.#tokens.putRevokedKey({ ...revoked, issuedBeforeMs: Math.max(before, revoked.issuedBeforeMs) });
  }

  get revocationCount(): number {
    return this.#known.revocationCount + this.#tokens.revocationCount;
  }

  get revokedKeyCount(): number {
    return this.#known.revokedKeyCount + this.#tokens.revokedKeyCount;
  }
}

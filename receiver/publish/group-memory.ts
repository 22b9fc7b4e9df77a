/**
 * What is known while one group is decided: the tables as they stand, and over them what the group itself changes.
 * Nothing is written here; the changes are applied to the tables once Kafka has committed the group.
 */
import { isIdentityKey, isInRange, type KeyRange } from '../../src/identity/snapshot-part.ts';
import { compareRevisions, type Revision } from '../../src/wire/revision.ts';
import type { FramePlace } from '../guard/approved-frames.ts';
import { kindOf } from '../guard/counted-kind.ts';
import type { CountedKind } from '../guard/guard-window.ts';
import type { HeldRecord, Pin } from '../guard/held-record.ts';
import { sizeOfHeld } from '../guard/held-table.ts';
import type { IssuerStatus } from '../tokens/issuer-statuses.ts';
import type { KnownToken, RevokedKey, RevokedSubject, RevokedToken } from '../tokens/token-table.ts';
import type { WitnessState } from '../witness/log-witness.ts';
import type { SnapshotFloor } from './snapshot-floors.ts';
import type { SubjectName } from './subject-names.ts';
import type { LiveKey, Subject } from './subject-table.ts';

/** The tables as admission reads them. */
export interface Memory {
  findSubject(key: string): Subject | undefined;
  /** Subjects, or memberships, that are not deleted. */
  liveCount(kind: CountedKind): number;
  findHeld(key: string): HeldRecord | undefined;
  /** Keys of a range whose held record is no delete, in order. */
  heldPutsIn(range: KeyRange): readonly string[];
  findPin(key: string): Pin | undefined;
  readonly heldCount: number;
  /** Of values and headers that are held. */
  readonly heldBytes: number;
  /** Of a bundle that approvers let through. */
  isApproved(frame: FramePlace): boolean;
  /** Live subjects and memberships of a range, in the order of their keys. */
  liveIn(range: KeyRange): Iterable<LiveKey>;
  /** Up to where a snapshot said all of the range that the key lies in. */
  findFloor(key: string): Revision | undefined;
  /** What was first framed up to here was decided before the tables were lost; undefined: they never were. */
  readonly rebuiltThrough: Revision | undefined;
  findToken(issuer: string, jti: string): KnownToken | undefined;
  findCurrent(key: string): KnownToken | undefined;
  findCurrentOf(issuer: string, subject: string): readonly KnownToken[];
  findRevokedToken(issuer: string, jti: string): RevokedToken | undefined;
  findRevokedSubject(issuer: string, subject: string): RevokedSubject | undefined;
  /** `keyId` empty: of the whole issuer. */
  findRevokedKey(issuer: string, keyId: string): Pick<RevokedKey, 'issuedBeforeMs'> | undefined;
  /** Keys of subjects, deleted ones too, whose attribute had that value last. */
  subjectsNamed(attribute: string, value: string): readonly string[];
  findName(key: string, attribute: string): string | undefined;
  readonly tokenCount: number;
  /** Of tokens and subjects. */
  readonly revocationCount: number;
  readonly revokedKeyCount: number;
  /** What was witnessed of the sender's audit log; undefined before the first checkpoint. */
  readonly witness: WitnessState | undefined;
}

/** What a group changes, in no order that matters: each key stands once, with its last state. */
export interface GroupChanges {
  readonly subjects: ReadonlyMap<string, Subject>;
  /** Undefined: held no longer. */
  readonly held: ReadonlyMap<string, HeldRecord | undefined>;
  readonly pins: ReadonlyMap<string, Pin | undefined>;
  readonly floors: readonly SnapshotFloor[];
  readonly tokens: readonly KnownToken[];
  /** Undefined: the slot has no current token any more. */
  readonly slots: ReadonlyMap<string, KnownToken | undefined>;
  readonly revokedTokens: readonly RevokedToken[];
  readonly revokedSubjects: readonly RevokedSubject[];
  readonly revokedKeys: readonly RevokedKey[];
  readonly names: readonly SubjectName[];
  readonly statuses: readonly IssuerStatus[];
  /** Undefined: as it was. */
  readonly witness: WitnessState | undefined;
}

export class GroupMemory implements Memory {
  readonly #tables: Memory;
  readonly #subjects = new Map<string, Subject>();
  /** The last that was read from the tables. */
  #asked: { readonly key: string; readonly subject: Subject | undefined } | undefined;
  #judged: { readonly frame: object; readonly isApproved: boolean } | undefined;
  readonly #live: Record<CountedKind, number>;
  readonly #held = new Map<string, HeldRecord | undefined>();
  readonly #pins = new Map<string, Pin | undefined>();
  #heldCount: number;
  #heldBytes: number;
  /** At most one a group: a group has at most one snapshot part. */
  readonly #floors: SnapshotFloor[] = [];
  readonly #tokens = new Map<string, KnownToken>();
  readonly #slots = new Map<string, KnownToken | undefined>();
  /** Keys of those that hold a token, by issuer and subject. */
  readonly #slotsOf = new Map<string, Set<string>>();
  readonly #revokedTokens = new Map<string, RevokedToken>();
  readonly #revokedSubjects = new Map<string, RevokedSubject>();
  readonly #revokedKeys = new Map<string, RevokedKey>();
  /** What the tables say of keys: each token of a group asks for the same few. */
  readonly #askedKeys = new Map<string, Pick<RevokedKey, 'issuedBeforeMs'> | undefined>();
  /** By key and attribute. */
  readonly #names = new Map<string, SubjectName>();
  /** Keys of the named, by attribute and value. */
  readonly #named = new Map<string, Set<string>>();
  readonly #statuses = new Map<string, IssuerStatus>();
  #witness: WitnessState | undefined;

  readonly rebuiltThrough: Revision | undefined;

  constructor(tables: Memory) {
    this.#tables = tables;
    this.rebuiltThrough = tables.rebuiltThrough;
    this.#live = { subjects: tables.liveCount('subjects'), memberships: tables.liveCount('memberships') };
    this.#heldCount = tables.heldCount;
    this.#heldBytes = tables.heldBytes;
  }

  get changes(): GroupChanges {
    return {
      subjects: this.#subjects,
      held: this.#held,
      pins: this.#pins,
      floors: this.#floors,
      tokens: [...this.#tokens.values()],
      slots: this.#slots,
      revokedTokens: [...this.#revokedTokens.values()],
      revokedSubjects: [...this.#revokedSubjects.values()],
      revokedKeys: [...this.#revokedKeys.values()],
      names: [...this.#names.values()],
      statuses: [...this.#statuses.values()],
      witness: this.#witness,
    };
  }

  get tokenCount(): number {
    return this.#tables.tokenCount + this.#tokens.size;
  }

  get revocationCount(): number {
    return this.#tables.revocationCount + this.#revokedTokens.size + this.#revokedSubjects.size;
  }

  get revokedKeyCount(): number {
    return this.#tables.revokedKeyCount + this.#revokedKeys.size;
  }

  findSubject(key: string): Subject | undefined {
    const own = this.#subjects.get(key);
    if (own !== undefined) return own;
    // Order, guard and count each ask for the key of one record, one behind the other.
    if (this.#asked?.key !== key) this.#asked = { key, subject: this.#tables.findSubject(key) };
    return this.#asked.subject;
  }

  *liveIn(range: KeyRange): Iterable<LiveKey> {
    const own = [...this.#subjects]
      .filter(([key]) => isInRange(range, key) && isIdentityKey(key))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    let at = 0;
    for (const each of this.#tables.liveIn(range)) {
      for (let next = own[at]; next !== undefined && next[0] <= each.key; next = own[++at]) yield* live(next);
      if (!this.#subjects.has(each.key)) yield each;
    }
    for (const rest of own.slice(at)) yield* live(rest);
  }

  liveCount(kind: CountedKind): number {
    return this.#live[kind];
  }

  heldPutsIn(range: KeyRange): readonly string[] {
    const kept = this.#tables.heldPutsIn(range).filter((key) => !this.#held.has(key));
    const own = [...this.#held].flatMap(([key, record]) =>
      record?.value == null || !isInRange(range, key) ? [] : [key],
    );
    return [...kept, ...own].sort();
  }

  findHeld(key: string): HeldRecord | undefined {
    return this.#held.has(key) ? this.#held.get(key) : this.#tables.findHeld(key);
  }

  findPin(key: string): Pin | undefined {
    return this.#pins.has(key) ? this.#pins.get(key) : this.#tables.findPin(key);
  }

  get heldCount(): number {
    return this.#heldCount;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  isApproved(frame: FramePlace): boolean {
    // Each record of a frame asks.
    if (this.#judged?.frame !== frame) this.#judged = { frame, isApproved: this.#tables.isApproved(frame) };
    return this.#judged.isApproved;
  }

  findFloor(key: string): Revision | undefined {
    const known = this.#tables.findFloor(key);
    return this.#floors.reduce((newest, floor) => {
      const isNewer = isInRange(floor, key) && (newest === undefined || compareRevisions(floor.asOf, newest) > 0);
      return isNewer ? floor.asOf : newest;
    }, known);
  }

  findToken(issuer: string, jti: string): KnownToken | undefined {
    return findIn(this.#tokens, issuer, jti) ?? this.#tables.findToken(issuer, jti);
  }

  findCurrent(key: string): KnownToken | undefined {
    return this.#slots.has(key) ? this.#slots.get(key) : this.#tables.findCurrent(key);
  }

  findCurrentOf(issuer: string, subject: string): readonly KnownToken[] {
    const kept = this.#tables.findCurrentOf(issuer, subject).filter(({ key }) => !this.#slots.has(key));
    const own = [...(this.#slotsOf.get(pair(issuer, subject)) ?? [])].flatMap((key) => this.#slots.get(key) ?? []);
    // By code unit, so that the same group gives the same records in the same order again.
    return [...kept, ...own].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  findRevokedToken(issuer: string, jti: string): RevokedToken | undefined {
    return findIn(this.#revokedTokens, issuer, jti) ?? this.#tables.findRevokedToken(issuer, jti);
  }

  findRevokedSubject(issuer: string, subject: string): RevokedSubject | undefined {
    return findIn(this.#revokedSubjects, issuer, subject) ?? this.#tables.findRevokedSubject(issuer, subject);
  }

  findRevokedKey(issuer: string, keyId: string): Pick<RevokedKey, 'issuedBeforeMs'> | undefined {
    return findIn(this.#revokedKeys, issuer, keyId) ?? this.#tableKey(issuer, keyId);
  }

  #tableKey(issuer: string, keyId: string): Pick<RevokedKey, 'issuedBeforeMs'> | undefined {
    const name = pair(issuer, keyId);
    const known = this.#askedKeys.get(name);
    if (known !== undefined || this.#askedKeys.has(name)) return known;
    const asked = this.#tables.findRevokedKey(issuer, keyId);
    this.#askedKeys.set(name, asked);
    return asked;
  }

  subjectsNamed(attribute: string, value: string): readonly string[] {
    const kept = this.#tables.subjectsNamed(attribute, value).filter((key) => !this.#names.has(pair(key, attribute)));
    return [...kept, ...(this.#named.get(pair(attribute, value)) ?? [])];
  }

  findName(key: string, attribute: string): string | undefined {
    return this.#names.get(pair(key, attribute))?.value ?? this.#tables.findName(key, attribute);
  }

  putName(name: SubjectName): void {
    const { key, attribute, value } = name;
    const before = this.#names.get(pair(key, attribute));
    if (before !== undefined) this.#named.get(pair(attribute, before.value))?.delete(key);
    this.#names.set(pair(key, attribute), name);
    addTo(this.#named, pair(attribute, value), key);
  }

  putStatus(status: IssuerStatus): void {
    this.#statuses.set(status.issuer, status);
  }

  get witness(): WitnessState | undefined {
    return this.#witness ?? this.#tables.witness;
  }

  putWitness(witness: WitnessState): void {
    this.#witness = witness;
  }

  putSubject(key: string, subject: Subject): void {
    const kind = kindOf(key);
    if (kind !== undefined) {
      const before = this.findSubject(key);
      const wasThere = before !== undefined && !before.isDeleted;
      this.#live[kind] += Number(!subject.isDeleted) - Number(wasThere);
    }
    this.#subjects.set(key, subject);
  }

  /** Undefined: held no longer. */
  putHeld(key: string, record: HeldRecord | undefined): void {
    const known = this.findHeld(key);
    this.#heldCount += Number(record !== undefined) - Number(known !== undefined);
    this.#heldBytes += (record === undefined ? 0 : sizeOfHeld(record)) - (known === undefined ? 0 : sizeOfHeld(known));
    this.#held.set(key, record);
  }

  putPin(key: string, pin: Pin | undefined): void {
    this.#pins.set(key, pin);
  }

  putFloor(floor: SnapshotFloor): void {
    this.#floors.push(floor);
  }

  putToken(token: KnownToken): void {
    this.#tokens.set(pair(token.issuer, token.jti), token);
  }

  putCurrent(token: KnownToken): void {
    this.#slots.set(token.key, token);
    addTo(this.#slotsOf, pair(token.issuer, token.subject), token.key);
  }

  dropCurrent(key: string): void {
    const token = this.#slots.get(key);
    if (token !== undefined) this.#slotsOf.get(pair(token.issuer, token.subject))?.delete(key);
    this.#slots.set(key, undefined);
  }

  revokeToken(revoked: RevokedToken): void {
    this.#revokedTokens.set(pair(revoked.issuer, revoked.jti), revoked);
  }

  /** Of one issuer's keys, or, with an empty keyId, of all; the later bound holds where there is one already. */
  revokeKey(revoked: RevokedKey): void {
    const known = this.findRevokedKey(revoked.issuer, revoked.keyId);
    const issuedBeforeMs = Math.max(revoked.issuedBeforeMs, known?.issuedBeforeMs ?? 0);
    this.#revokedKeys.set(pair(revoked.issuer, revoked.keyId), { ...revoked, issuedBeforeMs });
  }

  /** The later bound holds where there is one already. */
  revokeSubject(revoked: RevokedSubject): void {
    const known = this.findRevokedSubject(revoked.issuer, revoked.subject);
    this.#revokedSubjects.set(pair(revoked.issuer, revoked.subject), {
      ...revoked,
      issuedBeforeMs: Math.max(revoked.issuedBeforeMs, known?.issuedBeforeMs ?? 0),
      untilMs: Math.max(revoked.untilMs, known?.untilMs ?? 0),
    });
  }
}

function live([key, { revision, isDeleted }]: readonly [string, Subject]): readonly LiveKey[] {
  return isDeleted ? [] : [{ key, revision }];
}

function addTo(sets: Map<string, Set<string>>, name: string, member: string): void {
  const known = sets.get(name);
  if (known === undefined) sets.set(name, new Set([member]));
  else known.add(member);
}

/** Most maps are empty, since most groups revoke nothing: then no text is made and hashed for the question. */
function findIn<T>(own: ReadonlyMap<string, T>, a: string, b: string): T | undefined {
  return own.size === 0 ? undefined : own.get(pair(a, b));
}

/** Unambiguous: it says where the first part ends. */
function pair(a: string, b: string): string {
  return `${a.length} ${a}${b}`;
}

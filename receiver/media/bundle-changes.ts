/**
 * What frames of a bundle come to, over what this receiver knows: subjects and memberships by their state before and after,
 * whatever happened in between, tokens by what would become of each, and what else is carried.
 */
import type { GuardConfig } from '../../src/config/receiver-config.ts';
import { type IdentityRules, isIssuerCarried } from '../../src/identity/identity-rules.ts';
import type { JsonObject } from '../../src/identity/json-value.ts';
import { checkRecordAgainstRules } from '../../src/identity/record-check.ts';
import { isRefusal } from '../../src/identity/refusal.ts';
import {
  identityKey,
  isIdentity,
  isIdentityKey,
  rangeOf,
  snapshotPartProblem,
} from '../../src/identity/snapshot-part.ts';
import { MEDIA_LIMITS } from '../../src/limits.ts';
import type { Store } from '../../src/store/database.ts';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type {
  DeltaRecord,
  KeySetRecord,
  MemberRecord,
  SnapshotPartRecord,
  TokenRecord,
  WireRecord,
} from '../../src/wire/record.ts';
import { compareRevisions, type Revision } from '../../src/wire/revision.ts';
import { type BlastRadius, isAdminGroup, NO_FACTS, type SubjectFacts, subjectFacts } from '../guard/guard-limits.ts';
import type { CountedKind } from '../guard/guard-window.ts';
import type { GroupFrame } from '../publish/group-frame.ts';
import type { Subject, SubjectTable } from '../publish/subject-table.ts';
import type { TokenLimits } from '../tokens/token-desk.ts';
import { BundleTokens, type KnownTokenMemory, type TokenCounts } from './bundle-tokens.ts';
import { type ChangeList, listChanges, lossesOf } from './change-list.ts';
import { ChangeTable, type KeyState } from './change-table.ts';

export interface BundleChanges extends ChangeList {
  readonly tokens: TokenCounts;
  readonly revocations: number;
  /** `issuers`: the first that are named. */
  readonly keySets: { readonly count: number; readonly issuers: readonly string[] };
  readonly snapshotParts: number;
  /** Identity records that are older than what is known. */
  readonly superseded: number;
  /** Records, and whole frames, that go to quarantine by their own form; tokens are counted by themselves. */
  readonly quarantined: number;
}

export type UnpackedFrame = Pick<GroupFrame, 'header' | 'content'>;

export interface BundleResult {
  readonly changes: BundleChanges;
  /** What the limits of the config are held against. */
  readonly blastRadius: BlastRadius;
}

/** What this receiver knows; facts where it remembers any. */
export interface KnownSubjects extends Pick<SubjectTable, 'liveIn'> {
  /** A snapshot as of then that lacks the key changes nothing: see `isSettledElsewhere`. */
  isSettled(key: string, asOf: Revision): boolean;
  find(key: string): Subject | undefined;
  readonly tokens: KnownTokenMemory;
}

/** Memberships that end with their group or member are no loss of their own. */
const CASCADES: readonly (string | undefined)[] = ['group-deleted', 'member-deleted'];

export interface TallyRules {
  readonly rules: IdentityRules;
  readonly guard: GuardConfig;
  /** As of what is published. */
  readonly hour: GuardHour;
  readonly tokens: TokenLimits;
  readonly nowMs: number;
}

const NOTHING = { revocations: 0, snapshotParts: 0, superseded: 0, quarantined: 0 };

/** What lived when the guard's sliding hour began, and what vanished since. */
export type GuardHour = Readonly<Record<CountedKind, { readonly lived: number; readonly lost: number }>>;

interface Change {
  readonly isLive: boolean;
  readonly facts: SubjectFacts;
  readonly isCascade: boolean;
}

interface Place {
  readonly revision: Revision;
  readonly createdAtMs: number;
  readonly verdicts: ReadonlyMap<TokenRecord, TokenVerdict>;
}

export class BundleChangeTally {
  readonly #known: KnownSubjects;
  readonly #rules: TallyRules;
  readonly #scratch: Store;
  readonly #table: ChangeTable;
  readonly #tokens: BundleTokens;
  #counts = { ...NOTHING };
  #hour: GuardHour;
  #keySets = 0;
  readonly #issuers = new Set<string>();

  /** `scratch`: empty; the caller closes it. */
  constructor(known: KnownSubjects, rules: TallyRules, scratch: Store) {
    this.#known = known;
    this.#rules = rules;
    this.#hour = rules.hour;
    this.#scratch = scratch;
    this.#table = new ChangeTable(scratch);
    this.#tokens = new BundleTokens({
      known: known.tokens,
      findSubject: (key) => this.#subject(key),
      limits: rules.tokens,
      isCarried: (issuer) => isIssuerCarried(rules.rules, issuer),
      nowMs: rules.nowMs,
      scratch,
    });
  }

  /**
   * What was handed in until now was taken in before and is not published yet: it is known, and no change of the bundle. What
   * vanishes by it does so within the hour.
   */
  begin(): void {
    const { subjects, memberships } = this.#blastRadius(0);
    this.#hour = {
      subjects: { lived: subjects.lived, lost: subjects.lost + subjects.deleted + subjects.deactivated },
      memberships: { lived: memberships.lived, lost: memberships.lost + memberships.deleted },
    };
    this.#table.begin();
    this.#tokens.begin();
    this.#counts = { ...NOTHING };
    this.#keySets = 0;
    this.#issuers.clear();
  }

  /** In the order in which they would be released. `verdicts`: of all tokens in it, by their issuers' policies. */
  handleFrame({ header, content }: UnpackedFrame, verdicts: Place['verdicts']): void {
    if (typeof content === 'string') {
      this.#counts.quarantined++;
      return;
    }
    this.#table.transaction(() => {
      for (const [index, record] of content.entries()) {
        const position = { epoch: header.epoch, sequence: header.sequence, index };
        const place = { revision: record.revision ?? position, createdAtMs: header.createdAtMs, verdicts };
        if (record.kind === 'snapshot-part') this.#handlePart(record, { ...place, revision: position });
        else this.#handleRecord(record, place);
      }
    });
  }

  /** Once, behind the last frame. `onLine`: see `changeLine`. */
  end(onLine: (line: string) => void = () => {}): BundleResult {
    const list = listChanges(this.#table.touched(), this.#rules.guard, { scratch: this.#scratch, onLine });
    const keySets = { count: this.#keySets, issuers: [...this.#issuers] };
    const changes = { ...list, tokens: this.#tokens.counts, keySets, ...this.#counts };
    return { changes, blastRadius: this.#blastRadius(list.adminGrants) };
  }

  #blastRadius(adminGrants: number): BlastRadius {
    const { subjects, memberships } = this.#hour;
    const { deleted, deactivated, memberships: left } = lossesOf(this.#table.touched());
    return {
      subjects: { ...subjects, deleted, deactivated },
      memberships: { ...memberships, deleted: left },
      adminGrants,
    };
  }

  #handleRecord(record: WireRecord, place: Place): void {
    switch (record.kind) {
      case 'delta':
      case 'member':
        this.#handleIdentity(record, place.revision);
        break;
      case 'token':
        this.#tokens.handleToken(place.verdicts.get(record) as TokenVerdict, place.revision);
        break;
      case 'revocation':
        this.#counts.revocations++;
        this.#tokens.handleRevocation(record, place.revision, place.createdAtMs);
        break;
      case 'key-set':
        this.#handleKeySet(record);
        break;
      default:
        break;
    }
  }

  #handleIdentity(record: DeltaRecord | MemberRecord, revision: Revision): void {
    const checked = checkRecordAgainstRules(this.#rules.rules, record);
    if (isRefusal(checked)) {
      this.#counts.quarantined++;
      return;
    }
    const { key, value, resource } = checked;
    const facts = record.kind === 'delta' ? this.#factsOf(resource) : this.#memberFacts(record);
    const change = { isLive: value !== undefined, facts, isCascade: CASCADES.includes(record.reason) };
    if (!this.#set(key, revision, change)) this.#counts.superseded++;
    else if (resource !== undefined) this.#tokens.handleSubject(key, resource);
  }

  #handleKeySet(record: KeySetRecord): void {
    if (isRefusal(checkRecordAgainstRules(this.#rules.rules, record))) {
      this.#counts.quarantined++;
      return;
    }
    this.#keySets++;
    if (this.#issuers.size < MEDIA_LIMITS.shownNames) this.#issuers.add(record.issuer);
  }

  /** As the receiver applies it: its entries, then deletes of what its range no longer has. */
  #handlePart(part: SnapshotPartRecord, place: Place): void {
    if (snapshotPartProblem(part, place.revision) !== undefined) {
      this.#counts.quarantined++;
      return;
    }
    this.#counts.snapshotParts++;
    for (const entry of part.entries) this.#handleRecord(entry, { ...place, revision: entry.revision as Revision });
    const named = new Set(part.entries.filter(isIdentity).map(identityKey));
    const range = rangeOf(part);
    const absent: string[] = [];
    for (const { key } of this.#known.liveIn(range)) if (!named.has(key)) absent.push(key);
    for (const key of this.#table.liveIn(range)) if (isIdentityKey(key) && !named.has(key)) absent.push(key);
    for (const key of absent) {
      // What the bundle, or a frame before it, says anew of a key that approvers have before them, takes its place there.
      if (this.#table.find(key) === undefined && this.#known.isSettled(key, part.asOf)) continue;
      const now = this.#now(key);
      if (now?.isLive && compareRevisions(now.revision, part.asOf) <= 0)
        this.#set(key, place.revision, { isLive: false, facts: NO_FACTS, isCascade: false });
    }
  }

  /** False where more is known of the key already. */
  #set(key: string, revision: Revision, change: Change): boolean {
    const now = this.#now(key);
    if (now !== undefined && compareRevisions(revision, now.revision) <= 0) return false;
    this.#table.put(key, now, { ...change, revision });
    return true;
  }

  #now(key: string): KeyState | undefined {
    const known = this.#table.find(key);
    if (known !== undefined) return known;
    const subject = this.#known.find(key);
    return subject && { revision: subject.revision, isLive: !subject.isDeleted, facts: subject.facts ?? NO_FACTS };
  }

  #subject(key: string): Subject | undefined {
    const now = this.#now(key);
    return now && { revision: now.revision, isDeleted: !now.isLive, facts: now.facts };
  }

  #factsOf(resource: JsonObject | undefined): SubjectFacts {
    return resource === undefined ? NO_FACTS : subjectFacts(resource, this.#rules.guard);
  }

  /** To be in an admin group counts as a role of its own. */
  #memberFacts({ group }: MemberRecord): SubjectFacts {
    return isAdminGroup(group, this.#rules.guard) ? { ...NO_FACTS, adminRoles: [group] } : NO_FACTS;
  }
}

/**
 * change table ─► **change list** ─► import view, approval request. What a bundle comes to, in figures, and by name as far as
 * people read it; the digest is over all of it, a line a key. Keeps a row for each role and group in a scratch database, and
 * nothing else beyond the bound. Pure but for SQLite.
 */
import { createHash } from 'node:crypto';
import type { GuardConfig } from '../../src/config/receiver-config.ts';
import { MEDIA_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import { grantedRoles, isDeactivation, roleChanges, type SubjectFacts } from '../guard/guard-limits.ts';
import { shownName } from '../guard/shown-name.ts';
import type { StateChange } from './change-table.ts';

export interface KeyCounts {
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
}

/** A role or a group, and who gets or loses it. */
export interface NamedChange {
  readonly name: string;
  /** By the config. */
  readonly isAdmin: boolean;
  readonly count: number;
  /** The first of them: keys of subjects; of a group the ids of its members, as they stand in the key. */
  readonly subjects: readonly string[];
}

export interface NamedChanges {
  readonly count: number;
  /** How many roles or groups. */
  readonly names: number;
  /** Those of the config first, then those that concern most. */
  readonly first: readonly NamedChange[];
}

export interface ChangeList {
  readonly subjects: KeyCounts;
  /** Of the changed ones: `active` went from true to false. */
  readonly deactivated: number;
  /** The first of each. */
  readonly deletedKeys: readonly string[];
  readonly deactivatedKeys: readonly string[];
  /** Admin roles of the config that somebody gets, and joins of its admin groups. */
  readonly adminGrants: number;
  /** Those that somebody loses who stays. */
  readonly adminWithdrawals: number;
  /** `added`: granted; `deleted`: withdrawn. */
  readonly memberships: KeyCounts;
  /** Of who stays. */
  readonly rolesGranted: NamedChanges;
  readonly rolesWithdrawn: NamedChanges;
  /** Subjects whose roles before or after are not known, but for their admin roles. */
  readonly rolesUnknown: number;
  readonly groupsJoined: NamedChanges;
  readonly groupsLeft: NamedChanges;
  /** Of all that is behind these figures: SHA-256 over `changeLine` of each key, in order. */
  readonly keys: number;
  readonly digest: string;
}

/** What vanishes, for the limits. */
export interface ChangeLosses {
  readonly deleted: number;
  readonly deactivated: number;
  /** Memberships that end by themselves. */
  readonly memberships: number;
}

export function lossesOf(changes: Iterable<StateChange>): ChangeLosses {
  let deleted = 0;
  let deactivated = 0;
  let memberships = 0;
  for (const { key, before, after, isCascade } of changes) {
    if (before !== undefined && after === undefined) {
      if (!isMember(key)) deleted++;
      else if (!isCascade) memberships++;
    }
    if (after !== undefined && isDeactivation(before, after)) deactivated++;
  }
  return { deleted, deactivated, memberships };
}

/** `onLine` gets each line, with its end. */
export function listChanges(
  changes: Iterable<StateChange>,
  guard: GuardConfig,
  { scratch, onLine }: { readonly scratch: Store; readonly onLine: (line: string) => void },
): ChangeList {
  const named = new NamedTable(scratch);
  const counts = { subjects: zeros(), memberships: zeros() };
  const first = { deleted: [] as string[], deactivated: [] as string[] };
  const sums = { deactivated: 0, adminGrants: 0, adminWithdrawals: 0, rolesUnknown: 0, keys: 0 };
  const hash = createHash('sha256');
  for (const change of changes) {
    const { key, before, after } = change;
    const what = before === undefined ? 'added' : after === undefined ? 'deleted' : 'changed';
    counts[isMember(key) ? 'memberships' : 'subjects'][what]++;
    sums.keys++;
    if (after !== undefined) {
      sums.adminGrants += grantedRoles(before, after).length;
      if (before !== undefined) sums.adminWithdrawals += grantedRoles(after, before).length;
      if (isDeactivation(before, after)) {
        sums.deactivated++;
        note(first.deactivated, key);
      }
    } else if (!isMember(key)) note(first.deleted, key);
    if (isMember(key)) named.putMember(key, what, guard);
    else if (after !== undefined && !named.putRoles(change, { ...guard, after })) sums.rolesUnknown++;
    const line = changeLine(change);
    hash.update(line);
    onLine(line);
  }
  return {
    ...counts,
    ...sums,
    deletedKeys: first.deleted,
    deactivatedKeys: first.deactivated,
    rolesGranted: named.read('role-granted'),
    rolesWithdrawn: named.read('role-withdrawn'),
    groupsJoined: named.read('joined'),
    groupsLeft: named.read('left'),
    digest: hash.digest('hex'),
  };
}

/** As `changeText`, with its end. */
export function changeLine(change: Change): string {
  return `${changeText(change)}\n`;
}

/** Such as `changed User|a +role:reader -role:admin`. Whoever stays and is switched off is `deactivated`. */
export function changeText(change: Change): string {
  const { what, granted, withdrawn, areAllRolesKnown } = changeOf(change);
  const roles = [
    ...granted.map((role) => `+role:${shownName(role)}`),
    ...withdrawn.map((role) => `-role:${shownName(role)}`),
    ...(areAllRolesKnown ? [] : ['other-roles:unknown']),
  ];
  return [what, change.key, ...roles].join(' ');
}

/** Roles of who stays: all of them, or admin roles alone. */
export function changeOf({ before, after }: Omit<Change, 'key'>) {
  if (after === undefined) return { what: 'deleted', granted: [], withdrawn: [], areAllRolesKnown: true } as const;
  const { granted, withdrawn, areAllKnown: areAllRolesKnown } = roleChanges(before, after);
  const what = before === undefined ? 'added' : isDeactivation(before, after) ? 'deactivated' : 'changed';
  return { what, granted, withdrawn, areAllRolesKnown } as const;
}

type Change = Pick<StateChange, 'key' | 'before' | 'after'>;

type Kind = 'role-granted' | 'role-withdrawn' | 'joined' | 'left';

class NamedTable {
  readonly #scratch: Store;
  readonly #put: Statement;

  constructor(scratch: Store) {
    this.#scratch = scratch;
    scratch.exec(`CREATE TABLE named (
      kind TEXT NOT NULL, name TEXT NOT NULL, is_admin INTEGER NOT NULL, count INTEGER NOT NULL, subjects TEXT NOT NULL,
      PRIMARY KEY (kind, name)
    ) WITHOUT ROWID`);
    // Keys and ids in keys have no line break.
    this.#put = scratch.prepare(
      `INSERT INTO named (kind, name, is_admin, count, subjects)
       VALUES (?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET count = count + 1,
       subjects = CASE WHEN count < ${MEDIA_LIMITS.shownSubjects} THEN subjects || char(10) || excluded.subjects ELSE subjects END`,
    );
  }

  putMember(key: string, what: keyof KeyCounts, { adminGroups }: GuardConfig): void {
    if (what === 'changed') return;
    const [, group = '', member = ''] = key.split('|');
    const name = decodeURIComponent(group);
    this.#put.run(what === 'added' ? 'joined' : 'left', name, adminGroups.includes(name) ? 1 : 0, member);
  }

  /** False where only admin roles are known. */
  putRoles(
    { key, before }: StateChange,
    { after, adminRoles }: Pick<GuardConfig, 'adminRoles'> & { readonly after: SubjectFacts },
  ): boolean {
    const { granted, withdrawn, areAllKnown } = roleChanges(before, after);
    for (const role of granted) this.#put.run('role-granted', role, adminRoles.includes(role) ? 1 : 0, key);
    for (const role of withdrawn) this.#put.run('role-withdrawn', role, adminRoles.includes(role) ? 1 : 0, key);
    return areAllKnown;
  }

  read(kind: Kind): NamedChanges {
    const sums = this.#scratch
      .prepare('SELECT coalesce(sum(count), 0) AS count, count(*) AS names FROM named WHERE kind = ?')
      .get(kind) as { readonly count: number; readonly names: number };
    const rows = this.#scratch
      .prepare(
        `SELECT name, is_admin, count, subjects FROM named WHERE kind = ? ORDER BY is_admin DESC, count DESC, name LIMIT ?`,
      )
      .all(kind, MEDIA_LIMITS.shownNames) as { name: string; is_admin: number; count: number; subjects: string }[];
    const first = rows.map(({ name, is_admin: isAdmin, count, subjects }) => {
      return { name, isAdmin: isAdmin === 1, count, subjects: subjects.split('\n') };
    });
    return { ...sums, first };
  }
}

function isMember(key: string): boolean {
  return key.startsWith('Member|');
}

function zeros(): Record<keyof KeyCounts, number> {
  return { added: 0, changed: 0, deleted: 0 };
}

function note(keys: string[], key: string): void {
  if (keys.length < MEDIA_LIMITS.shownKeys) keys.push(key);
}

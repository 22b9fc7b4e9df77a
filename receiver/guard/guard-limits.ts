/**
 * The blast-radius limits of the config, as arithmetic: how many may vanish, and what counts as a grant of power. Both the
 * live stream and an import ask here. Pure.
 */
import type { GuardConfig } from '../../src/config/receiver-config.ts';
import { isJsonArray, isJsonObject, type JsonObject } from '../../src/identity/json-value.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';

/** What the guard remembers of a subject that lives. */
export interface SubjectFacts {
  /** Its `active`; true where it has none. */
  readonly isActive: boolean;
  /** Of its roles those that the config calls admin roles, sorted. */
  readonly adminRoles: readonly string[];
  /** All of its roles, sorted, for people to see; absent: not known, or too many to remember. */
  readonly roles?: readonly string[];
}

export const NO_FACTS: SubjectFacts = { isActive: true, adminRoles: [], roles: [] };

/** Of a site that remembers no admin roles. */
export const NO_LIMITS = { adminRoles: [] } as const;

export interface Losses {
  /** When the sliding hour began. */
  readonly lived: number;
  /** Vanished since, before what is judged here. */
  readonly lost: number;
  readonly deleted: number;
  /** `active` went from true to false. */
  readonly deactivated: number;
}

/** What a bundle comes to, within the hour. */
export interface BlastRadius {
  readonly subjects: Losses;
  /** Memberships that end by themselves: not those that go with their group or member. */
  readonly memberships: Omit<Losses, 'deactivated'>;
  /** Roles and groups of the config that somebody gets. */
  readonly adminGrants: number;
}

export interface ExceededLimit {
  readonly limit: 'subjects' | 'memberships' | 'admin-grants';
  readonly count: number;
  /** More of them, within this hour. */
  readonly allowed: number;
}

/** How many of `lived` may vanish in an hour: the share of them, but always so many; all where the share is 100. */
export function allowedLosses(
  lived: number,
  { maxLossPercent, freeLosses }: Pick<GuardConfig, 'maxLossPercent' | 'freeLosses'>,
): number {
  if (maxLossPercent >= 100) return Number.POSITIVE_INFINITY;
  return Math.max(freeLosses, Math.floor((lived * maxLossPercent) / 100));
}

export function allowedMembershipLosses(lived: number, guard: GuardConfig): number {
  return allowedLosses(lived, { ...guard, freeLosses: guard.freeMembershipLosses });
}

/** The limits that a bundle would pass, none where it needs no approval. */
export function exceededLimits(
  { subjects, memberships, adminGrants }: BlastRadius,
  guard: GuardConfig,
): readonly ExceededLimit[] {
  const found: readonly ExceededLimit[] = [
    {
      limit: 'subjects',
      count: subjects.deleted + subjects.deactivated,
      allowed: left(allowedLosses(subjects.lived, guard), subjects),
    },
    {
      limit: 'memberships',
      count: memberships.deleted,
      allowed: left(allowedMembershipLosses(memberships.lived, guard), memberships),
    },
    { limit: 'admin-grants', count: adminGrants, allowed: 0 },
  ];
  return found.filter(({ count, allowed }) => count > allowed);
}

/** The guard lets losses pass that are no subject's or membership's own, so more may have vanished than may. */
function left(allowed: number, { lost }: Pick<Losses, 'lost'>): number {
  return Math.max(0, allowed - lost);
}

/** Of a SCIM resource: `active`, and `roles` as RFC 7643 §4.1.2 has them (objects with `value`) or as plain strings. */
export function subjectFacts(resource: JsonObject, { adminRoles }: Pick<GuardConfig, 'adminRoles'>): SubjectFacts {
  const isActive = resource.active !== false;
  const all = rolesOf(resource);
  if (all.length === 0) return isActive ? NO_FACTS : { ...NO_FACTS, isActive };
  const values = new Set(all);
  const admin = adminRoles.filter((role) => values.has(role)).sort();
  const isShort = Buffer.byteLength(JSON.stringify(all)) <= RECEIVER_LIMITS.maxRoleBytes;
  return { isActive, adminRoles: admin, ...(isShort && { roles: all }) };
}

/** All of them, sorted. */
export function rolesOf({ roles }: JsonObject): readonly string[] {
  if (!isJsonArray(roles)) return [];
  const values = new Set(roles.map((role) => (isJsonObject(role) ? role.value : role)));
  return [...values].filter((role) => typeof role === 'string').sort();
}

/**
 * Admin roles that the subject has after and had not before. Who is not active holds none: so to be activated again with an
 * admin role is a grant of it. `before`: undefined where it was not there.
 */
export function grantedRoles(before: SubjectFacts | undefined, after: SubjectFacts): readonly string[] {
  if (!after.isActive) return [];
  return without(after.adminRoles, before?.isActive ? before.adminRoles : []);
}

export interface RoleChanges {
  readonly granted: readonly string[];
  readonly withdrawn: readonly string[];
  /** False: all roles are not known on either side, so these are its admin roles alone. */
  readonly areAllKnown: boolean;
}

/** Of all its roles, likewise. */
export function roleChanges(before: SubjectFacts | undefined, after: SubjectFacts): RoleChanges {
  const had = before?.isActive ? before.roles : [];
  const has = after.isActive ? after.roles : [];
  if (had && has) return { granted: without(has, had), withdrawn: without(had, has), areAllKnown: true };
  const withdrawn = before === undefined ? [] : grantedRoles(after, before);
  return { granted: grantedRoles(before, after), withdrawn, areAllKnown: false };
}

/** `before`: undefined where it was not there. */
export function isDeactivation(before: SubjectFacts | undefined, after: SubjectFacts): boolean {
  return before?.isActive === true && !after.isActive;
}

/** Whether to join the group, by its id, is a grant. */
export function isAdminGroup(group: string, { adminGroups }: Pick<GuardConfig, 'adminGroups'>): boolean {
  return adminGroups.includes(group);
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  if (names.length === 0) return names;
  const left = new Set(others);
  return names.filter((name) => !left.has(name));
}

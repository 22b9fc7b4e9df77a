/** Holds as approvers are shown them, with the first whom they concern: what their digest is computed from. Pure. */

import { MEDIA_LIMITS } from '../../src/limits.ts';
import { rfc3339 } from '../publish/kafka-records.ts';
import { subjectFacts } from './guard-limits.ts';
import type { HeldRecord } from './held-record.ts';
import type { Hold } from './held-table.ts';
import { cutName, firstOf, shownName } from './shown-name.ts';

/** Whom a hold concerns. */
export interface HeldSubject {
  readonly key: string;
  /** Of a subject to whom something is granted: the first that it would have, admin roles before all others. */
  readonly roles?: readonly string[];
  readonly hasMoreRoles?: boolean;
}

export function heldSubject({ key, cause, kind, value }: HeldRecord, adminRoles: readonly string[]): HeldSubject {
  if (cause !== 'grants' || kind !== 'delta' || value === null) return { key };
  const { adminRoles: admin, roles } = subjectFacts(JSON.parse(value), { adminRoles });
  const all = [...new Set([...admin, ...(roles ?? [])])];
  const first = all.slice(0, MEDIA_LIMITS.shownSubjects);
  const hasMore = roles === undefined || first.length < all.length;
  return { key, roles: first, ...(hasMore && { hasMoreRoles: true }) };
}

/** Of one list; with their keys below what an approval request may have. */
export const MAX_LISTED_HOLDS = 256;

/** Keys of one hold, and of all holds of a list together. */
export const SHOWN_HOLD_KEYS = 8;
const MAX_LISTED_KEYS = 128;

/** Characters of a key and its roles: together with the words between them the 110 of a line's one name. */
const MAX_KEY = 46;
const MAX_ROLES = 46;

export function holdList(holds: readonly Hold[]): string {
  return holds.map((hold) => holdBlock(hold, holds.length)).join('');
}

/** The lines of a hold in a list of so many. */
export function holdBlock(hold: Hold, listed: number): string {
  const first = hold.first.slice(0, Math.floor(MAX_LISTED_KEYS / listed)).map(subjectText);
  return `${holdLine(hold)}\n${first.length === 0 ? '' : `  ${firstOf(first, hold.records)}\n`}`;
}

/** Each cut by itself: a long key must not push the roles out of sight. */
function subjectText({ key, roles = [], hasMoreRoles = false }: HeldSubject): string {
  if (roles.length === 0 && !hasMoreRoles) return key;
  const shown = cutName(roles.map(shownName).join(' '), MAX_ROLES);
  return `${cutName(key, MAX_KEY)} (roles ${shown}${hasMoreRoles ? ' and more' : ''})`;
}

export function holdLine({ name, records, digest, heldAtMs }: Hold): string {
  return `hold ${name}: ${records} ${records === 1 ? 'record' : 'records'}, held ${rfc3339(heldAtMs)}, sha256 ${digest}`;
}

/** The blocks by the names of their holds; undefined for a text that is no list. */
export function readHoldList(text: string): ReadonlyMap<string, string> | undefined {
  if (!/^hold .*\n(?:.*\n)*$/.test(text)) return undefined;
  const blocks = text.split(/^(?=hold )/m);
  if (blocks.length > MAX_LISTED_HOLDS) return undefined;
  const named = new Map<string, string>();
  for (const block of blocks) {
    const name = /^hold ((?:deletes|grants)-\d{1,16}\.\d{1,16}): .*\n(?: {2}.*\n)?$/.exec(block)?.[1];
    if (name === undefined || named.has(name)) return undefined;
    named.set(name, block);
  }
  return named;
}

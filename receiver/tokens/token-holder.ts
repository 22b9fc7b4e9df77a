/**
 * Tokens of people who left. The `sub` of an issuer's tokens is an attribute of a User: its id, or what the config names. So
 * whoever is deleted or switched off has no token any more, and gets none. Pure over what the tables remember.
 */
import type { JsonObject } from '../../src/identity/json-value.ts';
import { subjectKey } from '../../src/identity/key.ts';
import type { Revision } from '../../src/wire/revision.ts';
import type { GroupLedger } from '../publish/group-ledger.ts';
import type { GroupMemory } from '../publish/group-memory.ts';
import type { FrameContext } from '../publish/kafka-records.ts';
import type { Subject } from '../publish/subject-table.ts';
import type { KnownToken } from './token-table.ts';
import { addWithdrawals, withdraw } from './token-withdrawal.ts';

/** Why a token of somebody who left is taken back. */
export const SUBJECT_INACTIVE = 'subject-inactive';

/** Of each issuer. */
export type SubjectAttributes = ReadonlyMap<string, string>;

export interface SubjectChange {
  readonly key: string;
  readonly subject: Subject;
  /** Absent: a delete. */
  readonly resource?: JsonObject | undefined;
  /** By the guard's count: approved, or counted by what it goes with. */
  readonly isFree: boolean;
  /** Of the record that says so, which names the tombstones. */
  readonly cause: Revision;
  /** When the source said so; absent where it is said again, or was only missed. */
  readonly saidAtMs?: number | undefined;
}

type Holders = Pick<GroupMemory, 'findSubject' | 'subjectsNamed'>;

/** Remembers what became of a subject, and withdraws the tokens that went with it. */
export function settleSubject(
  ledger: GroupLedger,
  frame: FrameContext,
  change: SubjectChange,
  attributes: SubjectAttributes | undefined,
): void {
  const { guard, memory } = ledger;
  const { key, subject, isFree } = change;
  if (guard === undefined) memory.putSubject(key, subject);
  else guard.put(key, subject, { isFree });
  if (attributes === undefined || attributes.size === 0 || !key.startsWith(USER)) return;
  for (const attribute of new Set(attributes.values())) {
    // Once for all issuers of the attribute: it puts the name, behind which the one before it is not known any more.
    const subs = subsToJudge(change, attribute, memory);
    const gone = subs.filter((sub) => !holdersOf({ sub, attribute }, memory).some(isActive));
    const tokens = gone.flatMap((sub) => currentTokens({ sub, attribute }, memory, attributes));
    const withdrawals = tokens.map((token) => withdraw(token, change.cause, memory));
    addWithdrawals(ledger, frame, { withdrawals, reason: SUBJECT_INACTIVE, ...change });
  }
}

/** Whether subjects of that name are known and none of them may do anything. One that is not known may be anybody. */
export function isHolderGone(
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
  memory: Holders,
  attributes: SubjectAttributes | undefined,
): boolean {
  const attribute = attributes?.get(issuer);
  if (attribute === undefined) return false;
  const holders = holdersOf({ sub: subject, attribute }, memory);
  return holders.length > 0 && !holders.some(isActive);
}

const USER = 'User|';
const ID = 'id';

/** What tokens may call the subject, where its change can have ended them: its name before, and its name. */
function subsToJudge({ key, subject, resource }: SubjectChange, attribute: string, memory: GroupMemory): string[] {
  if (attribute === ID) return isActive(subject) ? [] : [decodeURIComponent(key.slice(USER.length))];
  const before = memory.findName(key, attribute);
  const said = resource?.[attribute];
  const value = typeof said === 'string' ? said : before;
  if (value !== undefined && value !== before) memory.putName({ key, attribute, value });
  // Whoever is active holds the name it has; only the one before it can be nobody's now.
  const subs = new Set(isActive(subject) ? (value === before ? [] : [before]) : [before, value]);
  return [...subs].filter((sub): sub is string => sub !== undefined);
}

/** Of all issuers whose `sub` is that attribute. */
function currentTokens(
  { sub, attribute }: { readonly sub: string; readonly attribute: string },
  memory: GroupMemory,
  attributes: SubjectAttributes,
): readonly KnownToken[] {
  const issuers = [...attributes].flatMap(([issuer, each]) => (each === attribute ? [issuer] : []));
  return issuers.flatMap((issuer) => memory.findCurrentOf(issuer, sub));
}

function holdersOf({ sub, attribute }: { readonly sub: string; readonly attribute: string }, memory: Holders) {
  const keys = attribute === ID ? [subjectKey('User', sub)] : memory.subjectsNamed(attribute, sub);
  return keys.flatMap((key) => memory.findSubject(key) ?? []);
}

function isActive({ isDeleted, facts }: Subject): boolean {
  return !isDeleted && facts?.isActive !== false;
}

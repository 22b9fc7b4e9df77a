/** Source lines of a run, and the state that they amount to. */
import type { SourceEntry } from '../../sender/sources/source.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';

const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';

export interface Workload {
  readonly entries: readonly SourceEntry[];
  /** Marks of the User puts, in order: each is in exactly one record. */
  readonly marks: readonly string[];
  /** Kafka key → userName, or "member". */
  readonly finalState: ReadonlyMap<string, string>;
}

export function workloadOf(scenario: Scenario, random: Random): Workload {
  const marks: string[] = [];
  const state = new Map<string, string>();
  const entries = Array.from({ length: scenario.lines }, (_, index): SourceEntry => {
    const text = JSON.stringify(line(index, scenario, random, state, marks));
    return { kind: 'line', lineNumber: index + 1, text, positionAfter: { line: index + 1 } };
  });
  return { entries, marks, finalState: state };
}

function line(index: number, scenario: Scenario, random: Random, state: Map<string, string>, marks: string[]): object {
  const id = `u${random.integer(0, 15)}`;
  const kind = random.integer(0, 9);
  const value = random.bytes(random.integer(0, Math.floor(scenario.maxValueBytes / 2))).toString('hex');
  const members = Array.from({ length: random.integer(0, 5) }, () => `u${random.integer(0, 15)}`);
  if (kind === 0 && state.has(`User|${id}`)) return deleteUser(id, state);
  if (kind === 1) return putGroup(`g${random.integer(0, 2)}`, members, index, state);
  const mark = `mark-${index}`;
  marks.push(mark);
  state.set(`User|${id}`, mark);
  const resource = { schemas: [USER_SCHEMA], id, userName: mark, displayName: `x${value}` };
  return { type: 'User', op: 'put', resource };
}

function deleteUser(id: string, state: Map<string, string>): object {
  state.delete(`User|${id}`);
  for (const key of [...state.keys()]) if (key.startsWith('Member|') && key.endsWith(`|${id}`)) state.delete(key);
  return { type: 'User', op: 'delete', id };
}

function putGroup(group: string, members: readonly string[], index: number, state: Map<string, string>): object {
  const unique = [...new Set(members)];
  for (const key of [...state.keys()]) if (key.startsWith(`Member|${group}|`)) state.delete(key);
  for (const member of unique) state.set(`Member|${group}|${member}`, 'member');
  state.set(`Group|${group}`, `group-${index}`);
  const resource = {
    schemas: [GROUP_SCHEMA],
    id: group,
    displayName: `group-${index}`,
    members: unique.map((value) => ({ value, type: 'User' })),
  };
  return { type: 'Group', op: 'put', resource };
}

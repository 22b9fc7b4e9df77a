/** Source lines of a run, and the state that they amount to. */
import type { SourceEntry } from '../../sender/sources/source.ts';
import { ISSUER, KEPT_KEY, REVOKED_KEY, tokenOf } from './model-tokens.ts';
import { Random } from './random.ts';
import type { Scenario } from './scenario.ts';

const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** Few, so that each is put, deleted and put again. */
const SUBJECTS = 10;

export interface Workload {
  readonly entries: readonly SourceEntry[];
  /** Marks of the User puts, in order: each is in exactly one record. */
  readonly marks: readonly string[];
  /** Kafka key → userName, or "member". */
  readonly finalState: ReadonlyMap<string, string>;
}

interface Build {
  readonly scenario: Scenario;
  readonly random: Random;
  readonly state: Map<string, string>;
  readonly marks: string[];
  readonly tokens: string[];
  /** Where trust changes; other runs draw nothing from it. */
  readonly trust: Random | undefined;
}

export function workloadOf(scenario: Scenario, random: Random): Workload {
  const trust = scenario.trust && new Random(scenario.trust.workSeed);
  const build: Build = { scenario, random, state: new Map(), marks: [], tokens: [], trust };
  const entries = Array.from({ length: scenario.lines }, (_, index): SourceEntry => {
    const text = JSON.stringify(line(index, build));
    return { kind: 'line', lineNumber: index + 1, text, positionAfter: { line: index + 1 } };
  });
  return { entries, marks: build.marks, finalState: build.state };
}

function line(index: number, build: Build): object {
  const { random, state, scenario } = build;
  const id = `u${random.integer(0, SUBJECTS - 1)}`;
  const kind = random.integer(0, 19);
  const value = random.bytes(random.integer(0, Math.floor(scenario.maxValueBytes / 2))).toString('hex');
  const members = Array.from({ length: random.integer(0, 5) }, () => `u${random.integer(0, SUBJECTS - 1)}`);
  const group = `g${random.integer(0, 2)}`;
  if (kind <= 1) return deleteUser(id, state);
  if (kind <= 3) return putGroup(group, members, index, state);
  if (kind === 4) return member(group, id, random.chance(0.5) ? 'put' : 'delete', state);
  if (kind <= 7) return putToken(index, id, build);
  if (kind === 8) return revoke(id, build);
  if (kind === 9) return keySet(index, random);
  return putUser(id, `mark-${index}`, value, build);
}

function putUser(id: string, mark: string, value: string, { marks, state, scenario, trust }: Build): object {
  marks.push(mark);
  state.set(`User|${id}`, mark);
  const isInactive = trust?.chance(0.2) && scenario.trust?.hasInactive;
  const resource = {
    schemas: [USER_SCHEMA],
    id,
    userName: mark,
    displayName: `x${value}`,
    ...(isInactive && { active: false }),
  };
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

function member(group: string, id: string, op: 'put' | 'delete', state: Map<string, string>): object {
  if (op === 'put') state.set(`Member|${group}|${id}`, 'member');
  else state.delete(`Member|${group}|${id}`);
  return { type: 'Member', op, group, member: id };
}

/** Sometimes the same again, or one whose signature does not hold. */
function putToken(index: number, subject: string, { random, tokens, scenario, trust }: Build): object {
  const again = tokens[random.integer(0, 30)];
  if (again !== undefined) return { token: again };
  const token = tokenOf({
    jti: `t${index}`,
    subject: random.chance(0.5) ? 'u0' : subject,
    issuedAtSeconds: Math.floor((index / scenario.lines) * (scenario.workMs / 1_000)),
    lifetimeSeconds: random.pick([10, 3_000]),
    isForged: random.chance(0.1),
    keyId: trust?.chance(0.4) ? REVOKED_KEY : KEPT_KEY,
  });
  tokens.push(token);
  return { token };
}

function revoke(subject: string, { random, tokens }: Build): object {
  const jti = `t${random.integer(0, 90)}`;
  if (tokens.length === 0 || random.chance(0.3))
    return { revoke: { iss: ISSUER, sub: random.chance(0.5) ? 'u0' : subject } };
  return { revoke: { iss: ISSUER, jti } };
}

function keySet(index: number, random: Random): object {
  const x = random.bytes(32).toString('base64url');
  return { jwks: { iss: ISSUER, keys: [{ kty: 'OKP', crv: 'Ed25519', kid: `k${index}`, x }] } };
}

/**
 * Realistic identity changes for the demo, the rig test and the benchmarks: a company that hires, changes, moves people
 * between groups and lets them go. It keeps its own model of what must arrive, so that the comparison at the far end
 * does not rest on the code under test.
 */
import { en, Faker } from '@faker-js/faker';

/** What the identity topic must show for one key, in order; null is a tombstone. */
export type ExpectedValues = Map<string, (Readonly<Record<string, unknown>> | null)[]>;

export interface IdentityWorkload {
  /** JSONL source lines, without line ends. */
  readonly lines: readonly string[];
  /** Kafka key → the values that must arrive, in this order. */
  readonly expected: ExpectedValues;
  /** Records on the identity topic: what the lines become after membership differences. */
  readonly deltaCount: number;
}

const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const MEMBER_SCHEMA = 'urn:identity-diode:scim:schemas:Member';
const START_MS = Date.parse('2026-11-22T08:00:00.000Z');

/**
 * Exactly `deltaCount` records' worth of lines, the same for the same seed; changes are 1 ms apart. `deltaCount` at
 * least 1.
 */
export function makeIdentities(options: { readonly deltaCount: number; readonly seed: number }): IdentityWorkload {
  const company = new Company(options.seed);
  while (company.deltaCount < options.deltaCount) company.step(options.deltaCount - company.deltaCount);
  return { lines: company.lines, expected: company.expected, deltaCount: company.deltaCount };
}

class Company {
  readonly lines: string[] = [];
  readonly expected: ExpectedValues = new Map();
  deltaCount = 0;
  readonly #faker: Faker;
  readonly #users = new Map<string, Record<string, unknown>>();
  /** The keys of #users and #groups, to draw from in constant time. */
  readonly #userIds: string[] = [];
  readonly #groupIds: string[] = [];
  /** The groups of each user. */
  readonly #memberships = new Map<string, Set<string>>();
  readonly #groups = new Map<string, Set<string>>();
  #atMs = START_MS;

  constructor(seed: number) {
    this.#faker = new Faker({ locale: en, seed });
  }

  /** One change that makes at most `room` records. */
  step(room: number): void {
    const draw = this.#faker.number.float({ min: 0, max: 1 });
    this.#atMs++;
    if (this.#users.size < 20 || draw < 0.45 || room < 2) this.#hire();
    else if (draw < 0.75) this.#change();
    else if (draw < 0.82) this.#leave(room);
    else this.#regroup(room);
  }

  #hire(): void {
    const id = this.#faker.string.uuid();
    const firstName = this.#faker.person.firstName();
    const lastName = this.#faker.person.lastName();
    const userName = `${firstName}.${lastName}.${this.#users.size}`.toLowerCase().replace(/[^a-z0-9.]/g, '');
    const user = {
      schemas: [USER_SCHEMA, ENTERPRISE_SCHEMA],
      id,
      userName,
      name: { givenName: firstName, familyName: lastName, formatted: `${firstName} ${lastName}` },
      displayName: `${firstName} ${lastName}`,
      title: this.#faker.person.jobTitle(),
      active: true,
      emails: [{ value: `${userName}@example.com`, type: 'work', primary: true }],
      phoneNumbers: [{ value: this.#faker.phone.number({ style: 'international' }), type: 'work' }],
      [ENTERPRISE_SCHEMA]: {
        employeeNumber: this.#faker.string.numeric(6),
        department: this.#faker.commerce.department(),
        costCenter: this.#faker.string.numeric(4),
      },
    };
    this.#putUser(id, user);
  }

  #change(): void {
    const [id, user] = this.#anyUser();
    const changed = this.#faker.datatype.boolean(0.2)
      ? { ...user, active: user.active !== true }
      : { ...user, title: this.#faker.person.jobTitle() };
    this.#putUser(id, changed);
  }

  #leave(room: number): void {
    const [id] = this.#anyUser();
    const memberships = this.#memberships.get(id) ?? new Set();
    if (memberships.size + 1 > room) {
      this.#change();
      return;
    }
    for (const group of memberships) {
      this.#groups.get(group)?.delete(id);
      this.#expect(memberKey(group, id), null);
    }
    this.#memberships.delete(id);
    this.#users.delete(id);
    const last = this.#userIds.pop() as string;
    if (last !== id) this.#userIds[this.#userIds.indexOf(id)] = last;
    this.#expect(`User|${encodeURIComponent(id)}`, null);
    this.#line({ type: 'User', op: 'delete', id });
  }

  #regroup(room: number): void {
    const found = this.#groupIds.length > 0 && this.#faker.datatype.boolean(0.7);
    const id = found ? this.#faker.helpers.arrayElement(this.#groupIds) : this.#faker.string.uuid();
    const before = this.#groups.get(id) ?? new Set<string>();
    const after = new Set([...before].filter(() => this.#faker.datatype.boolean(0.9)));
    const joins = this.#faker.number.int({ min: 1, max: 8 });
    for (let join = 0; join < joins; join++) after.add(this.#anyUser()[0]);
    const left = [...before].filter((member) => !after.has(member));
    const joined = [...after].filter((member) => !before.has(member));
    if (1 + left.length + joined.length > room) {
      this.#hire();
      return;
    }
    const group = {
      schemas: [GROUP_SCHEMA],
      id,
      displayName: `${this.#faker.commerce.department()} ${id.slice(0, 4)}`,
    };
    this.#expect(`Group|${encodeURIComponent(id)}`, group);
    for (const member of left) {
      this.#memberships.get(member)?.delete(id);
      this.#expect(memberKey(id, member), null);
    }
    for (const member of joined) {
      this.#memberships.set(member, (this.#memberships.get(member) ?? new Set()).add(id));
      this.#expect(memberKey(id, member), { schemas: [MEMBER_SCHEMA], group: id, member, type: 'User' });
    }
    if (!found) this.#groupIds.push(id);
    this.#groups.set(id, after);
    const members = [...after].map((value) => ({ value, type: 'User' }));
    this.#line({ type: 'Group', op: 'put', resource: { ...group, members } });
  }

  #putUser(id: string, user: Record<string, unknown>): void {
    if (!this.#users.has(id)) this.#userIds.push(id);
    this.#users.set(id, user);
    this.#expect(`User|${encodeURIComponent(id)}`, user);
    this.#line({ type: 'User', op: 'put', resource: user });
  }

  #anyUser(): [string, Record<string, unknown>] {
    const id = this.#faker.helpers.arrayElement(this.#userIds);
    return [id, this.#users.get(id) as Record<string, unknown>];
  }

  #expect(key: string, value: Readonly<Record<string, unknown>> | null): void {
    const values = this.expected.get(key);
    if (values) values.push(value);
    else this.expected.set(key, [value]);
    this.deltaCount++;
  }

  #line(line: Readonly<Record<string, unknown>>): void {
    this.lines.push(JSON.stringify({ ...line, at: new Date(this.#atMs).toISOString() }));
  }
}

function memberKey(group: string, member: string): string {
  return `Member|${encodeURIComponent(group)}|${encodeURIComponent(member)}`;
}

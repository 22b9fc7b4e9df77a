/**
 * The people and groups of a large site: lines as a source says them, and what a reader of the identity topic must then
 * find. It knows docs/sources.md and docs/consumers.md, and nothing of the product's code.
 */
import type { ExpectedValues } from '../../bench/workload/identities.ts';
import { seededFractions } from '../../bench/workload/seeded-fractions.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const MEMBER = 'urn:identity-diode:scim:schemas:Member';
const FIRST_NAMES = [
  'Ada',
  'Björn',
  'Chinwe',
  'Dilara',
  'Emil',
  'Fatou',
  'Goran',
  'Hana',
  'Ivo',
  'Jun',
  'Kaia',
  'Luis',
];
const LAST_NAMES = [
  'Abe',
  'Bauer',
  'Cruz',
  'Dahl',
  'Egger',
  'Fofana',
  'Gupta',
  'Horvat',
  'Ito',
  'Jansen',
  'Kaya',
  'Lopez',
];
const TITLES = ['Fitter', 'Operator', 'Planner', 'Engineer', 'Guard', 'Nurse', 'Clerk', 'Driver'];

type Value = ExpectedValues extends Map<string, (infer One)[]> ? One : never;

/** Persons count from 0. */
export class Roster {
  readonly expected: ExpectedValues = new Map();
  /** That the lines come to. */
  recordCount = 0;
  readonly #draw: () => number;
  #people = 0;

  constructor(seed: number) {
    this.#draw = seededFractions(seed);
  }

  /** The last value of each key. */
  get state(): ReadonlyMap<string, Value> {
    return new Map([...this.expected].map(([key, values]) => [key, values.at(-1) as Value]));
  }

  hire(count: number): readonly string[] {
    return Array.from({ length: count }, () => this.#put(this.#people++));
  }

  /** They get another title. */
  promote(from: number, count: number): readonly string[] {
    return Array.from({ length: count }, (_, at) => this.#put(from + at));
  }

  /** A new group of these. */
  group(id: string, from: number, count: number): string {
    const group = { schemas: [GROUP], id, displayName: `Group ${id}` };
    this.#expect(`Group|${id}`, group);
    const members = Array.from({ length: count }, (_, at) => personId(from + at));
    for (const member of members) {
      this.#expect(`Member|${id}|${member}`, { schemas: [MEMBER], group: id, member, type: 'User' });
    }
    const resource = { ...group, members: members.map((value) => ({ value, type: 'User' })) };
    return JSON.stringify({ type: 'Group', op: 'put', resource });
  }

  /** Deletes of these, of whom nobody is in a group. Only the first `effective` are to come true. */
  dismiss(from: number, count: number, { effective }: { readonly effective: number }): readonly string[] {
    return Array.from({ length: count }, (_, at) => {
      const id = personId(from + at);
      if (at < effective) this.#expect(`User|${id}`, null);
      else this.recordCount++;
      return JSON.stringify({ type: 'User', op: 'delete', id });
    });
  }

  #put(person: number): string {
    const id = personId(person);
    const [givenName, familyName] = [this.#pick(FIRST_NAMES), this.#pick(LAST_NAMES)];
    const resource = {
      schemas: [USER],
      id,
      userName: `${givenName}.${familyName}.${person}`.toLowerCase(),
      name: { givenName, familyName },
      displayName: `${givenName} ${familyName}`,
      title: `${this.#pick(TITLES)} ${Math.floor(this.#draw() * 1e6)}`,
      active: true,
      emails: [{ value: `${id}@example.org`, type: 'work' }],
    };
    this.#expect(`User|${id}`, resource);
    return JSON.stringify({ type: 'User', op: 'put', resource });
  }

  #expect(key: string, value: Value): void {
    const values = this.expected.get(key);
    if (values) values.push(value);
    else this.expected.set(key, [value]);
    this.recordCount++;
  }

  #pick(list: readonly string[]): string {
    return list[Math.floor(this.#draw() * list.length)] as string;
  }
}

export function personId(person: number): string {
  return `p${String(person).padStart(6, '0')}`;
}

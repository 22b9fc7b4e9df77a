/** Users of any size, each known by its number alone: a million of them need no memory. Pure. */
import { canonicalJson } from '../../src/identity/canonical-json.ts';
import { subjectKey } from '../../src/identity/key.ts';
import type { DeltaRecord } from '../../src/wire/record.ts';

const WORDS = ['staff', 'payroll', 'site north', 'fire warden', 'on leave', 'second shift', 'contractor', 'visitor'];
const SCHEMAS = ['urn:ietf:params:scim:schemas:core:2.0:User'];

const IDS = 10_000_000;
/** Shares no divisor with it. */
const SCATTER = 7_654_321;

export interface UserKind {
  readonly seed: number;
  /** Of its JSON. The least that a User can be has 100. */
  readonly resourceBytes: number;
}

/** Of ten million numbers each another, and in no order: neighbours by number are none by key. */
export function userId(number: number, seed: number): string {
  return String((number * SCATTER + seed) % IDS).padStart(7, '0');
}

export function userKey(number: number, seed: number): string {
  return subjectKey('User', userId(number, seed));
}

/** `version` is somewhere in it, so that no two are the same. */
export function userPut(number: number, version: number, { seed, resourceBytes }: UserKind): DeltaRecord {
  const id = userId(number, seed);
  const bare = canonicalJson({ id, schemas: SCHEMAS, title: '', userName: '' });
  const room = resourceBytes - bare.length;
  if (room < 2) throw new Error(`a user takes ${bare.length + 2} bytes`);
  const userName = String(version % 100);
  const resource = canonicalJson({ id, schemas: SCHEMAS, title: words(number, room - userName.length), userName });
  return { kind: 'delta', operation: 'put', type: 'User', id, resource };
}

function words(start: number, characters: number): string {
  let text = '';
  for (let at = start; text.length < characters; at += 1 + (at % 3)) text += `${WORDS[at % WORDS.length]} ${at}, `;
  return characters === 0 ? '' : `${text.slice(0, characters - 1)}.`;
}

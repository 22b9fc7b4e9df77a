/** Deltas of one size, each known by its place alone: what the source says, and what the topic must show. Pure. */
import { subjectKey } from '../../src/identity/key.ts';
import type { ExpectedValues } from './identities.ts';
import { userId, userPut } from './sized-users.ts';

export interface DeltaSeries {
  readonly seed: number;
  /** Of a User's JSON. */
  readonly resourceBytes: number;
  /** They are changed in turns. */
  readonly subjects: number;
  /** Number of the first: series side by side have no subject in common. */
  readonly firstSubject: number;
}

/** JSONL without a line end; `index` counts from 0. */
export function deltaLine(series: DeltaSeries, index: number): string {
  return `{"type":"User","op":"put","resource":${deltaText(series, index)}}`;
}

/** Up to 100 changes of one subject differ from each other. */
export function deltaText({ firstSubject, subjects, ...kind }: DeltaSeries, index: number): string {
  const { resource } = userPut(firstSubject + (index % subjects), Math.floor(index / subjects), kind);
  return resource as string;
}

/** Of the subject that the delta `index` changes. */
export function deltaKey({ firstSubject, subjects, seed }: DeltaSeries, index: number): string {
  return subjectKey('User', userId(firstSubject + (index % subjects), seed));
}

/** Of the first `count`. */
export function expectedDeltas(series: DeltaSeries, count: number): ExpectedValues {
  const expected: ExpectedValues = new Map();
  for (let index = 0; index < count; index++) {
    const key = deltaKey(series, index);
    const value = JSON.parse(deltaText(series, index)) as Record<string, unknown>;
    const values = expected.get(key);
    if (values) values.push(value);
    else expected.set(key, [value]);
  }
  return expected;
}

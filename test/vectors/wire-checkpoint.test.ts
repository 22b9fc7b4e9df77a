import { expect, it } from 'vitest';
import { witness } from './generate/checkpoint.ts';
import { readVectors, type Vector } from './wire-vectors.ts';

const { cases, origin } = readVectors('checkpoint');

it.each(cases as readonly Vector[])('a witness: $name', ({ checkpoints, verdicts, newestSize, unwitnessed }) => {
  expect(origin).toBe('identity-diode/site-a/hr/sender');
  expect(witness(checkpoints)).toEqual({ verdicts, newestSize, unwitnessed });
});

/** Mutants follow the code: whoever changes a line that one of them changes is told here, and not by the long run. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../../mutants/mutants.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

describe('mutants', () => {
  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    '%s: its text is in the source, once',
    (_, mutant) => {
      for (const { file, from } of mutant.edits) {
        expect(readFileSync(join(ROOT, file), 'utf8').split(from), `${file}: ${from}`).toHaveLength(2);
      }
      expect(mutant.suite === undefined || existsSync(join(ROOT, mutant.suite))).toBe(true);
    },
  );

  it('have names of their own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});

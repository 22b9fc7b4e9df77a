import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../../bench/support/project-root.ts';
import { MUTANTS } from '../../mutants/mutants.ts';

it('each mutant finds its text in the source, once: whoever changes the code sees here that a mutant has to follow', () => {
  const lost = MUTANTS.flatMap(({ name, edits }) =>
    edits
      .filter(({ file, from }) => readFileSync(join(projectRoot, file), 'utf8').split(from).length !== 2)
      .map(({ file }) => `${name}: ${file}`),
  );
  expect(lost).toEqual([]);
});

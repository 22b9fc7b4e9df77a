/** docs/threat-model.md names a test behind each claim: the file is there, and has a test of that title, and the cases. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPage } from './page.ts';
import { ROOT } from './recipe-run.ts';

const rows = readPage('docs/threat-model.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (-|attack|who|section)/.test(line));
const cited = rows.flatMap((row) =>
  [...row.matchAll(/`(test\/[\w./-]+\.test\.ts)`(?:: ([^|]+?))?(?= \||; `test\/|$)/g)].map(([, file = '', title]) => ({
    file,
    title,
  })),
);
/** Of RFC 8725: the threats of section 2, the practices of section 3. */
const SECTIONS = [
  ...Array.from({ length: 9 }, (_, at) => `2.${at + 1}`),
  ...Array.from({ length: 12 }, (_, at) => `3.${at + 1}`),
];

describe('docs/threat-model.md', () => {
  it('has a test or a command behind each attack', () => {
    const attacks = rows.filter((row) => (row.match(/ \| /g)?.length ?? 0) >= 2 && !row.startsWith('| somebody'));
    expect(attacks.length).toBeGreaterThan(40);
    const bare = attacks.filter((row) => !row.startsWith('| chance') && !/`test\/|npm run /.test(row));
    expect(bare).toEqual([]);
  });

  it.each(cited)('$file has a test "$title"', ({ file, title }) => {
    expect(existsSync(join(ROOT, file)), file).toBe(true);
    expect(title, 'a file alone says nothing of what it shows').toBeDefined();
    const [shown = '', cases = ''] = (title as string).split(', as "');
    const text = readFileSync(join(ROOT, file), 'utf8');
    expect(text).toContain(`'${shown}'`);
    expect(cases !== '', 'which case of a table is meant').toBe(/%[a-z]/.test(shown));
    for (const name of cases.replace(/"$/, '').split('", "').filter(Boolean)) {
      expect(text).toContain(/^\d/.test(name) ? name : `'${name}'`);
    }
  });

  it('has a row for each section of RFC 8725', () => {
    const named = rows.flatMap((row) => /^\| (\d\.\d+(?:, \d\.\d+)*) \|/.exec(row)?.[1]?.split(', ') ?? []);
    expect([...new Set(named)].sort()).toEqual(SECTIONS.toSorted());
  });
});

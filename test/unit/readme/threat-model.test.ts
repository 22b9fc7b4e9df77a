/** docs/threat-model.md names a test behind each claim: the file is there, and has a test of that title. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPage } from './page.ts';
import { ROOT } from './recipe-run.ts';

const rows = readPage('docs/threat-model.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (-|attack|who|section)/.test(line));
const cited = rows.flatMap((row) =>
  [...row.matchAll(/`(test\/[\w./-]+\.test\.ts)`(?:: ([^|]+?))?(?= \||$)/g)].map(([, file = '', title]) => ({
    file,
    title,
  })),
);

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
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(`'${title}'`);
  });
});

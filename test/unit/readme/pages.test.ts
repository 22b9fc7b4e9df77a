import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';
import { isRefusal } from '../../../src/identity/refusal.ts';
import { parseSourceLine } from '../../../src/identity/source-line.ts';
import { requirement } from '../../support/requirement.ts';
import { anchor, blocks, PAGES, readPage, shownCommands } from './page.ts';
import { hasRecipeTools, ROOT, recipe, shell } from './recipe-run.ts';

describe.each(PAGES)('%s', (path) => {
  const page = readPage(path);

  it('links to files and headings that are there', () => {
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
    const broken = links.filter(([, file = '', heading]) => {
      const target = file === '' ? path : join(dirname(path), file);
      if (!existsSync(join(ROOT, target))) return true;
      if (heading === undefined) return false;
      return ![...readPage(target).matchAll(/^#+ (.+)$/gm)].some(([, text = '']) => anchor(text) === heading);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it('names npm scripts and files that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...page.matchAll(/npm (?:run )?(test|demo|bench|build|check|test:\w+)\b/g)].map(([, name]) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name as string))).toEqual([]);
    const files = [...page.matchAll(/\b(?:docs|test|bench)\/[\w./-]+\.(?:pl|jq|sh|js|ldif|json|ts|md)\b/g)];
    expect(files.map(([file]) => file).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('has shell blocks that a shell can read', () => {
    const scripts = [...blocks(page, 'sh'), ...shownCommands(page).map(({ command }) => command)];
    const unreadable = scripts.filter(
      (script) => shell(`bash -n <<'END_OF_BLOCK'\n${script}\nEND_OF_BLOCK`).status !== 0,
    );
    expect(unreadable).toEqual([]);
  });
});

describe('the lines that README.md shows', () => {
  const rules = compileIdentityRules({
    resourceTypes: [{ type: 'User' }, { type: 'Group' }],
    tokenIssuers: ['*'],
  });

  it('are lines that the sender takes', () => {
    const lines = blocks(readPage('README.md'), 'jsonl').join('').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(6);
    const refusals = lines.map((line) => parseSourceLine(rules, line, 0)).filter(isRefusal);
    expect(refusals).toEqual([]);
  });
});

const cure = 'install jq and perl (bash .ci/install)';
describe.skipIf(!requirement('jq and perl', hasRecipeTools(), cure))(
  'what docs/sources.md shows of the samples',
  () => {
    const onSamples = shownCommands(readPage('docs/sources.md')).filter(({ command }) => command.includes('samples/'));

    it('is something', () => expect(onSamples).not.toEqual([]));

    it.each(onSamples)('is what $command prints', ({ command, output }) => {
      expect(recipe(command).trimEnd().split('\n')).toEqual(output);
    });
  },
);

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requirement } from '../../support/requirement.ts';
import { hasRecipeTools, items, recipe, SAMPLES, shell } from './recipe-run.ts';

const keycloak = `jq -cs -f docs/recipes/keycloak-scim.jq ${SAMPLES}/keycloak-realm.json`;

const cure = 'install jq and perl (bash .ci/install)';
describe.skipIf(!requirement('jq and perl', hasRecipeTools(), cure))('the recipe for changes', () => {
  let directory: string;
  let old: string;
  let now: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'recipe-changes-'));
    old = join(directory, 'old.jsonl');
    now = join(directory, 'new.jsonl');
    writeFileSync(old, recipe(keycloak));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  const changes = () => recipe(`sh docs/recipes/changes.sh ${old} ${now}`);

  it('prints everything the first time, against /dev/null', () => {
    expect(items(recipe(`sh docs/recipes/changes.sh /dev/null ${old}`))).toHaveLength(6);
  });

  it('says what to give the first time where there is no export before', () => {
    const refused = shell(`sh docs/recipes/changes.sh ${join(directory, 'none')} ${old}`);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('The first time give /dev/null');
  });

  it('prints nothing where nothing changed, whatever the order of lines and keys', () => {
    writeFileSync(now, recipe(`jq -cS . ${old} | sort -r`));
    expect(changes()).toBe('');
  });

  it('prints a put for what is new or different and a delete for what is gone', () => {
    const lines = recipe(`jq -c 'select(.resource.userName != "guest")' ${old}`).trimEnd().split('\n');
    const changed = lines.map((line) => line.replace('"Sena"', '"Senna"'));
    const added = lines[0]?.replaceAll('3d8c0c6e-91a5-4c0e-9d0f-1c1f6f0a0101', 'new');
    writeFileSync(now, `${[...changed, added].join('\n')}\n`);
    expect(items(changes())).toMatchObject([
      { kind: 'put', id: '3d8c0c6e-91a5-4c0e-9d0f-1c1f6f0a0102' },
      { kind: 'put', id: 'new' },
      { kind: 'delete', id: '3d8c0c6e-91a5-4c0e-9d0f-1c1f6f0a0103' },
    ]);
  });

  it('refuses when more subjects vanished than allowed, and says how to insist', () => {
    writeFileSync(now, '');
    const command = `sh docs/recipes/changes.sh ${old} ${now}`;
    const refused = shell(command, { MAX_DELETES: '5' });
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('6 subjects are gone');
    expect(items(shell(command, { MAX_DELETES: '6' }).stdout)).toHaveLength(6);
  });

  it('deletes nobody for an empty export unless told how many', () => {
    writeFileSync(now, '');
    expect(shell(`sh docs/recipes/changes.sh ${old} ${now}`)).toMatchObject({ status: 1, stdout: '' });
  });

  it('fails on a cut-off export instead of reading what is left of it', () => {
    writeFileSync(now, recipe(keycloak).slice(0, -20));
    expect(shell(`sh docs/recipes/changes.sh ${old} ${now}`)).toMatchObject({ stdout: '' });
    expect(shell(`sh docs/recipes/changes.sh ${old} ${now}`).status).not.toBe(0);
  });
});

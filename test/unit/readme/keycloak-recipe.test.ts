import { describe, expect, it } from 'vitest';
import { requirement } from '../../support/requirement.ts';
import { hasRecipeTools, items, putNamed, recipe, SAMPLES, shell } from './recipe-run.ts';

const keycloak = (...samples: readonly string[]) =>
  `jq -cs -f docs/recipes/keycloak-scim.jq ${samples.map((sample) => `${SAMPLES}/${sample}`).join(' ')}`;
const kcadm = ['realm.json', 'users.json', 'members.jsonl'].map((name) => `keycloak-kcadm/${name}`);

const cure = 'install jq and perl (bash .ci/install)';
describe.skipIf(!requirement('jq and perl', hasRecipeTools(), cure))('the Keycloak recipe', () => {
  it('turns a realm export into lines that the sender takes: persons, no service accounts, groups at every depth', () => {
    const all = items(recipe(keycloak('keycloak-realm.json')));
    expect(all.map((item) => `${item.kind} ${'type' in item ? item.type : ''}`)).toEqual([
      ...Array<string>(3).fill('put User'),
      ...Array<string>(3).fill('put Group'),
    ]);
  });

  it('carries the mapped attributes and the roles', () => {
    const { put, resource } = putNamed(items(recipe(keycloak('keycloak-realm.json'))), 'Ivo Marsh');
    expect(put.id).toBe('3d8c0c6e-91a5-4c0e-9d0f-1c1f6f0a0101');
    expect(resource).toMatchObject({
      userName: 'ivo.marsh',
      active: true,
      locale: 'en',
      roles: [
        { value: 'default-roles-works', type: 'realm' },
        { value: 'batch-operator', type: 'realm' },
        { value: 'reader', type: 'historian' },
      ],
      meta: { created: '2024-11-07T17:20:00Z' },
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { employeeNumber: '7741', department: 'Furnace' },
    });
  });

  it.each([
    ['a realm export', ['keycloak-realm.json']],
    ['partial export, users and members by kcadm.sh', kcadm],
  ])('finds memberships and nested groups in %s', (_, samples) => {
    const all = items(recipe(keycloak(...samples)));
    const membersOf = (name: string) =>
      putNamed(all, name).put.members?.map(({ member, memberType }) => `${memberType} …${member.slice(-4)}`);
    expect(membersOf('plant')).toEqual(['Group …0022', 'User …0102']);
    expect(membersOf('night shift')).toEqual(['User …0101']);
    expect(membersOf('visitors')).toEqual(['User …0102']);
    expect(putNamed(all, 'Sena Itō').resource.active).toBe(false);
  });

  it('carries no credential, client secret, key or unmapped attribute', () => {
    expect(recipe(keycloak('keycloak-realm.json'))).not.toMatch(/never|not carried|argon2|UPDATE_PASSWORD/);
  });

  it('refuses a set of files that says nothing of a group, rather than to empty it', () => {
    const { status, stdout, stderr } = shell(keycloak(...kcadm.slice(0, 2)));
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    expect(stderr).toContain('no members for the group');
  });

  it('refuses an export without users', () => {
    expect(shell(keycloak(...kcadm.slice(0, 1)))).toMatchObject({ status: 5, stdout: '' });
  });
});

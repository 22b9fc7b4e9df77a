import { describe, expect, it } from 'vitest';
import { requirement } from '../../support/requirement.ts';
import { readPage } from './page.ts';
import { hasRecipeTools, items, putNamed, recipe, SAMPLES, shell } from './recipe-run.ts';

const ldif = (sample: string) =>
  `perl docs/recipes/ldif-entries.pl ${SAMPLES}/${sample} | jq -cs -f docs/recipes/ldif-scim.jq`;

const cure = 'install jq and perl (bash .ci/install)';
describe.skipIf(!requirement('jq and perl', hasRecipeTools(), cure))('the LDIF recipe', () => {
  it('turns an OpenLDAP export into lines that the sender takes, one for each person and group', () => {
    const all = items(recipe(ldif('openldap.ldif')));
    expect(all.map((item) => `${item.kind} ${'type' in item ? item.type : ''}`)).toEqual([
      ...Array<string>(3).fill('put User'),
      ...Array<string>(5).fill('put Group'),
    ]);
  });

  it('names subjects by entryUUID and carries the mapped attributes', () => {
    const { put, resource } = putNamed(items(recipe(ldif('openldap.ldif'))), 'Tove Lindqvist');
    expect(put.id).toBe('0d7c8e52-7b1f-4a0e-8a3e-3f4d2f9b6a10');
    expect(resource).toMatchObject({
      userName: 'tlindqvist',
      active: true,
      emails: [
        { value: 'tove.lindqvist@example.org', type: 'work' },
        { value: 't.lindqvist@lab.example.org', type: 'work' },
      ],
      meta: { resourceType: 'User', created: '2024-03-04T08:15:00Z', lastModified: '2026-11-01T09:30:00Z' },
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
        employeeNumber: '10041',
        department: 'Reactor Hall 2',
        // Written with other case and spaces than the manager's own dn.
        manager: { value: '0d7c8e52-7b1f-4a0e-8a3e-3f4d2f9b6a11' },
      },
    });
  });

  it('reads base64 and folded values, base64 dn included, and a locked account as inactive', () => {
    const { resource } = putNamed(items(recipe(ldif('openldap.ldif'))), 'Frauke Müller-Ørsted');
    expect(resource).toMatchObject({ userName: 'fmüller', name: { familyName: 'Müller-Ørsted' }, active: false });
  });

  it.each([
    ['groupOfNames with a user, a base64 dn and a group', 'operators', ['Group …6b02', 'User …6a10', 'User …6a12']],
    ['groupOfUniqueNames', 'shift-leads', ['User …6a11']],
    ['posixGroup by memberUid', 'lab', ['User …6a10', 'User …6a11']],
    ['a group whose one member is empty', 'retired', []],
    ['a group with a member outside the export', 'auditors', ['User …6a11']],
  ])('finds the members of %s', (_, name, expected) => {
    const { put } = putNamed(items(recipe(ldif('openldap.ldif'))), name);
    expect(put.members?.map(({ member, memberType }) => `${memberType} …${member.slice(-4)}`)).toEqual(expected);
  });

  it('names on standard error a member that the export lacks', () => {
    const { stderr } = shell(ldif('openldap.ldif'));
    expect(stderr).toBe('["DEBUG:","not in this LDIF: uid=gone,ou=people,dc=example,dc=org"]\n');
  });

  it('reads what Active Directory prints: CR LF, objectGUID, disabled accounts, no computers', () => {
    const all = items(recipe(ldif('active-directory.ldif')));
    expect(all).toHaveLength(3);
    expect(putNamed(all, 'Nia Abbott').put.id).toBe('76543210-ba98-fedc-0123-456789abcdef');
    expect(putNamed(all, 'Castor, Leo').resource).toMatchObject({ userName: 'lcastor', active: false });
    expect(putNamed(all, 'Vault Access').put.members).toHaveLength(2);
  });

  it('takes memberships from memberOf where groups name no members, as FreeIPA may print them', () => {
    const all = items(recipe(ldif('freeipa.ldif')));
    expect(putNamed(all, 'breakglass').put.members).toHaveLength(2);
    expect(putNamed(all, 'Omar Diaz').resource.active).toBe(false);
  });

  it.each(['openldap.ldif', 'freeipa.ldif'])('carries no password or key of %s', (sample) => {
    expect(recipe(ldif(sample))).not.toMatch(/never|SSHA|bWFkZSB1c/);
  });

  it('refuses an export without persons, as a search leaves that failed', () => {
    const { status, stdout, stderr } = shell(`jq -cs -f docs/recipes/ldif-scim.jq /dev/null`);
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    expect(stderr).toContain('no persons');
  });

  it.each(['README.md', 'docs/sources.md'])('is given every class that it maps by the search of %s', (page) => {
    const search = /^\$? ?ldapsearch .*$/m.exec(readPage(page))?.[0];
    const asked = [...(search ?? '').matchAll(/objectClass=(\w+)/g)].map(([, name = '']) => name.toLowerCase());
    const mapped = [...readPage('docs/recipes/ldif-scim.jq').matchAll(/^def is_(?:group|user): classes - (\[.*?\])/gm)]
      .flatMap(([, names = '']) => JSON.parse(names) as string[])
      // Whoever is of inetOrgPerson is of person (RFC 2798).
      .filter((name) => name !== 'inetorgperson');
    expect(asked.sort()).toEqual(mapped.sort());
  });

  it('refuses LDIF that holds changes and not entries', () => {
    const { status, stdout, stderr } = shell(ldif('changes.ldif'));
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    expect(stderr).toContain('holds changes');
  });
});

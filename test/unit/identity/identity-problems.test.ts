import { describe, expect, it } from 'vitest';
import type { IdentityConfig, ResourceTypeConfig } from '../../../src/config/identity-config.ts';
import { identityProblems } from '../../../src/identity/identity-problems.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';
import { parseSourceLine } from '../../../src/identity/source-line.ts';
import { DiodeError } from '../../../src/ops/diode-error.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

function problemPaths(...resourceTypes: ResourceTypeConfig[]): readonly string[] {
  return identityProblems({ resourceTypes, tokenIssuers: [] }).map(({ path }) => path);
}

describe('problems of the identity section', () => {
  it('finds none where all is declared', () => {
    const config: IdentityConfig = {
      resourceTypes: [
        { type: 'User', extensions: [{ schema: ENTERPRISE, attributes: ['*'] }] },
        { type: 'Group', attributes: ['displayName', 'members'], idPrefixes: ['hr-'] },
        { type: 'Role', schema: 'urn:example:Role', attributes: ['displayName', 'permissions'] },
      ],
      tokenIssuers: ['https://idp.example', '*'],
    };
    expect(identityProblems(config)).toEqual([]);
  });

  it('reports every problem at once, each with its path and a cure', () => {
    const problems = identityProblems({
      resourceTypes: [
        { type: 'Member', attributes: [] },
        { type: 'User', attributes: ['usrName', 'password'], idPrefixes: [] },
        { type: 'User' },
      ],
      tokenIssuers: [''],
    });
    expect(problems.map(({ path }) => path)).toEqual([
      'resourceTypes[0].type',
      'resourceTypes[0].schema',
      'resourceTypes[1].attributes[0]',
      'resourceTypes[1].attributes[1]',
      'resourceTypes[1].idPrefixes',
      'resourceTypes[2].type',
      'tokenIssuers[0]',
    ]);
    expect(problems[2]?.cure).toContain('Did you mean userName?');
    expect(problems.every(({ seen, cure }) => seen !== '' && cure !== '')).toBe(true);
  });

  it.each<[string, ResourceTypeConfig, readonly string[]]>([
    ['a type with a bar in its name', { type: 'A|B', schema: 'urn:a:b', attributes: ['x'] }, ['resourceTypes[0].type']],
    ['a type without a schema', { type: 'Role', attributes: ['x'] }, ['resourceTypes[0].schema']],
    ['a schema that is no URN', { type: 'Role', schema: 'Role', attributes: ['x'] }, ['resourceTypes[0].schema']],
    ['a declared type without attributes', { type: 'Role', schema: 'urn:a:b' }, ['resourceTypes[0].attributes']],
    ['another schema for User', { type: 'User', schema: 'urn:a:b' }, ['resourceTypes[0].schema']],
    ['an empty prefix', { type: 'User', idPrefixes: [''] }, ['resourceTypes[0].idPrefixes[0]']],
    [
      'a star for an extension of one’s own',
      { type: 'User', extensions: [{ schema: 'urn:a:b', attributes: ['*'] }] },
      ['resourceTypes[0].extensions[0].attributes'],
    ],
    [
      'a core schema as an extension',
      { type: 'User', extensions: [{ schema: USER, attributes: ['x'] }] },
      ['resourceTypes[0].extensions[0].schema'],
    ],
    [
      'a secret in an extension',
      { type: 'User', extensions: [{ schema: 'urn:a:b', attributes: ['client_secret'] }] },
      ['resourceTypes[0].extensions[0].attributes[0]'],
    ],
    [
      'an attribute that the enterprise extension has not',
      { type: 'User', extensions: [{ schema: ENTERPRISE, attributes: ['departement'] }] },
      ['resourceTypes[0].extensions[0].attributes[0]'],
    ],
    [
      'an extension twice',
      {
        type: 'User',
        extensions: [
          { schema: 'urn:a:b', attributes: ['x'] },
          { schema: 'urn:a:b', attributes: ['y'] },
        ],
      },
      ['resourceTypes[0].extensions[1].schema'],
    ],
  ])('refuses %s', (_name, type, paths) => {
    expect(problemPaths(type)).toEqual(paths);
  });

  it('does not compile a config with problems', () => {
    expect(() => compileIdentityRules({ resourceTypes: [{ type: 'Member' }], tokenIssuers: [] })).toThrow(DiodeError);
  });
});

describe('what a config allows', () => {
  const user = { schemas: [USER], id: 'u', userName: 'x' };

  function parse(config: Partial<IdentityConfig>, line: object) {
    const rules = compileIdentityRules({
      resourceTypes: [{ type: 'User' }, { type: 'Group' }],
      tokenIssuers: [],
      ...config,
    });
    return parseSourceLine(rules, JSON.stringify(line), 0);
  }

  it('lets only listed attributes pass, and says so', () => {
    const resourceTypes = [{ type: 'User', attributes: ['userName'] }];
    const put = { type: 'User', op: 'put', resource: { ...user, title: 'x' } };
    expect(parse({ resourceTypes }, put)).toMatchObject({ refused: 'attribute-not-allowed', path: 'resource.title' });
    expect(parse({ resourceTypes }, { ...put, resource: user })).toMatchObject({ kind: 'put' });
  });

  it('keeps the groups of a user where they are listed, and drops them elsewhere', () => {
    const put = { type: 'User', op: 'put', resource: { ...user, groups: [{ value: 'g' }] } };
    const listed = [{ type: 'User', attributes: ['userName', 'groups'] }];
    expect(parse({ resourceTypes: listed }, put)).toHaveProperty('resource', expect.stringContaining('groups'));
    expect(parse({}, put)).toHaveProperty('resource', expect.not.stringContaining('groups'));
  });

  it('carries no memberships where Group does not list members', () => {
    const resourceTypes = [{ type: 'Group', attributes: ['displayName'] }];
    const group = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], id: 'g', members: [] };
    expect(parse({ resourceTypes }, { type: 'Group', op: 'put', resource: group })).toMatchObject({
      refused: 'members-not-apart',
    });
    expect(parse({ resourceTypes }, { type: 'Member', op: 'put', group: 'g', member: 'u' })).toMatchObject({
      refused: 'attribute-not-allowed',
    });
  });

  it('carries no token without an issuer, and any with a star', () => {
    const token = { token: 'e30.e30.e30' };
    expect(parse({}, token)).toMatchObject({ refused: 'issuer-not-carried' });
    expect(parse({ tokenIssuers: ['*'] }, token)).toMatchObject({ kind: 'token' });
  });

  it('has the enterprise extension for users by default, and none where others are named', () => {
    const resource = { ...user, schemas: [USER, ENTERPRISE], [ENTERPRISE]: { department: 'x' } };
    const put = { type: 'User', op: 'put', resource };
    expect(parse({}, put)).toMatchObject({ kind: 'put' });
    const others = [{ type: 'User', extensions: [{ schema: 'urn:a:b', attributes: ['x'] }] }];
    expect(parse({ resourceTypes: others }, put)).toMatchObject({ refused: 'schemas-unknown' });
  });

  it('says what was probably meant', () => {
    expect(parse({}, { type: 'User', op: 'put', resource: { ...user, username: 'x' } })).toHaveProperty(
      'detail',
      expect.stringContaining('Did you mean userName?'),
    );
  });
});

import { describe, expect, it } from 'vitest';
import {
  allowedLosses,
  allowedMembershipLosses,
  exceededLimits,
  grantedRoles,
  isAdminGroup,
  isDeactivation,
  roleChanges,
  type SubjectFacts,
  subjectFacts,
} from '../../../../receiver/guard/guard-limits.ts';
import type { GuardConfig } from '../../../../src/config/receiver-config.ts';

const guard: GuardConfig = {
  maxLossPercent: 5,
  freeLosses: 10,
  freeMembershipLosses: 100,
  adminRoles: ['admin', 'auditor'],
  adminGroups: ['g-admins'],
};

describe('how many may vanish', () => {
  it.each([
    [0, 10],
    [20, 10],
    [219, 10],
    [220, 11],
    [50_000, 2_500],
  ])('of %d subjects are %d', (lived, allowed) => {
    expect(allowedLosses(lived, guard)).toBe(allowed);
  });

  it('is another count of memberships, none where the share and the free ones are 0, and all at 100%', () => {
    expect(allowedMembershipLosses(100, guard)).toBe(100);
    expect(allowedMembershipLosses(10_000, guard)).toBe(500);
    expect(allowedLosses(1_000, { maxLossPercent: 0, freeLosses: 0 })).toBe(0);
    expect(allowedLosses(1_000, { maxLossPercent: 100, freeLosses: 0 })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the limits that a bundle passes', () => {
  const none = {
    subjects: { lived: 1_000, lost: 0, deleted: 0, deactivated: 0 },
    memberships: { lived: 0, lost: 0, deleted: 0 },
  };

  it('are none at the limit, and each by itself beyond it', () => {
    const within = {
      subjects: { lived: 1_000, lost: 0, deleted: 30, deactivated: 20 },
      memberships: { lived: 0, lost: 0, deleted: 100 },
    };
    expect(exceededLimits({ ...within, adminGrants: 0 }, guard)).toEqual([]);
    expect(
      exceededLimits({ ...none, subjects: { ...within.subjects, deactivated: 21 }, adminGrants: 0 }, guard),
    ).toEqual([{ limit: 'subjects', count: 51, allowed: 50 }]);
    expect(
      exceededLimits({ ...none, memberships: { ...within.memberships, deleted: 101 }, adminGrants: 0 }, guard),
    ).toEqual([{ limit: 'memberships', count: 101, allowed: 100 }]);
    expect(exceededLimits({ ...none, adminGrants: 1 }, guard)).toEqual([
      { limit: 'admin-grants', count: 1, allowed: 0 },
    ]);
  });

  it('have in them what vanished within the hour already, also where that was more than may', () => {
    const behind = (lost: number) =>
      exceededLimits({ ...none, subjects: { ...none.subjects, lost, deleted: 11 }, adminGrants: 0 }, guard);
    expect(behind(39)).toEqual([]);
    expect(behind(40)).toEqual([{ limit: 'subjects', count: 11, allowed: 10 }]);
    expect(behind(60)).toEqual([{ limit: 'subjects', count: 11, allowed: 0 }]);
  });
});

describe('what the guard remembers of a subject', () => {
  it.each<[string, Parameters<typeof subjectFacts>[0], SubjectFacts]>([
    ['nothing said', {}, active()],
    ['switched off', { active: false, roles: ['admin'] }, inactive('admin')],
    ['switched off, without roles', { active: false }, inactive()],
    [
      'roles of RFC 7643',
      { roles: [{ value: 'x' }, { value: 'auditor', primary: true }] },
      { ...active('auditor'), roles: ['auditor', 'x'] },
    ],
    ['plain roles, twice', { roles: ['auditor', 'admin', 'admin'] }, active('admin', 'auditor')],
    ['odd roles', { roles: [null, 1, ['admin'], { display: 'admin' }] }, active()],
    ['roles that are no list', { roles: 'admin' }, active()],
  ])('%s', (_, resource, facts) => {
    expect(subjectFacts(resource, guard)).toEqual(facts);
  });

  it.each<[string, SubjectFacts | undefined, SubjectFacts, readonly string[]]>([
    ['a new subject has all of them granted', undefined, active('admin', 'auditor'), ['admin', 'auditor']],
    ['one more', active('auditor'), active('admin', 'auditor'), ['admin']],
    ['the same', active('admin'), active('admin'), []],
    ['taken away', active('admin'), active(), []],
    ['granted to who may do nothing', active(), inactive('admin'), []],
    ['activated again with it', inactive('admin'), active('admin'), ['admin']],
  ])('grants: %s', (_, before, after, granted) => {
    expect(grantedRoles(before, after)).toEqual(granted);
  });

  it('knows all roles that somebody gets and loses, and admin roles alone where others are not known on both sides', () => {
    const all = (...roles: readonly string[]): SubjectFacts => ({ isActive: true, adminRoles: [], roles });
    const known = { areAllKnown: true };
    expect(roleChanges(all('a', 'b'), all('b', 'c'))).toEqual({ granted: ['c'], withdrawn: ['a'], ...known });
    expect(roleChanges(undefined, all('a'))).toEqual({ granted: ['a'], withdrawn: [], ...known });
    const off = { ...all('a'), isActive: false };
    expect(roleChanges(all('a'), off)).toEqual({ granted: [], withdrawn: ['a'], ...known });
    const some = (...adminRoles: readonly string[]): SubjectFacts => ({ isActive: true, adminRoles });
    const unknown = { areAllKnown: false };
    expect(roleChanges(some(), all('a'))).toEqual({ granted: [], withdrawn: [], ...unknown });
    expect(roleChanges(undefined, some('admin'))).toEqual({ granted: ['admin'], withdrawn: [], ...unknown });
    expect(roleChanges(some('admin'), some('auditor'))).toEqual({
      granted: ['auditor'],
      withdrawn: ['admin'],
      ...unknown,
    });
    expect(roleChanges(some('admin'), off)).toEqual({ granted: [], withdrawn: ['admin'], ...unknown });
    const many = Array.from({ length: 2_000 }, (_, at) => `role-${at}`);
    expect(subjectFacts({ roles: ['admin', ...many] }, guard)).toEqual({ isActive: true, adminRoles: ['admin'] });
  });

  it('tells a deactivation from whoever was not active, or not there', () => {
    expect(isDeactivation(active(), inactive())).toBe(true);
    expect(isDeactivation(inactive(), inactive())).toBe(false);
    expect(isDeactivation(undefined, inactive())).toBe(false);
    expect(isDeactivation(inactive(), active())).toBe(false);
    expect(isAdminGroup('g-admins', guard)).toBe(true);
    expect(isAdminGroup('g-others', guard)).toBe(false);
  });
});

function active(...adminRoles: readonly string[]): SubjectFacts {
  return { isActive: true, adminRoles, roles: adminRoles };
}

function inactive(...adminRoles: readonly string[]): SubjectFacts {
  return { isActive: false, adminRoles, roles: adminRoles };
}

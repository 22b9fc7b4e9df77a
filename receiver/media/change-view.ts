/**
 * What a bundle changes, in words: the same lines for whoever looks at a dry run and for the approver who signs them. Printable
 * ASCII, and nothing in it passes with time. Pure.
 */
import { count } from '../../src/cli/status-table.ts';
import { firstOf, shownName } from '../guard/shown-name.ts';
import type { ChangeList, NamedChange, NamedChanges } from './change-list.ts';

export interface ChangeRow {
  readonly name: string;
  readonly value: string;
  /** By name, a line each. */
  readonly under: readonly string[];
}

export function changeRows(list: ChangeList): readonly ChangeRow[] {
  const { subjects, deactivated, memberships, adminGrants, adminWithdrawals, rolesUnknown, keys, digest } = list;
  const { rolesGranted, rolesWithdrawn, groupsJoined, groupsLeft } = list;
  const unknown =
    rolesUnknown === 0
      ? ''
      : `; of ${count(rolesUnknown)} ${rolesUnknown === 1 ? 'subject' : 'subjects'} admin roles alone are known`;
  const changed = memberships.changed === 0 ? '' : `, ${count(memberships.changed)} changed`;
  const rows: readonly (ChangeRow | false)[] = [
    {
      name: 'subjects',
      value: `${count(subjects.added)} added, ${count(subjects.changed)} changed, ${count(subjects.deleted)} deleted, ${count(deactivated)} deactivated`,
      under: [
        ...keyLine('deleted', list.deletedKeys, subjects.deleted),
        ...keyLine('deactivated', list.deactivatedKeys, deactivated),
      ],
    },
    {
      name: 'roles',
      value: `${count(rolesGranted.count)} granted, ${count(rolesWithdrawn.count)} withdrawn${unknown}`,
      under: [...namedLines('granted', 'role', rolesGranted), ...namedLines('withdrawn', 'role', rolesWithdrawn)],
    },
    {
      name: 'groups',
      value: `${count(memberships.added)} joined, ${count(memberships.deleted)} left${changed}`,
      under: [...namedLines('joined', 'group', groupsJoined), ...namedLines('left', 'group', groupsLeft)],
    },
    adminGrants + adminWithdrawals > 0 && {
      name: 'admin roles',
      value: `${count(adminGrants)} granted, ${count(adminWithdrawals)} withdrawn`,
      under: [],
    },
    { name: 'in full', value: `${count(keys)} ${keys === 1 ? 'key' : 'keys'}, sha256 ${digest}`, under: [] },
  ];
  return rows.filter((row) => row !== false);
}

function keyLine(what: string, keys: readonly string[], total: number): readonly string[] {
  return total === 0 ? [] : [`${what}: ${firstOf(keys, total)}`];
}

function namedLines(what: string, kind: 'role' | 'group', { names, first }: NamedChanges): readonly string[] {
  const lines = first.map((each) => namedLine(what, kind, each));
  const more = names - first.length;
  return more > 0 ? [...lines, `${what}: ${count(more)} more ${kind}s`] : lines;
}

function namedLine(
  what: string,
  kind: 'role' | 'group',
  { name, isAdmin, count: total, subjects }: NamedChange,
): string {
  const admin = isAdmin ? ` (admin ${kind})` : '';
  return `${what} ${firstOf([shownName(name)], 1)}${admin}, ${count(total)}: ${firstOf(subjects, total)}`;
}

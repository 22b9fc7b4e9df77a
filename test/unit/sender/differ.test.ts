import { describe, expect, it } from 'vitest';
import { Differ } from '../../../sender/journal/differ.ts';
import { SUBJECT_STATE_SCHEMA, SubjectState } from '../../../sender/journal/subject-state.ts';
import type { SourceItem } from '../../../src/identity/source-item.ts';
import { openStore } from '../../../src/store/database.ts';
import type { WireRecord } from '../../../src/wire/record.ts';

/** A differ over a fresh state, applied as the journal does: record by record, before the next item. */
function differ(): (item: SourceItem) => readonly WireRecord[] {
  const state = new SubjectState(openStore(':memory:', [SUBJECT_STATE_SCHEMA]));
  const items = new Differ(state);
  let sequence = 0;
  return (item) => {
    const records = items.records(item);
    sequence++;
    for (const [index, record] of records.entries()) state.apply(record, { epoch: 1, sequence, index });
    return records;
  };
}

function put(type: string, id: string, ...members: (string | [string, string])[]): SourceItem {
  const references = members.map((member) =>
    typeof member === 'string' ? { member, memberType: 'User' } : { member: member[0], memberType: member[1] },
  );
  return { kind: 'put', type, id, resource: `{"id":"${id}"}`, ...(members.length > 0 && { members: references }) };
}

const emptyGroup: SourceItem = { kind: 'put', type: 'Group', id: 'g', resource: '{"id":"g"}', members: [] };

/** "create Group g", "delete Member g u1 (left-group)". */
function say(records: readonly WireRecord[]): readonly string[] {
  return records.map((record) => {
    if (record.kind === 'delta') return `${record.operation} ${record.type} ${record.id}${reason(record.reason)}`;
    if (record.kind !== 'member') return record.kind;
    const type = record.memberType === undefined ? '' : ` ${record.memberType}`;
    return `${record.operation} Member ${record.group} ${record.member}${type}${reason(record.reason)}`;
  });
}

function reason(text: string | undefined): string {
  return text === undefined ? '' : ` (${text})`;
}

describe('differ', () => {
  it('creates a subject at first, puts it then, and creates it again after a delete', () => {
    const records = differ();
    expect(say(records(put('User', 'u')))).toEqual(['create User u']);
    expect(say(records(put('User', 'u')))).toEqual(['put User u']);
    expect(say(records({ kind: 'delete', type: 'User', id: 'u' }))).toEqual(['delete User u (source)']);
    expect(say(records(put('User', 'u')))).toEqual(['create User u']);
  });

  it('frames a put that changes nothing', () => {
    const records = differ();
    const first = records(put('User', 'u'));
    expect(first).toHaveLength(1);
    expect(records(put('User', 'u'))).toEqual([{ ...first[0], operation: 'put' }]);
  });

  it('frames one record for each join and leave, leaves first, behind the group', () => {
    const records = differ();
    expect(say(records(put('Group', 'g', 'a', 'b')))).toEqual([
      'create Group g',
      'create Member g a User',
      'create Member g b User',
    ]);
    expect(say(records(put('Group', 'g', 'b', 'c')))).toEqual([
      'put Group g',
      'delete Member g a (left-group)',
      'create Member g c User',
    ]);
    expect(say(records(put('Group', 'g', 'b', 'c')))).toEqual(['put Group g']);
  });

  it('leaves memberships alone where a group comes without members', () => {
    const records = differ();
    records(put('Group', 'g', 'a'));
    expect(say(records(put('Group', 'g')))).toEqual(['put Group g']);
    expect(say(records(put('Group', 'g', 'a')))).toEqual(['put Group g']);
  });

  it('lets all leave where members is empty', () => {
    const records = differ();
    records(put('Group', 'g', 'a', 'b'));
    expect(say(records(emptyGroup))).toEqual([
      'put Group g',
      'delete Member g a (left-group)',
      'delete Member g b (left-group)',
    ]);
  });

  it('puts a member whose type changed', () => {
    const records = differ();
    records(put('Group', 'g', 'a'));
    expect(say(records(put('Group', 'g', ['a', 'Group'])))).toEqual(['put Group g', 'put Member g a Group']);
  });

  it('keeps memberships of groups whose ids share a beginning apart', () => {
    const records = differ();
    records(put('Group', 'g', 'a'));
    records(put('Group', 'g|x', 'b'));
    records(put('Group', 'g~', 'c'));
    expect(say(records(emptyGroup))).toEqual(['put Group g', 'delete Member g a (left-group)']);
  });

  it('deletes the members of a deleted group before it', () => {
    const records = differ();
    records(put('Group', 'g', 'a', 'b'));
    expect(say(records({ kind: 'delete', type: 'Group', id: 'g' }))).toEqual([
      'delete Member g a (group-deleted)',
      'delete Member g b (group-deleted)',
      'delete Group g (source)',
    ]);
    expect(say(records(put('Group', 'g', 'a')))).toEqual(['create Group g', 'create Member g a User']);
  });

  it('deletes the memberships of a deleted subject before it, those of its own type only', () => {
    const records = differ();
    records(put('Group', 'g', 'x'));
    records(put('Group', 'h', 'x', ['y', 'Group']));
    records(put('Group', 'i', ['x', 'Group']));
    expect(say(records({ kind: 'delete', type: 'User', id: 'x' }))).toEqual([
      'delete Member g x (member-deleted)',
      'delete Member h x (member-deleted)',
      'delete User x (source)',
    ]);
  });

  it('deletes each membership once where a group is its own member', () => {
    const records = differ();
    records(put('Group', 'g', ['g', 'Group']));
    expect(say(records({ kind: 'delete', type: 'Group', id: 'g' }))).toEqual([
      'delete Member g g (group-deleted)',
      'delete Group g (source)',
    ]);
  });

  it('frames the delete of a subject that it does not know', () => {
    const records = differ();
    expect(say(records({ kind: 'delete', type: 'User', id: 'u' }))).toEqual(['delete User u (source)']);
    expect(say(records({ kind: 'member-delete', group: 'g', member: 'u' }))).toEqual(['delete Member g u (source)']);
  });

  it('takes single joins and leaves into the same state', () => {
    const records = differ();
    const join: SourceItem = { kind: 'member-put', group: 'g', member: 'a', memberType: 'User' };
    expect(say(records(join))).toEqual(['create Member g a User']);
    expect(say(records(join))).toEqual(['put Member g a User']);
    expect(say(records(emptyGroup))).toEqual(['create Group g', 'delete Member g a (left-group)']);
    expect(say(records(join))).toEqual(['create Member g a User']);
    expect(say(records({ kind: 'member-delete', group: 'g', member: 'a' }))).toEqual(['delete Member g a (source)']);
    expect(say(records(emptyGroup))).toEqual(['put Group g']);
  });

  it('carries the time of the item on each of its records', () => {
    const records = differ();
    records(put('Group', 'g', 'a'));
    const deleted = records({ kind: 'delete', type: 'Group', id: 'g', atMs: 7 });
    expect(deleted.map(({ atMs }) => atMs)).toEqual([7, 7]);
  });

  it('passes tokens, revocations and key sets on as they are', () => {
    const records = differ();
    expect(records({ kind: 'token', jws: 'a.b.c', atMs: 1 })).toEqual([{ kind: 'token', jws: 'a.b.c', atMs: 1 }]);
    const revocation: SourceItem = { kind: 'revocation', issuer: 'i', target: { jti: 'j' } };
    expect(records(revocation)).toEqual([revocation]);
    const keySet: SourceItem = { kind: 'key-set', issuer: 'i', jwks: '{"keys":[]}' };
    expect(records(keySet)).toEqual([keySet]);
  });
});

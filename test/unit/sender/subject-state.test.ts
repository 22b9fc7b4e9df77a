import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SUBJECT_STATE_SCHEMA, SubjectState } from '../../../sender/journal/subject-state.ts';
import { openStore } from '../../../src/store/database.ts';
import type { MemberRecord, WireRecord } from '../../../src/wire/record.ts';

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function joins(group: string, member: string): MemberRecord {
  return { kind: 'member', operation: 'create', group, member, memberType: 'User' };
}

describe('subject state', () => {
  it('is on disk: another process finds it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'subject-state-'));
    directories.push(directory);
    const path = join(directory, 'sender.db');
    const first = openStore(path, [SUBJECT_STATE_SCHEMA]);
    const state = new SubjectState(first);
    state.apply(
      { kind: 'delta', operation: 'create', type: 'User', id: 'u', resource: '{}' },
      { epoch: 1, sequence: 1, index: 0 },
    );
    state.apply(joins('g', 'u'), { epoch: 1, sequence: 1, index: 1 });
    first.close();
    const again = new SubjectState(openStore(path, [SUBJECT_STATE_SCHEMA]));
    expect(again.hasSubject('User', 'u')).toBe(true);
    expect(again.hasSubject('Group', 'u')).toBe(false);
    expect(again.memberType('g', 'u')).toBe('User');
    expect(again.groupsOf('User', 'u')).toEqual(['g']);
    expect(again.membersOf('g')).toEqual([{ member: 'u', memberType: 'User' }]);
  });

  it('keeps what was deleted with its revision and without content', () => {
    const store = openStore(':memory:', [SUBJECT_STATE_SCHEMA]);
    const state = new SubjectState(store);
    state.apply(
      { kind: 'delta', operation: 'put', type: 'User', id: 'u', resource: '{}' },
      { epoch: 1, sequence: 1, index: 0 },
    );
    const deleted: WireRecord = {
      kind: 'delta',
      operation: 'delete',
      type: 'User',
      id: 'u',
      reason: 'source',
      atMs: 5,
    };
    state.apply(deleted, { epoch: 2, sequence: 3, index: 4 });
    expect(store.prepare('SELECT * FROM subject').all()).toEqual([
      { key: 'User|u', type: 'User', id: 'u', resource: null, at_ms: 5, epoch: 2, sequence: 3, record_index: 4 },
    ]);
    expect(state.hasSubject('User', 'u')).toBe(false);
  });

  it('forgets what was applied in a transaction that is rolled back', () => {
    const store = openStore(':memory:', [SUBJECT_STATE_SCHEMA]);
    const state = new SubjectState(store);
    const batch = store.transaction(() => {
      state.apply(joins('g', 'u'), { epoch: 1, sequence: 1, index: 0 });
      expect(state.memberType('g', 'u')).toBe('User');
      throw new Error('disk full');
    });
    expect(batch).toThrow('disk full');
    expect(state.memberType('g', 'u')).toBeUndefined();
  });

  it('does not take tokens, revocations and key sets for subjects', () => {
    const store = openStore(':memory:', [SUBJECT_STATE_SCHEMA]);
    const state = new SubjectState(store);
    const others: readonly WireRecord[] = [
      { kind: 'token', jws: 'a.b.c' },
      { kind: 'revocation', issuer: 'i', target: { jti: 'j' } },
      { kind: 'key-set', issuer: 'i', jwks: '{"keys":[]}' },
    ];
    for (const record of others) state.apply(record, { epoch: 1, sequence: 1, index: 0 });
    expect(store.prepare('SELECT count(*) FROM subject').pluck().get()).toBe(0);
    expect(store.prepare('SELECT count(*) FROM member').pluck().get()).toBe(0);
  });

  it('finds a group’s members by the index of keys and a member’s groups by theirs', () => {
    const store = openStore(':memory:', [SUBJECT_STATE_SCHEMA]);
    const plan = (sql: string, ...values: string[]) =>
      (store.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[])
        .map(({ detail }) => detail)
        .join();
    expect(plan('SELECT 1 FROM member WHERE key >= ? AND key < ? AND member_type IS NOT NULL', 'a', 'b')).toContain(
      'USING PRIMARY KEY',
    );
    expect(plan('SELECT group_id FROM member WHERE member_id = ? AND member_type = ?', 'a', 'b')).toContain(
      'USING INDEX member_by_member',
    );
  });
});

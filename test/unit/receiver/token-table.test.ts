import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RECEIVER_MIGRATIONS } from '../../../receiver/receiver-store.ts';
import { TOKEN_ROW_SCHEMA } from '../../../receiver/tokens/token-schema.ts';
import { type KnownToken, TokenTable } from '../../../receiver/tokens/token-table.ts';
import { tokenKey } from '../../../src/identity/key.ts';
import { openStore } from '../../../src/store/database.ts';

const ISSUER = 'https://idp.example';
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'token-table-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function tokenOf(jti: string, subject = 'alice', slot = ''): KnownToken {
  const key = tokenKey({ issuer: ISSUER, subject, audiences: ['api'], slot }) as string;
  return { issuer: ISSUER, jti, sha256: jti, key, subject, keyId: 'k', issuedAtMs: 1, expiresAtMs: 100 };
}

function open(migrations = RECEIVER_MIGRATIONS) {
  return openStore(join(directory, 'receiver.db'), migrations);
}

it('what an older release remembered stands in the table of today', () => {
  const older = open(RECEIVER_MIGRATIONS.slice(0, RECEIVER_MIGRATIONS.indexOf(TOKEN_ROW_SCHEMA)));
  const { key } = tokenOf('b');
  const insert = (table: string, values: string) =>
    older.exec(
      `INSERT INTO ${table} (issuer, jti, sha256, key, subject, key_id, issued_at_ms, expires_at_ms ${values})`,
    );
  insert('token', `) VALUES ('${ISSUER}', 'a', 'a', '${key}', 'alice', 'k', 1, 100`);
  insert('token', `) VALUES ('${ISSUER}', 'b', 'b', '${key}', 'alice', 'k', 1, 100`);
  insert('token_slot', `) VALUES ('${ISSUER}', 'b', 'b', '${key}', 'alice', 'k', 1, 100`);
  // Its id was purged already.
  const other = tokenOf('c', 'bob');
  insert('token_slot', `, ended) VALUES ('${ISSUER}', 'c', 'c', '${other.key}', 'bob', 'k', 1, 100, 'key-revoked'`);
  // Its jti was used again once the other's was purged.
  const again = tokenOf('c', 'carol');
  insert('token_slot', `) VALUES ('${ISSUER}', 'c', 'c', '${again.key}', 'carol', 'k', 1, 100`);
  older.close();

  const tokens = new TokenTable(open());
  expect(tokens).toMatchObject({ tokenCount: 4, endedCount: 1 });
  expect(tokens.findCurrent(again.key)).toEqual(again);
  expect(tokens.findToken(ISSUER, 'a')).toEqual(tokenOf('a'));
  expect(tokens.findCurrent(key)).toEqual(tokenOf('b'));
  expect(tokens.findEnded(0, 9)).toEqual([{ ...other, reason: 'key-revoked', endedAtMs: 0 }]);
});

it('a slot has one current token, and its subject those of its slots alone', () => {
  const tokens = new TokenTable(open());
  for (const jti of ['a', 'b']) tokens.putCurrent(tokenOf(jti));
  tokens.putToken(tokenOf('b'));
  tokens.putToken(tokenOf('never'));
  tokens.putCurrent(tokenOf('c', 'alice', 'two'));
  for (const subject of ['alic', 'alice2', 'alice|', '']) tokens.putCurrent(tokenOf(`of ${subject}`, subject));
  expect(tokens.findCurrentOf(ISSUER, 'alice')).toEqual([tokenOf('b'), tokenOf('c', 'alice', 'two')]);
  expect(tokens.findToken(ISSUER, 'a')).toEqual(tokenOf('a'));
  expect(tokens.tokenCount).toBe(8);
  tokens.putCurrent(tokenOf('a'));
  expect(tokens.findCurrent(tokenOf('a').key)?.jti).toBe('a');
  expect(tokens.tokenCount).toBe(8);
});

it('what is current is dropped by the sweep alone, and all else once it expired', () => {
  const tokens = new TokenTable(open());
  for (const jti of ['a', 'b']) tokens.putCurrent(tokenOf(jti));
  expect(tokens.purge(101, 9)).toBe(1);
  expect(tokens.findEnded(101, 9)).toMatchObject([{ jti: 'b', reason: 'expired' }]);
  tokens.dropCurrent(tokenOf('b').key);
  expect(tokens.findEnded(101, 9)).toEqual([]);
  expect(tokens.purge(101, 9)).toBe(1);
  expect(tokens.tokenCount).toBe(0);
});

it('what ended in one millisecond is swept as it came: thousands of ties are sorted for nobody', () => {
  const tokens = new TokenTable(open());
  for (const slot of ['two', 'three', 'one']) tokens.putCurrent(tokenOf(slot, 'alice', slot));
  tokens.putCurrent({ ...tokenOf('sooner', 'bob'), expiresAtMs: 99 });
  expect(tokens.findEnded(101, 3).map(({ jti }) => jti)).toEqual(['sooner', 'two', 'three']);
});

it('a token of a revoked key that is current no more is not for the sweep', () => {
  const tokens = new TokenTable(open());
  tokens.putCurrent(tokenOf('a'));
  tokens.putRevokedKey({ issuer: ISSUER, keyId: 'k', issuedBeforeMs: 9, untilMs: 9, saidAtMs: 1 });
  expect(tokens.endedCount).toBe(1);
  tokens.putCurrent(tokenOf('b'));
  expect(tokens.endedCount).toBe(0);
  expect(tokens.findEnded(0, 9)).toEqual([]);
});

it('looks at no more rows than it was asked for', () => {
  const store = open();
  const detail = (query: string) => JSON.stringify(store.prepare(`EXPLAIN QUERY PLAN SELECT id ${query}`).all(0, 0));
  expect(detail('FROM token WHERE key > ? AND key < ? AND is_current = 1 ORDER BY key')).toContain(
    'token_by_slot (key>? AND key<?)',
  );
  expect(detail('FROM token WHERE is_current = 0 AND expires_at_ms < ? LIMIT ?')).toContain(
    'former_token_by_end (expires_at_ms<?)',
  );
  expect(detail('FROM token WHERE issuer = ? AND jti = ?')).toContain('(jti=? AND issuer=?)');
});

it('a jti that two slots hold is current in both, and what takes one back leaves the other', () => {
  const tokens = new TokenTable(open());
  const [one, two] = [tokenOf('j', 'alice', 'one'), { ...tokenOf('j', 'alice', 'two'), sha256: 'later' }];
  tokens.putCurrent(two);
  tokens.putCurrent(one);
  expect(tokens.findCurrentOf(ISSUER, 'alice')).toEqual([one, two]);
  tokens.dropCurrent(one.key);
  expect(tokens.findCurrentOf(ISSUER, 'alice')).toEqual([two]);
  tokens.putRevokedKey({ issuer: ISSUER, keyId: 'k', issuedBeforeMs: 9, untilMs: 9, saidAtMs: 9 });
  tokens.putCurrent(one);
  expect(tokens.endedCount).toBe(1);
  expect(tokens.findEnded(0, 9)).toMatchObject([{ key: two.key, reason: 'key-revoked' }]);
  // The first that came is what a replay is compared with.
  expect(tokens.findToken(ISSUER, 'j')).toEqual(two);
  tokens.putToken(one);
  expect(tokens.tokenCount).toBe(2);
});

it('for a rebuild no token is current any more, some rows at a time', () => {
  const tokens = new TokenTable(open());
  for (const slot of ['one', 'two', 'three']) tokens.putCurrent(tokenOf(slot, 'alice', slot));
  expect([tokens.clearCurrent(2), tokens.clearCurrent(2)]).toEqual([true, false]);
  expect(tokens.findCurrentOf(ISSUER, 'alice')).toEqual([]);
  expect(tokens.findToken(ISSUER, 'one')).toBeDefined();
});

import { describe, expect, it } from 'vitest';
import { type EntryQuery, EntrySearch } from '../../../src/audit/entry-search.ts';

const AT = '2026-11-25T10:00:00.000Z';
const SHA256 = 'ab'.repeat(32);
const published = {
  index: 1,
  at: AT,
  event: 'records-published',
  records: [
    'hr/1.5.0 User|2819c223 00ff',
    'hr/1.5.1 User|2819c2233 00fe',
    'hr/1.5.2 Member|g%201|2819c223 -',
    'hr/1.5.3 Jwks|https%3A%2F%2Fidp.example 00fd',
  ],
};
const token = {
  index: 2,
  at: AT,
  event: 'token-published',
  id: 'hr/1.6.0',
  key: 'Token|https%3A%2F%2Fi|ana|x|',
  jti: 'j-1',
  sha256: SHA256,
};
const framed = {
  index: 3,
  at: AT,
  event: 'records-signed',
  records: [`1.6.0 Token|${SHA256}|j-1`, '1.6.1 Revocation|i|jti|j-1'],
};
const command = { index: 4, at: AT, event: 'command-pause', reason: 'export', user: 'ana' };
const refused = {
  index: 5,
  at: AT,
  event: 'record-quarantined',
  kind: 'delta',
  revision: '1.7.0',
  key: 'User|%C3%A9va',
  sha256: '00',
};

/** Which entries are found, and which of their records. */
function found(query: EntryQuery): readonly (number | readonly string[])[] {
  const search = new EntrySearch(query);
  return [published, token, framed, command, refused].flatMap((entry) => {
    const match = search.match(Buffer.from(JSON.stringify(entry)));
    if (match === undefined) return [];
    return match.records.length > 0
      ? [entry.index, match.records.map((text) => text.split(' ')[0] ?? '')]
      : [entry.index];
  });
}

describe('a search', () => {
  it.each<[string, EntryQuery, readonly (number | readonly string[])[]]>([
    ['a subject by its id, and no longer one', { subject: '2819c223' }, [1, ['hr/1.5.0', 'hr/1.5.2']]],
    ['a subject by its key', { subject: 'User|2819c223' }, [1, ['hr/1.5.0']]],
    ['a group whose name was encoded', { subject: 'g 1' }, [1, ['hr/1.5.2']]],
    ['an issuer', { subject: 'https://idp.example' }, [1, ['hr/1.5.3']]],
    ['a subject of letters that are all encoded in part', { subject: 'éva' }, [5]],
    ['whom a token is of, and who typed a command', { subject: 'ana' }, [2, 4]],
    ['a token by its jti, revocations too', { token: 'j-1' }, [2, 3, ['1.6.0', '1.6.1']]],
    ['a token by its digest', { token: SHA256 }, [2, 3, ['1.6.0']]],
    ['no subject that is named as a token', { token: '2819c223' }, []],
    ['a published record by its ce_id', { record: 'hr/1.5.2' }, [1, ['hr/1.5.2']]],
    ['a token and a refused record by theirs', { record: 'hr/1.6.0' }, [2]],
    ['a revision', { record: '1.7.0' }, [5]],
    ['an event', { event: 'command-pause' }, [4]],
    ['two things at once', { event: 'token-published', subject: 'ana' }, [2]],
    ['what was from a time on', { event: 'command-pause', fromMs: Date.parse(AT) }, [4]],
    ['nothing before it', { event: 'command-pause', toMs: Date.parse(AT) }, []],
  ])('finds %s', (_, query, expected) => {
    expect(found(query)).toEqual(expected);
  });
});

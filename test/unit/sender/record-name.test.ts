/** How the audit log names the tokens that a sender framed: whoever has one of jti and SHA-256 finds them. */
import { describe, expect, it } from 'vitest';
import { recordName } from '../../../sender/journal/record-name.ts';
import { EntrySearch } from '../../../src/audit/entry-search.ts';
import { sha256Hex } from '../../../src/crypto/digest.ts';

const tokenWith = (claims: object) => {
  const [header, payload] = [{ alg: 'EdDSA', kid: 'k' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${header}.${payload}.c2ln`;
};
const claims = { iss: 'https://idp.example', jti: 'a/1|b', exp: 1_900_000_000 };
const nameOf = (jws: string) => recordName({ kind: 'token', jws });

describe('the name of a framed token', () => {
  it('has digest and jti, and a search finds it by either', () => {
    const jws = tokenWith(claims);
    expect(nameOf(jws)).toBe(`Token|${sha256Hex(jws)}|a%2F1%7Cb`);
    const record = `1.6.0 ${nameOf(jws)}`;
    const entry = { index: 1, at: '2026-11-25T10:00:00.000Z', event: 'records-signed', records: [record] };
    const found = (token: string) => new EntrySearch({ token }).match(Buffer.from(JSON.stringify(entry)))?.records;
    expect(found(claims.jti)).toEqual([record]);
    expect(found(sha256Hex(jws))).toEqual([record]);
    expect(found('b')).toBeUndefined();
  });

  it.each([
    ['no token', 'x'],
    ['a jti that is no text', tokenWith({ ...claims, jti: 7 })],
    ['a jti without end', tokenWith({ ...claims, jti: 'j'.repeat(5_000) })],
    ['half a character', tokenWith({ ...claims, jti: '\ud800' })],
  ])('is the digest alone for %s', (_, jws) => {
    expect(nameOf(jws)).toBe(`Token|${sha256Hex(jws)}`);
  });
});

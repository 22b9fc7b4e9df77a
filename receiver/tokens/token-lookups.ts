/** What is known of tokens and of those they speak of, as who judges a token asks for it: over the tables of one database. */
import type { Memory } from '../publish/group-memory.ts';
import type { SubjectNames } from '../publish/subject-names.ts';
import type { TokenTable } from './token-table.ts';

export type TokenLookups = Pick<
  Memory,
  'findToken' | 'findRevokedToken' | 'findRevokedSubject' | 'findRevokedKey' | 'subjectsNamed'
>;

export function tokenLookups(tokens: TokenTable, names: SubjectNames): TokenLookups {
  return {
    findToken: (issuer, jti) => tokens.findToken(issuer, jti),
    findRevokedToken: (issuer, jti) => tokens.findRevokedToken(issuer, jti),
    findRevokedSubject: (issuer, subject) => tokens.findRevokedSubject(issuer, subject),
    findRevokedKey: (issuer, keyId) => tokens.findRevokedKey(issuer, keyId),
    subjectsNamed: (attribute, value) => names.keysOf(attribute, value),
  };
}

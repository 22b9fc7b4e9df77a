/** `diode-sender tokens`: what the issued-token log has, of a running sender or one that does not run. */
import { existsSync } from 'node:fs';
import { requireDirectory } from '../../src/cli/directory.ts';
import { addCommand, type CommandLine, InvalidArgumentError, Option } from '../../src/cli/program.ts';
import { directoryLayout } from '../../src/config/directory-layout.ts';
import { parseRfc3339 } from '../../src/identity/rfc3339.ts';
import { ISSUED_LOG_SCHEMA, type LoggedToken, searchIssued } from '../issuer/issued-log.ts';
import { readSenderStore } from '../sender-store.ts';

interface TokensOptions {
  readonly jti?: string;
  readonly sha256?: string;
  readonly subject?: string;
  readonly audience?: string;
  readonly goodAt?: number;
  readonly json?: boolean;
}

export function addTokensCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'tokens <DIR>',
      description: 'show tokens that this sender issued, oldest first; never a token itself',
      options: [
        new Option('--subject <SUB>', 'whose'),
        new Option('--jti <ID>', 'the one of this id'),
        new Option('--sha256 <HEX>', 'the one of this digest; without a subject it reads the whole log').argParser(
          parseDigest,
        ),
        new Option('--audience <AUD>', 'for whom'),
        new Option('--good-at <TIME>', 'good at this time, such as 2026-11-25T14:02:00Z, or now').argParser(
          parseGoodAt,
        ),
        new Option('--json', 'one JSON object a line'),
      ],
      examples: [
        'diode-sender tokens DIR --subject 2819c223 --good-at now',
        'diode-sender tokens DIR --jti AZ8mq1bQd0O2pV4o9yXw3A --json',
      ],
    },
    (directory: string, { json, goodAt, ...texts }: TokensOptions): 0 => {
      const layout = directoryLayout('diode-sender', directory);
      requireDirectory('diode-sender', layout);
      if (!existsSync(layout.store)) return 0;
      const store = readSenderStore(layout.store, ISSUED_LOG_SCHEMA);
      try {
        const query = { ...texts, ...(goodAt !== undefined && { goodAtMs: goodAt }) };
        for (const token of searchIssued(store, query)) {
          process.stdout.write(`${json ? JSON.stringify(tokenObject(token)) : tokenText(token)}\n`);
        }
      } finally {
        store.close();
      }
      return 0;
    },
  );
}

type FoundToken = LoggedToken & { readonly revision: string };

function tokenObject({ issuedAtMs, expiresAtMs, ...token }: FoundToken) {
  return { ...token, issuedAt: new Date(issuedAtMs).toISOString(), expiresAt: new Date(expiresAtMs).toISOString() };
}

function tokenText(token: FoundToken): string {
  const { jti, subject, audience, issuedAt, expiresAt, sha256, keyId, revision } = tokenObject(token);
  return [
    `${jti}  ${issuedAt} to ${expiresAt}`,
    `  subject   ${JSON.stringify(subject)}, for ${audience}`,
    `  sha256    ${sha256}`,
    `  key       ${keyId}`,
    `  revision  ${revision}`,
  ].join('\n');
}

function parseDigest(typed: string): string {
  if (/^[0-9a-f]{64}$/i.test(typed)) return typed.toLowerCase();
  throw new InvalidArgumentError('Give 64 hexadecimal digits.');
}

function parseGoodAt(typed: string): number {
  const atMs = typed === 'now' ? Date.now() : parseRfc3339(typed);
  if (atMs !== undefined) return atMs;
  throw new InvalidArgumentError('Give a time such as 2026-11-25T14:02:00Z, or now.');
}

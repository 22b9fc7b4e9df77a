import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { IdentityConfig } from '../../../src/config/identity-config.ts';
import { canonicalJson, parseCanonicalJson } from '../../../src/identity/canonical-json.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';
import type { JsonValue } from '../../../src/identity/json-value.ts';
import { jwksKey, memberKey, subjectKey, type TokenKeyParts, tokenKey } from '../../../src/identity/key.ts';
import { checkRecordAgainstRules } from '../../../src/identity/record-check.ts';
import { isRefusal } from '../../../src/identity/refusal.ts';
import { parseSourceLine } from '../../../src/identity/source-line.ts';

type LinePart = string | { readonly repeat: string; readonly times: number };

interface LineCase {
  readonly name: string;
  readonly line?: string;
  readonly lineParts?: readonly LinePart[];
  readonly item?: object;
  readonly refused?: string;
  readonly path?: string;
}

interface RecordCase {
  readonly name: string;
  readonly record: Parameters<typeof checkRecordAgainstRules>[1];
  readonly key?: string;
  readonly value?: string | null;
  readonly refused?: string;
  readonly path?: string;
}

const canonical = read('canonical-json') as {
  canonical: { name: string; text: string; canonical: string }[];
  numbers: [string, string][];
  accepted: string[];
  refused: { text: string; code: string }[];
};
const keys = read('keys') as {
  subject: { type: string; id: string; key: string }[];
  member: { group: string; member: string; key: string }[];
  token: (TokenKeyParts & { key: string })[];
  jwks: { issuer: string; key: string }[];
};
const lines = read('source-lines') as { config: IdentityConfig; nowMs: number; cases: LineCase[] };
const records = read('records') as { config: IdentityConfig; cases: RecordCase[] };

describe('canonical JSON vectors', () => {
  it.each(canonical.canonical)('writes $name', ({ text, canonical: expected }) => {
    expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(expected);
  });

  it.each(canonical.numbers)('writes the double %s as %s', (bits, expected) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE(0))).toBe(expected);
  });

  it.each(canonical.accepted)('accepts %s', (text) => {
    expect(parseCanonicalJson(text)).toMatchObject({ value: JSON.parse(text) as unknown });
  });

  it.each(canonical.refused)('refuses $text as $code', ({ text, code }) => {
    expect(parseCanonicalJson(text)).toMatchObject({ refused: code });
  });
});

describe('key vectors', () => {
  it.each(keys.subject)('writes $key', ({ type, id, key }) => expect(subjectKey(type, id)).toBe(key));
  it.each(keys.member)('writes $key', ({ group, member, key }) => expect(memberKey(group, member)).toBe(key));
  it.each(keys.token)('writes $key', ({ key, ...parts }) => expect(tokenKey(parts)).toBe(key));
  it.each(keys.jwks)('writes $key', ({ issuer, key }) => expect(jwksKey(issuer)).toBe(key));
});

describe('source line vectors', () => {
  const rules = compileIdentityRules(lines.config);

  it.each(lines.cases)('$name', ({ line, lineParts, item, refused, path }) => {
    const text = line ?? (lineParts ?? []).map(toText).join('');
    const parsed = parseSourceLine(rules, text, lines.nowMs);
    if (item === undefined) expect(parsed).toMatchObject({ refused, path });
    else expect(parsed).toEqual(item);
  });

  it.each(lines.cases.filter(({ line }) => line !== undefined))(
    'says nothing of "$name" cut at any byte',
    (testCase) => {
      const bytes = Buffer.from(testCase.line ?? '', 'utf8');
      for (let length = 0; length < bytes.length; length++) {
        expect(isRefusal(parseSourceLine(rules, bytes.toString('utf8', 0, length), lines.nowMs))).toBe(true);
      }
    },
  );
});

describe('record vectors', () => {
  const rules = compileIdentityRules(records.config);

  it.each(records.cases)('$name', ({ record, key, value, refused, path }) => {
    const checked = checkRecordAgainstRules(rules, record);
    if (refused === undefined) expect(checked).toMatchObject({ key, value: value ?? undefined });
    else expect(checked).toMatchObject({ refused, path });
  });
});

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../vectors/identity/${name}.json`, import.meta.url), 'utf8'));
}

function toText(part: LinePart): string {
  return typeof part === 'string' ? part : part.repeat.repeat(part.times);
}

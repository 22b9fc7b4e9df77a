import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, isCanonicalJson, parseCanonicalJson } from '../../src/identity/canonical-json.ts';
import { compileIdentityRules } from '../../src/identity/identity-rules.ts';
import type { JsonValue } from '../../src/identity/json-value.ts';
import { memberKey, subjectKey, tokenKey } from '../../src/identity/key.ts';
import { checkRecordAgainstRules } from '../../src/identity/record-check.ts';
import { isRefusal } from '../../src/identity/refusal.ts';
import { parseSourceLine } from '../../src/identity/source-line.ts';
import { parseStrictJson } from '../../src/identity/strict-json.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 10);
const FORBIDDEN: readonly string[] = ['__proto__', 'constructor', 'prototype'];
const rules = compileIdentityRules({
  resourceTypes: [{ type: 'User' }, { type: 'Group' }, { type: 'Role', schema: 'urn:x:Role', attributes: ['any'] }],
  tokenIssuers: ['*'],
});

// Text that holds what scanners stumble over: quotes, backslashes, colons, brackets, half pairs, prototype names.
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '"', '\\', ':', '{', ']', '1', '0', 'é', '\n', '😀') }),
  fc.constantFrom('10', '9', '', 'id', ...FORBIDDEN),
);
const jsonTree: fc.Arbitrary<JsonValue> = fc.letrec<{ tree: JsonValue }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(name, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).tree;

/** JSON as a careless writer makes it: members in any order, some twice, escapes and white space anywhere. */
const looseText = fc.tuple(jsonTree, fc.infiniteStream(fc.nat({ max: 9 }))).map(([tree, stream]) => {
  const next = () => stream.next().value as number;
  const space = () => (next() === 0 ? ' ' : '');
  const quote = (text: string) => {
    const quoted = JSON.stringify(text);
    return next() === 0 ? quoted.replace('a', '\\u0061') : quoted;
  };
  const write = (value: JsonValue): string => {
    if (typeof value === 'string') return quote(value);
    if (typeof value !== 'object' || value === null) return Number.isFinite(value) ? String(value) : 'null';
    if (Array.isArray(value)) return `[${value.map(write).join(`${space()},`)}]`;
    const members = Object.entries(value).flatMap(([key, member]) => {
      const text = `${quote(key)}${space()}:${write(member)}`;
      return next() === 0 ? [text, text] : [text];
    });
    return `{${(next() === 0 ? members.reverse() : members).join(',')}${space()}}`;
  };
  return write(tree);
});

describe('strict JSON', () => {
  it('accepts what JSON.parse accepts, but duplicates, forbidden names, inexact numbers, lone surrogates and depth', () => {
    fc.assert(
      fc.property(looseText, (text) => {
        const parsed = parseStrictJson(text);
        const faults = faultsByReviver(text);
        expect(isRefusal(parsed)).toBe(faults);
        if (!isRefusal(parsed)) expect(parsed.value).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses half of a surrogate pair that is written as it is', () => {
    for (const text of ['{"a":"\ud800"}', '["\udc00"]', '{"\ud800":true}']) {
      expect(parseStrictJson(text)).toMatchObject({ refused: 'json-surrogate' });
      expect(parseCanonicalJson(text)).toMatchObject({ refused: 'json-surrogate' });
    }
  });

  it('takes an integer in any of its forms, and for canonical in its own alone', () => {
    const fraction = fc.constantFrom('', '.0', '.00');
    const exponent = fc.constantFrom('', 'e0', 'e1', 'E2', 'e3', 'e+12');
    const text = fc.tuple(fc.maxSafeInteger(), fraction, exponent).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.tuple(fc.integer(), fraction, exponent).map((parts) => parts.join('')),
        ),
        (text) => {
          const value = Number(text);
          expect(isRefusal(parseStrictJson(text))).toBe(!Number.isSafeInteger(value));
          expect(isCanonicalJson(text)).toBe(Number.isSafeInteger(value) && text === String(value));
        },
      ),
    );
  });

  it('never throws, whatever the text', () => {
    const soup = fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '1', 'u', ' ', '\ud800') });
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (text) => void parseStrictJson(text)),
      {
        numRuns: 3_000,
      },
    );
  });
});

describe('canonical JSON', () => {
  it('is a fixed point: what was written canonically is accepted and gives the same tree', () => {
    fc.assert(
      fc.property(jsonTree, (tree) => {
        const text = canonicalJson(JSON.parse(JSON.stringify(tree)) as JsonValue);
        const parsed = parseCanonicalJson(text);
        if (isRefusal(parsed)) expect(faultsByReviver(text)).toBe(true);
        else expect(canonicalJson(parsed.value)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('accepts a text only where it is its own canonical form', () => {
    fc.assert(
      fc.property(looseText, (text) => {
        const isFixedPoint = !faultsByReviver(text) && canonicalJson(JSON.parse(text) as JsonValue) === text;
        expect(isCanonicalJson(text)).toBe(isFixedPoint);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('identity grammar', () => {
  const resource = fc.record(
    {
      schemas: fc.constant(['urn:ietf:params:scim:schemas:core:2.0:User']),
      id: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
      userName: fc.string({ minLength: 1, unit: 'grapheme' }),
      active: fc.boolean(),
      title: fc.option(fc.string(), { nil: null }),
      name: fc.record({ familyName: fc.string(), givenName: fc.option(fc.string(), { nil: null }) }),
      emails: fc.array(fc.record({ value: fc.string(), type: fc.string() }), { maxLength: 3 }),
      groups: fc.constant([{ value: 'g' }]),
    },
    { requiredKeys: ['schemas', 'id', 'userName'] },
  );

  it('lets the receiver accept each record that the sender lets through', () => {
    fc.assert(
      fc.property(resource, (user) => {
        const item = parseSourceLine(rules, JSON.stringify({ type: 'User', op: 'put', resource: user }), NOW_MS);
        fc.pre(!isRefusal(item) && item.kind === 'put');
        if (isRefusal(item) || item.kind !== 'put') return;
        const { type, id, resource: text } = item;
        const checked = checkRecordAgainstRules(rules, { kind: 'delta', operation: 'put', type, id, resource: text });
        expect(checked).toMatchObject({ key: subjectKey('User', user.id), value: text });
      }),
      { numRuns: 1_000 },
    );
  });

  it('never throws and never repeats a value, whatever the line says', () => {
    const value = 's3cr3t-v4lue';
    const line = jsonTree.map((tree) => JSON.stringify({ type: 'User', op: 'put', resource: tree, at: value }));
    const declared = jsonTree.map((tree) =>
      JSON.stringify({
        type: 'Role',
        op: 'put',
        resource: { schemas: ['urn:x:Role'], id: 'r', any: [tree], [value]: 1 },
      }),
    );
    fc.assert(
      fc.property(fc.oneof(line, declared, fc.string()), (text) => {
        const parsed = parseSourceLine(rules, text, NOW_MS);
        if (isRefusal(parsed)) expect(parsed.detail).not.toContain(value);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses a secret name at any depth of a declared attribute', () => {
    const secret = fc.constantFrom(
      'password',
      'PASSWORD',
      'pass-word',
      'Client_Secret',
      'ｐassword',
      'paſsword',
      'privateKey',
    );
    fc.assert(
      fc.property(secret, fc.array(fc.boolean(), { maxLength: 8 }), (hidden, nesting) => {
        const any = nesting.reduce<JsonValue>((inner, isArray) => (isArray ? [inner] : { x: inner }), { [hidden]: '' });
        const line = { type: 'Role', op: 'put', resource: { schemas: ['urn:x:Role'], id: 'r', any } };
        expect(parseSourceLine(rules, JSON.stringify(line), NOW_MS)).toMatchObject({ refused: 'attribute-secret' });
      }),
    );
  });
});

describe('keys', () => {
  const part = fc.string({ unit: 'grapheme', maxLength: 20 });

  it('are ASCII without the joints, and different for different subjects', () => {
    fc.assert(
      fc.property(part, part, part, part, (a, b, c, d) => {
        expect(subjectKey('User', a)).toMatch(/^User\|[A-Za-z0-9._~%-]*$/);
        expect(memberKey(a, b) === memberKey(c, d)).toBe(a === c && b === d);
      }),
    );
  });

  it('do not depend on the order of a token’s audiences', () => {
    fc.assert(
      fc.property(part, part, fc.array(part, { maxLength: 4 }), (issuer, subject, audiences) => {
        const key = tokenKey({ issuer, subject, audiences, slot: '' });
        expect(tokenKey({ issuer, subject, audiences: [...audiences].reverse(), slot: '' })).toBe(key);
      }),
    );
  });
});

/** The strict rules told another way: a hand-made parser for the names, a reviver for the values. */
function faultsByReviver(text: string): boolean {
  let isFaulty = false;
  JSON.parse(text, (key, value: unknown) => {
    if (FORBIDDEN.includes(key) || /\p{Surrogate}/u.test(key)) isFaulty = true;
    if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) isFaulty = true;
    if (typeof value === 'number' && !(Math.abs(value) < 2 ** 53 || !Number.isInteger(value))) isFaulty = true;
    return value;
  });
  return isFaulty || hasDuplicatesOrDepth(text);
}

function hasDuplicatesOrDepth(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let isFaulty = false;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"\s*:?|[{}[\]]/gs) ?? [];
  for (const token of tokens) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token.endsWith(':')) {
      const key = JSON.parse(token.slice(0, -1)) as string;
      if (open.at(-1)?.has(key)) isFaulty = true;
      open.at(-1)?.add(key);
    }
    if (open.length > 16) isFaulty = true;
  }
  return isFaulty;
}

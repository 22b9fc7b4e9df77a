import assert from 'node:assert/strict';
import { canonicalJson, parseCanonicalJson } from '../../../src/identity/canonical-json.ts';
import { isRefusal } from '../../../src/identity/refusal.ts';
import { parseStrictJson } from '../../../src/identity/strict-json.ts';

/** An odd first byte reads UTF-16, which has lone surrogates, an even one UTF-8. */
export function fuzz(input: Buffer): void {
  const text = input.subarray(1).toString((input[0] ?? 0) % 2 === 1 ? 'utf16le' : 'utf8');
  const canonical = parseCanonicalJson(text);
  if (!isRefusal(canonical)) assert.equal(canonicalJson(canonical.value), text);
  const strict = parseStrictJson(text);
  if (isRefusal(strict)) {
    assert.ok(isRefusal(canonical), 'canonical JSON is strict JSON');
    return;
  }
  assert.deepEqual(strict.value, JSON.parse(text));
  const written = canonicalJson(strict.value);
  const again = parseCanonicalJson(written);
  assert.ok(!isRefusal(again), 'what is written canonically is read');
  assert.equal(canonicalJson(again.value), written);
}

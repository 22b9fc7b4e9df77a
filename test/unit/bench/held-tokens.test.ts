import { describe, expect, it } from 'vitest';
import { HeldTokens } from '../../../bench/benchmarks/issuer/held-tokens.ts';

const token = (exp: number) =>
  Buffer.from(`e30.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.c2ln`, 'latin1');

describe('held tokens', () => {
  it('know who has a good one, and how little was left at a renewal', () => {
    const held = new HeldTokens();
    held.handle({ key: 'a', value: token(10) }, 1_000);
    held.handle({ key: 'b', value: token(20) }, 1_000);
    expect([held.good(9_999), held.good(10_000), held.renewals]).toEqual([2, 1, 0]);
    held.handle({ key: 'b', value: token(30) }, 18_000);
    expect([held.renewals, held.leastLeftMs]).toEqual([1, 2_000]);
    held.handle({ key: 'a', value: token(40) }, 10_500);
    expect([held.renewals, held.leastLeftMs, held.good(11_000)]).toEqual([2, -500, 2]);
  });

  it('end with a tombstone, and the next one is no renewal', () => {
    const held = new HeldTokens();
    held.handle({ key: 'a', value: token(10) }, 1_000);
    held.handle({ key: 'a', value: null }, 2_000);
    expect(held.good(3_000)).toBe(0);
    held.handle({ key: 'a', value: token(20) }, 15_000);
    expect([held.tombstones, held.renewals, held.good(15_000)]).toEqual([1, 0, 1]);
  });
});

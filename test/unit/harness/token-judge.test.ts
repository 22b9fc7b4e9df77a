/** The judge of the rotation day finds each fault that it is there for. */
import { describe, expect, it } from 'vitest';
import { type Holder, type JudgedDay, judgeDay } from '../../support/token-judge.ts';
import type { SeenToken } from '../../support/token-reader.ts';

const REVOKED = { keyId: 'stolen', atMs: 50_000 };

/** Read at this second; `exp` absent: a tombstone. */
function seen(readSeconds: number, exp?: number, more: Partial<SeenToken> = {}): SeenToken {
  const common = { key: 'Token|ann', readMs: readSeconds * 1_000, lagMs: 5, revision: '1.1.0' };
  if (exp === undefined) return { ...common, jws: null, reason: 'revoked', ...more };
  return { ...common, jws: 'a.b.c', keyId: 'good', claims: { sub: 'ann', exp, roles: ['reader'] }, ...more };
}

function judge(records: readonly SeenToken[], holder: Holder | undefined = {}, more: Partial<JudgedDay> = {}) {
  const holders = new Map(holder === undefined ? [] : [['ann', holder]]);
  return judgeDay({ seen: records, holders, revokedKey: REVOKED, endMs: 100_000, ...more });
}

describe('the judge of a rotation day', () => {
  it('is content with successors in time, and measures what was left', () => {
    const verdict = judge([seen(1, 61), seen(41, 101), seen(90, 150)]);
    expect(verdict).toMatchObject({ missing: [], invalid: [], renewals: 2, leastLeftMs: 11_000, longestLagMs: 5 });
  });

  it.each([
    ['a successor is read after the token before expired', [seen(1, 61), seen(61, 121)], {}],
    ['the last one expired before the end', [seen(1, 61)], {}],
    ['it is taken back, though its successor follows at once', [seen(1, 200), seen(5), seen(5, 200)], {}],
    ['it is taken back before its holder ended', [seen(1, 200), seen(5)], { endedMs: 6_000 }],
    ['there never was one', [], {}],
  ])('misses a token where %s', (_, records, holder) => {
    expect(judge(records, holder).missing).toHaveLength(1);
  });

  it('misses none once its holder ended, and says for how long it was held on', () => {
    expect(judge([seen(1, 31)], { endedMs: 20_000 })).toMatchObject({ missing: [], longestHeldMs: 11_000 });
    expect(judge([seen(1, 200), seen(22)], { endedMs: 20_000 })).toMatchObject({ missing: [], longestHeldMs: 2_000 });
  });

  it.each([
    ['expired before it was read', [seen(61, 61)], undefined],
    ['came back after its holder ended', [seen(1, 200), seen(21), seen(22, 200)], { endedMs: 20_000 }],
    [
      'came back under the revoked key',
      [seen(51), seen(60, 200, { keyId: 'stolen', claims: { sub: 'nobody', exp: 200 } })],
      undefined,
    ],
  ])('finds a token that %s', (_, records, holder) => {
    expect(judge(records, holder).invalid).toHaveLength(1);
  });

  it('counts a token under the revoked key as held until it is gone', () => {
    const stolen = seen(1, 200, { keyId: 'stolen', claims: { sub: 'nobody', exp: 200 } });
    expect(judge([stolen, seen(54)], undefined, { holders: new Map() }).longestHeldMs).toBe(4_000);
    expect(judge([stolen], undefined, { holders: new Map() }).longestHeldMs).toBe(50_000);
  });

  it('measures when other roles are in a token, for ever where they never are', () => {
    const change = { atMs: 10_000, roles: ['writer'] };
    const changed = seen(12, 200, { claims: { sub: 'ann', exp: 200, roles: ['writer'] } });
    expect(judge([seen(1, 200), changed], { change }).longestChangeMs).toBe(2_000);
    expect(judge([seen(1, 200)], { change }).longestChangeMs).toBe(Number.POSITIVE_INFINITY);
  });
});

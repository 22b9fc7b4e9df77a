import { describe, expect, it } from 'vitest';
import { signTokens } from '../../../bench/benchmarks/tokens/signed-tokens.ts';
import { refusalFaults, tokenFaults } from '../../../bench/benchmarks/tokens/token-run.ts';
import { parseSpeed } from '../../../bench/support/openssl-speed.ts';

describe('what became of tokens', () => {
  const ends = (...published: string[][]) => published.map((some) => ({ published: some, counts: {} }));

  it('is right where each was published once, in order', () => {
    expect(tokenFaults(ends(['a', 'b'], ['c']), ['a', 'b', 'c'])).toEqual([]);
  });

  it.each([
    ['missing', [['a', 'b']], '2 of 3'],
    [
      'doubled',
      [
        ['a', 'b'],
        ['c', 'c'],
      ],
      '4 of 3',
    ],
    ['altered', [['a', 'x'], ['c']], 'differs is 1'],
    ['out of order', [['b', 'a'], ['c']], 'differs is 0'],
  ])('is wrong where one is %s', (_, published, fault) => {
    expect(tokenFaults(ends(...published), ['a', 'b', 'c'])).toEqual([expect.stringContaining(fault)]);
  });

  it('is wrong where what must be refused was not', () => {
    const counts = { superseded: 4, 'quarantined signature': 1, 'quarantined jti-reused': 1 };
    expect(refusalFaults({ published: [], counts }, 4)).toEqual([]);
    expect(refusalFaults({ published: ['x'], counts }, 4)).toHaveLength(1);
    expect(refusalFaults({ published: [], counts: { ...counts, superseded: 3 } }, 4)).toHaveLength(1);
    expect(refusalFaults({ published: [], counts: { superseded: 4, 'quarantined signature': 2 } }, 4)).toHaveLength(1);
  });
});

describe('signed tokens', () => {
  it('have the length of real ones, another jti each, and a forgery that is a token otherwise', () => {
    const { tokens, forged, reused } = signTokens('EdDSA', { count: 3, nowMs: 1e12 });
    const jti = (jws: string) => JSON.parse(Buffer.from(String(jws.split('.')[1]), 'base64url').toString()).jti;
    expect(new Set(tokens.map(jti)).size).toBe(3);
    expect(jti(reused)).toBe(jti(String(tokens[0])));
    expect(forged.split('.').slice(0, 2)).toEqual(tokens[0]?.split('.').slice(0, 2));
    expect(forged.split('.')[2]).toBe(tokens[1]?.split('.')[2]);
    expect(tokens[0]?.length).toBeGreaterThan(500);
  });
});

describe('openssl speed', () => {
  const of = { messageBytes: 1, seconds: 2 };

  it('counts verifications, which come behind the signings', () => {
    const text =
      '+DTP:253:sign:Ed25519:2\n+R8:7755:253:Ed25519:0.28\n+DTP:253:verify:Ed25519:2\n+R9:1000:253:Ed25519:0.10\n';
    expect(parseSpeed(text, of)).toEqual({ perCoreSecond: 10_000, perSecond: 500 });
    expect(parseSpeed('+R1:417:2048:0.12\n+R2:8000:2048:0.16\n+F2:2:2048:3475.0:59821.4\n', of).perCoreSecond).toBe(
      50_000,
    );
  });

  it('counts the bytes of a digest', () => {
    const text = '+DT:sha256:2:262144\n+R:1000:sha256:0.250000\n+H:262144\n+F:25:sha256:1802625505.88\n';
    expect(parseSpeed(text, { messageBytes: 100, seconds: 2 })).toEqual({ perCoreSecond: 400_000, perSecond: 50_000 });
  });

  it('throws where it said something else', () => {
    expect(() => parseSpeed('speed: unknown algorithm', of)).toThrow('unknown algorithm');
  });
});

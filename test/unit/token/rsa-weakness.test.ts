import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rsaWeakness } from '../../../src/token/rsa-weakness.ts';

const E = Buffer.from([1, 0, 1]);

function bytes(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

/** A modulus as the faulty generator makes it: of two "primes" k·M + (65537^a mod M), whose product is a power of 65537 modulo M. */
function rocaModulus(exponent: bigint, blocks: bigint): bigint {
  const primes: bigint[] = [];
  for (let candidate = 2n; primes.length < 126; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0n)) primes.push(candidate);
  }
  const m = primes.reduce((product, prime) => product * prime, 1n);
  let power = 1n;
  for (let step = 0n; step < exponent; step++) power = (power * 65_537n) % m;
  return blocks * m + power;
}

describe('the numbers of an RSA key', () => {
  it('of an ordinary key have nothing wrong with them', () => {
    for (let round = 0; round < 3; round++) {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
      expect(rsaWeakness(Buffer.from(n, 'base64url'), Buffer.from(e, 'base64url'))).toBeUndefined();
    }
  });

  it('that have the form of the faulty generator are told', () => {
    const modulus = rocaModulus(1_234n, 2n ** 1_077n + 12_345n);
    expect(modulus.toString(2).length).toBeGreaterThan(2_047);
    expect(rsaWeakness(bytes(modulus), E)).toContain('CVE-2017-15361');
    // The next of the same length has another remainder.
    expect(rsaWeakness(bytes(modulus + 2n), E)).toBeUndefined();
  });

  const odd = (bits: bigint) => 2n ** (bits - 1n) + 2n ** 700n + 12_345_677n;
  it.each([
    ['fewer than 2048 bits', odd(2_047n), E],
    ['more than 16384 bits', odd(16_385n), E],
    ['even', odd(2_048n) + 1n, E],
    ['exponent is 1', odd(2_048n), Buffer.from([1])],
    ['exponent is 1', odd(2_048n), Buffer.from([0, 0, 1])],
    ['odd number from 3', odd(2_048n), Buffer.from([2])],
    ['odd number from 3', odd(2_048n), Buffer.from([0])],
    ['odd number from 3', odd(2_048n), Buffer.alloc(0)],
    ['odd number from 3', odd(2_048n), Buffer.alloc(9, 0xff)],
    ['fewer than 2048 bits', 0n, E],
  ])('"%s" is told', (said, modulus, exponent) => {
    expect(rsaWeakness(bytes(modulus), exponent)).toContain(said);
  });

  it('may have leading zeros, which change nothing', () => {
    const modulus = Buffer.concat([Buffer.alloc(9), bytes(odd(2_048n))]);
    expect(rsaWeakness(modulus, Buffer.concat([Buffer.alloc(3), E]))).toBeUndefined();
  });
});

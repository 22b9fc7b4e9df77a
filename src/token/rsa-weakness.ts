/** RSA public keys that no signature should be believed under, by their numbers alone. */

/** RFC 7518 §3.3. */
const MIN_BITS = 2_048;
/** What OpenSSL verifies at most; a check costs the square of the length. */
const MAX_BITS = 16_384;
/** Larger ones gain nothing, and a check costs their length (NIST SP 800-56B rev. 2 allows 256 bits, OpenSSL 64 above 3,072). */
const MAX_EXPONENT_BITS = 64;

/**
 * What is wrong with a key of this modulus and exponent, big-endian: a length, an even number, an exponent below 3, or the
 * form that Infineon's library gave its primes (ROCA, CVE-2017-15361). Undefined: nothing that can be seen from outside.
 */
export function rsaWeakness(modulus: Uint8Array, exponent: Uint8Array): string | undefined {
  const n = toInteger(modulus);
  const e = toInteger(exponent);
  const bits = bitLength(n);
  if (bits < MIN_BITS) return `its modulus has fewer than ${MIN_BITS} bits`;
  if (bits > MAX_BITS) return `its modulus has more than ${MAX_BITS} bits`;
  if (n % 2n === 0n) return 'its modulus is even';
  if (e === 1n) return 'its exponent is 1';
  if (e < 3n || e % 2n === 0n || bitLength(e) > MAX_EXPONENT_BITS) {
    return `its exponent is not an odd number from 3, of at most ${MAX_EXPONENT_BITS} bits`;
  }
  if (hasRocaForm(n)) return 'its primes come from a faulty generator (ROCA, CVE-2017-15361), so anybody can find them';
  return undefined;
}

/**
 * Nemec, Sys, Svenda, Klinec, Matyas, "The Return of Coppersmith's Attack", CCS 2017, section 2: such primes are
 * k·M + (65537^a mod M), M the product of the first primes, so modulo each of these primes the modulus is a power of 65537.
 * The powers of those up to 167, the 39 that the shortest keys have, miss enough remainders that another modulus passes all
 * of them once in 2^27.
 */
const ROCA_PRIMES = primesUpTo(167).filter((prime) => prime > 2);
const GENERATOR = 65_537;

function hasRocaForm(n: bigint): boolean {
  return ROCA_PRIMES.every((prime) => isPower(Number(n % BigInt(prime)), prime));
}

function isPower(value: number, prime: number): boolean {
  let power = 1;
  do {
    if (power === value) return true;
    power = (power * GENERATOR) % prime;
  } while (power !== 1);
  return false;
}

function primesUpTo(last: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; candidate <= last; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

import { describe, expect, it } from 'vitest';
import { deltaFrames, noiseFrames, userDeltas } from '../../../bench/benchmarks/verify/signed-frames.ts';
import { readRecords, tamperFaults, verifyChain } from '../../../bench/benchmarks/verify/verified-chain.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';

const noise = noiseFrames({ count: 3, bodyBytes: 4_096, seed: 1 });
const deltas = userDeltas({ count: 40, resourceBytes: 500, seed: 1 });
const rules = compileIdentityRules({ resourceTypes: [{ type: 'User' }], tokenIssuers: [] });

describe('verified chain', () => {
  it('takes every frame that was signed, and is told what each tampering came to', () => {
    expect(verifyChain(noise)).toHaveLength(3);
    expect(tamperFaults(noise)).toEqual([]);
  });

  it('refuses frames of another key, and an order that is not theirs', () => {
    const [first, second, third] = noise.frames as [Uint8Array, Uint8Array, Uint8Array];
    expect(verifyChain({ ...noise, publicKey: Buffer.alloc(32, 9) })).toBe('signature');
    expect(verifyChain({ ...noise, frames: [first, third, second] })).toBe('chain');
  });

  it('gives the value of each record as it was put', () => {
    expect(readRecords(deltaFrames(deltas), rules)).toEqual(deltas.map(({ resource }) => resource));
    expect(deltas.every(({ resource }) => resource?.length === 500)).toBe(true);
  });

  it('says what a record is refused for', () => {
    const [first] = deltas as [(typeof deltas)[number]];
    const named = { ...first, resource: first.resource?.replace('"title"', '"titel"') as string };
    expect(readRecords(deltaFrames([named]), rules)).toBe('attribute-unknown');
  });
});

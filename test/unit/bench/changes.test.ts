import { describe, expect, it } from 'vitest';
import { makeChanges } from '../../../bench/benchmarks/wire/changes.ts';

describe('makeChanges', () => {
  it.each(['words', 'noise'] as const)('makes users of exactly the bytes asked for, each its own (%s)', (filler) => {
    const lines = makeChanges({ count: 20, resourceBytes: 1_024, filler, seed: 1 });
    const resources = lines.map((line) => (JSON.parse(line) as { resource: { id: string } }).resource);
    for (const resource of resources) expect(Buffer.byteLength(JSON.stringify(resource))).toBe(1_024);
    expect(new Set(resources.map(({ id }) => id)).size).toBe(20);
  });

  it('makes the same for the same seed, and others for another', () => {
    const make = (seed: number) => makeChanges({ count: 3, resourceBytes: 1_024, filler: 'words', seed });
    expect(make(5)).toEqual(make(5));
    expect(make(5)).not.toEqual(make(6));
  });

  it('says so where a user does not fit', () => {
    expect(() => makeChanges({ count: 1, resourceBytes: 50, filler: 'noise', seed: 1 })).toThrow('more than 50');
  });
});

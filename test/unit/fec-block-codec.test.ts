import { describe, expect, it } from 'vitest';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { assertGeometry, geometryProblem, symbolsProblem } from '../../src/fec/geometry.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';

const codec = new BlockCodec(loadKernelModule());
const geometry = { sourceCount: 3, repairCapacity: 8 };
const source = [1, 2, 3].map((value) => new Uint8Array(64).fill(value));

describe('geometry', () => {
  it.each([
    [1, 2],
    [240, 16],
    [240, 2],
    [192, 64],
    [128, 128],
    [1, 128],
  ])('takes %i/%i', (sourceCount, repairCapacity) => {
    expect(geometryProblem({ sourceCount, repairCapacity })).toBeUndefined();
    expect(() => assertGeometry({ sourceCount, repairCapacity })).not.toThrow();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d', (value) => {
    expect(geometryProblem({ sourceCount: value, repairCapacity: 2 })).toBe('fec-source-count');
    expect(geometryProblem({ sourceCount: 1, repairCapacity: value })).toBe('fec-repair-capacity');
  });

  it('shows what it refused', () => {
    expect(() => assertGeometry({ sourceCount: 3, repairCapacity: 5 })).toThrow('fec-repair-capacity: k=3, M=5');
  });
});

describe('encode', () => {
  it('leaves the source alone', () => {
    codec.encode(geometry, source, 8);
    expect(source.map((symbol) => symbol[0])).toEqual([1, 2, 3]);
  });

  it('gives no symbols when none are asked for', () => {
    expect(codec.encode(geometry, source, 0)).toEqual([]);
  });

  it.each([-1, 9, 1.5, Number.NaN])('refuses %d repair symbols of 8', (repairCount) => {
    expect(() => codec.encode(geometry, source, repairCount)).toThrow('fec-repair-count');
  });

  it('refuses source that is not k symbols of one length', () => {
    expect(() => codec.encode(geometry, source.slice(1), 2)).toThrow('fec-symbol-count');
    expect(() => codec.encode(geometry, [...source.slice(1), new Uint8Array(128)], 2)).toThrow('fec-symbol-bytes');
    expect(() =>
      codec.encode(
        geometry,
        [9024, 9024, 9024].map((n) => new Uint8Array(n)),
        2,
      ),
    ).toThrow('fec-symbol-bytes');
  });
});

describe('encodeRun', () => {
  const run = Buffer.concat(source);

  it.each([64, 63, 1])('gives what encode gives, of a last symbol of %i bytes filled up with zeros', (lastBytes) => {
    const filled = [...source.slice(0, 2), new Uint8Array(64).fill(3, 0, lastBytes)];
    // A larger block before: nothing of it may be left.
    codec.encode({ sourceCount: 4, repairCapacity: 8 }, [...source, new Uint8Array(64).fill(0xff)], 8);
    codec.encode(
      geometry,
      [0xff, 0xff, 0xff].map((value) => new Uint8Array(64).fill(value)),
      8,
    );
    expect(codec.encodeRun(geometry, run.subarray(0, 128 + lastBytes), 64, 5)).toEqual(
      codec.encode(geometry, filled, 5),
    );
  });

  it('refuses more or less than k symbols, lengths that are none, and counts beyond M', () => {
    for (const bytes of [0, 128, 193]) {
      expect(() => codec.encodeRun(geometry, new Uint8Array(bytes), 64, 2)).toThrow('fec-symbol-count');
    }
    for (const symbolBytes of [0, -64, 63, 8_961, 9_024, Number.NaN, 64.5]) {
      expect(() => codec.encodeRun(geometry, run, symbolBytes, 2)).toThrow('fec-symbol-bytes');
    }
    expect(() => codec.encodeRun({ sourceCount: 241, repairCapacity: 8 }, run, 64, 2)).toThrow('fec-source-count');
    expect(() => codec.encodeRun(geometry, run, 64, 9)).toThrow('fec-repair-count');
  });
});

describe('decode', () => {
  const repair = codec.encode(geometry, source, 8);

  it('puts missing symbols into their places and returns received ones as they are', () => {
    const symbols = [undefined, source[1], undefined, ...repair];
    const decoded = codec.decode(geometry, symbols);
    expect(decoded).toEqual(source);
    expect(decoded?.[1]).toBe(source[1]);
    expect(symbols.slice(0, 3)).toEqual(decoded);
  });

  it('takes symbols that end early, holes included', () => {
    const symbols: (Uint8Array | undefined)[] = [];
    symbols[4] = repair[1];
    symbols[1] = source[1];
    symbols[6] = repair[3];
    expect(codec.decode(geometry, symbols)).toEqual(source);
  });

  it('does not touch what it refuses', () => {
    const symbols = [undefined, source[1], undefined, repair[0]];
    expect(symbolsProblem(geometry, symbols)).toBe('fec-too-few-symbols');
    expect(codec.decode(geometry, symbols)).toBeUndefined();
    expect(symbols).toEqual([undefined, source[1], undefined, repair[0]]);
  });

  it('gives symbols that a later call does not change', () => {
    const decoded = codec.decode(geometry, [undefined, undefined, undefined, ...repair]);
    codec.encode(geometry, [source[2], source[1], source[0]] as Uint8Array[], 8);
    expect(decoded).toEqual(source);
  });
});

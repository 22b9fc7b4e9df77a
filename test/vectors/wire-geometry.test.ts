import { describe, expect, it } from 'vitest';
import { blockPlace, cutFrame, frameGeometry } from '../../src/wire/geometry.ts';
import { readVectors } from './wire-vectors.ts';

const { frames, refused } = readVectors('geometry');

describe('geometry', () => {
  it.each(frames)('cuts $frameBytes bytes into symbols of at most $maxSymbolBytes', (vector) => {
    const geometry = cutFrame(vector.frameBytes, vector.maxSymbolBytes);
    if (vector.cut === null || geometry === undefined) return expect(geometry ?? null).toBe(vector.cut);
    const { sourceCounts, offsetBytes, ...fields } = vector.cut;
    expect(geometry).toEqual({ ...fields, frameBytes: vector.frameBytes });
    expect(frameGeometry(geometry)).toEqual(geometry);
    const blocks = sourceCounts.map((_: number, index: number) => blockPlace(geometry, index));
    expect(blocks.map((block: { sourceCount: number }) => block.sourceCount)).toEqual(sourceCounts);
    expect(blocks.map((block: { offsetBytes: number }) => block.offsetBytes)).toEqual(offsetBytes);
  });

  it.each(refused)(
    'refuses $frameBytes bytes, symbols of $symbolBytes, $blockCount blocks',
    ({ frameBytes, symbolBytes, blockCount }) => {
      expect(frameGeometry({ frameBytes, symbolBytes, blockCount })).toBeUndefined();
    },
  );
});

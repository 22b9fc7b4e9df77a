/** How volumes and media fit, and how long a file of a volume may be on FAT32. */
import { describe, expect, it } from 'vitest';
import { placeVolumes, requireFewFiles } from '../../../sender/media/volume-placement.ts';
import { MEDIA_LIMITS } from '../../../src/limits.ts';

const MIB = 1024 ** 2;
const FAT32_MAX_FILE_BYTES = 2 ** 32 - 1;

describe('the files of a volume', () => {
  it.each([
    ['by themselves', undefined, 1_023],
    ['of one segment', 4, 1],
    ['of a segment and a part of one', 7, 1],
    ['of two segments', 8, 2],
    ['of 2 GiB', 2_048, 512],
    ['as long as FAT32 takes', 4_095, 1_023],
  ])('hold whole segments %s', (_, fileMib, segmentsPerFile) => {
    const placement = placeVolumes(['a'], fileMib === undefined ? {} : { fileMib });
    expect(placement.segmentsPerFile).toBe(segmentsPerFile);
    const bytes = segmentsPerFile * MEDIA_LIMITS.maxSegmentBytes;
    expect(bytes).toBeLessThanOrEqual(Math.min(FAT32_MAX_FILE_BYTES, (fileMib ?? 4_092) * MIB));
  });

  it.each([0, 1, 3, 4_096, 8_192])('are none of %i MiB', (fileMib) => {
    expect(() => placeVolumes(['a'], { fileMib })).toThrow(`Files of ${fileMib} MiB cannot be made. Give 4 to 4095.`);
  });

  it('are a thousand at most, so that their names sort: more are refused, with what would do', () => {
    const small = placeVolumes(['a'], { fileMib: 4 });
    expect(() => requireFewFiles(small, 3_990 * MIB)).not.toThrow();
    const seen = 'A volume of this bundle would have 1026 files, and may have 1000. Give --file-mib 8 or more';
    expect(() => requireFewFiles(small, 4_100 * MIB)).toThrow(seen);
    expect(() => requireFewFiles(placeVolumes(['a'], { fileMib: 8 }), 4_100 * MIB)).not.toThrow();
    expect(() => requireFewFiles(placeVolumes(['a', 'b'], { spare: 0, fileMib: 4 }), 4_100 * MIB)).not.toThrow();
    expect(() => requireFewFiles(placeVolumes(['a'], {}), MEDIA_LIMITS.maxSegments * 4 * MIB)).not.toThrow();
  });
});

describe('volumes', () => {
  it.each([
    [['a'], {}, ['a'], 1],
    [['a', 'b'], {}, ['a', 'b'], 1],
    [['a', 'b', 'c'], {}, ['a', 'b', 'c'], 2],
    [['a', 'b', 'c'], { spare: 0 }, ['a', 'b', 'c'], 3],
    [['a'], { volumes: 2, spare: 1 }, ['a', 'a', 'a'], 2],
    [['a', 'b', 'c'], { volumes: 2, spare: 1 }, ['a', 'b', 'c'], 2],
    [['a'], { volumes: 16 }, Array.from({ length: 16 }, () => 'a'), 16],
  ])('of %j with %j lie on %j', (media, options, places, dataVolumes) => {
    expect(placeVolumes(media, options)).toMatchObject({ media: places, dataVolumes });
  });

  it.each([
    [['a'], { volumes: 17 }, 'That makes 17 volumes. A bundle has at most 16.'],
    [['a'], { volumes: 15, spare: 2 }, 'That makes 17 volumes.'],
    [['a', 'b'], { volumes: 2, spare: 1 }, 'Name 3 media'],
    [['a', 'b'], { volumes: 1 }, 'do not fit 2 media'],
  ])('of %j with %j do not fit', (media, options, sentence) => {
    expect(() => placeVolumes(media, options)).toThrow(sentence);
  });
});

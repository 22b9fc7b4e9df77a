import { describe, expect, it } from 'vitest';
import {
  advance,
  covers,
  decodeProgress,
  emptyProgress,
  encodeProgress,
  type Progress,
  type ReleasedFrame,
  reopen,
} from '../../../../receiver/publish/progress.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import type { FrameHeader } from '../../../../src/wire/frame.ts';

const progress: Progress = {
  ...emptyProgress('site-a', 'hr'),
  epoch: 2,
  epochId: 'ab'.repeat(16),
  sequence: 10,
  digest: 'cd'.repeat(32),
  gaps: [
    [2, 3],
    [7, 7],
  ],
  headSequence: 12,
  lost: { through: 6, frames: 3 },
  waitingFrames: ['2.5'],
  signedAtMs: 5,
  publishedAtMs: 6,
};

const frame = (sequence: number, epoch = 2) => ({
  header: { epoch, sequence, epochId: Buffer.alloc(16, epoch) } as unknown as FrameHeader,
  digest: `${sequence}`,
});

describe('progress', () => {
  it('comes back from its value', () => {
    expect(decodeProgress(encodeProgress(progress))).toEqual(progress);
  });

  it('is read with fields that a later version adds, and counts that an older one lacks as 0', () => {
    const value = { ...progress, later: 1, totals: { published: 4 } };
    expect(decodeProgress(Buffer.from(JSON.stringify(value)))).toEqual({
      ...progress,
      totals: { published: 4, superseded: 0, quarantined: 0, held: 0, expired: 0, witnessed: 0 },
    });
  });

  for (const [name, wrong] of Object.entries({
    'no JSON': '{',
    'no object': '3',
    'a missing field': JSON.stringify({ ...progress, digest: undefined }),
    'a digest of another length': JSON.stringify({ ...progress, digest: 'ab' }),
    'a gap that ends before it starts': JSON.stringify({ ...progress, gaps: [[3, 2]] }),
    'gaps that overlap': JSON.stringify({
      ...progress,
      gaps: [
        [2, 5],
        [5, 6],
      ],
    }),
    'a gap beyond the head': JSON.stringify({ ...progress, gaps: [[2, 10]] }),
    'lost frames beyond the head': JSON.stringify({ ...progress, lost: { through: 11, frames: 3 } }),
    'no lost frames, said as some': JSON.stringify({ ...progress, lost: { through: 6, frames: 0 } }),
    'a negative sequence': JSON.stringify({ ...progress, sequence: -1 }),
    'a count of minus zero, which would come back as another': JSON.stringify(progress).replace(
      '"held":0',
      '"held":-0',
    ),
    'a count that is no number': JSON.stringify({ ...progress, totals: { published: '4' } }),
    'a waiting frame that is no name': JSON.stringify({ ...progress, waitingFrames: ['x'] }),
  })) {
    it(`${name} is none`, () => {
      expect(decodeProgress(Buffer.from(wrong))).toBeUndefined();
    });
  }

  it('covers what was released and nothing inside its gaps', () => {
    const covered = [1, 2, 3, 4, 7, 10, 11].filter((sequence) => covers(progress, { epoch: 2, sequence }));
    expect(covered).toEqual([1, 4, 10]);
    expect(covers(progress, { epoch: 1, sequence: 99 })).toBe(true);
    expect(covers(progress, { epoch: 3, sequence: 1 })).toBe(false);
  });

  it('opens a gap where the sequence jumps and closes it place by place', () => {
    const jumped = advance(progress, frame(14));
    expect(jumped).toMatchObject({
      sequence: 14,
      digest: '14',
      gaps: [
        [2, 3],
        [7, 7],
        [11, 13],
      ],
    });
    const healed = advance(jumped, frame(12));
    expect(healed).toMatchObject({
      sequence: 14,
      digest: '14',
      gaps: [
        [2, 3],
        [7, 7],
        [11, 11],
        [13, 13],
      ],
    });
    expect(advance(advance(healed, frame(11)), frame(13)).gaps).toEqual([
      [2, 3],
      [7, 7],
    ]);
  });

  it('starts anew with a new epoch, whose first frames may be missing; what the old one misses is lost', () => {
    expect(advance(progress, frame(3, 3))).toEqual({
      epoch: 3,
      epochId: '03'.repeat(16),
      sequence: 3,
      digest: '3',
      headSequence: 3,
      gaps: [[1, 2]],
      // Lost before, in gaps, and announced up to 12.
      lost: { through: 0, frames: 3 + 3 + 2 },
      snapshot: undefined,
      closedFrames: 0,
    });
    expect(advance({ ...progress, lost: undefined, gaps: [], headSequence: 10 }, frame(1, 3)).lost).toBeUndefined();
  });

  it('keeps as many gaps as the limit says, the newest', () => {
    let position = advance(emptyProgress('b', 's'), frame(1, 1));
    for (let index = 1; index <= RECEIVER_LIMITS.maxOpenGaps + 5; index++)
      position = advance(position, frame(1 + 2 * index, 1));
    expect(position.gaps).toHaveLength(RECEIVER_LIMITS.maxOpenGaps);
    expect(position.gaps[0]).toEqual([12, 12]);
    expect(position).toMatchObject({ lost: { through: 10, frames: 5 }, closedFrames: 0 });
    expect(covers(position, { epoch: 1, sequence: 10 })).toBe(true);
  });

  it.each([
    [5, { lost: { through: 6, frames: 3 }, closedFrames: 2 }],
    [6, { lost: undefined, closedFrames: 5 }],
  ])('has lost frames made good by a whole cycle as of the last of them: as of %i', (through, after) => {
    const part = {
      kind: 'snapshot-part',
      cycle: 1,
      part: 0,
      last: true,
      firstKey: '',
      lastKey: '',
      asOf: { epoch: 2, sequence: through, index: 0 },
      entries: [],
    };
    const cycle = { ...frame(11), content: [part] } as unknown as ReleasedFrame;
    (cycle.header as { kind: string }).kind = 'snapshot';
    expect(advance(progress, cycle)).toMatchObject(after);
  });

  it('reopens the places of frames that were lost again', () => {
    expect(reopen(progress, [5, 9, 2]).gaps).toEqual([
      [2, 3],
      [5, 5],
      [7, 7],
      [9, 9],
    ]);
  });
});

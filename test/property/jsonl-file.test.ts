import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FollowedFile } from '../support/followed-file.ts';

type Step =
  | { readonly do: 'append'; readonly lines: number; readonly wide: boolean }
  | { readonly do: 'append-part' | 'rotate' | 'copy-truncate' | 'truncate' | 'poll' | 'prune' | 'crash' | 'restart' }
  | { readonly do: 'commit'; readonly share: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      lines: fc.integer({ min: 1, max: 5 }),
      wide: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('append-part' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rotate' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('copy-truncate' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('poll' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('commit' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prune' as const) }) },
);

// Each of these lost or doubled a line once.
const FAILED_BEFORE: readonly (readonly Step[])[] = [
  // Cut and filled again to the same length, with the same last bytes.
  [{ do: 'append', lines: 1, wide: true }, { do: 'truncate' }, { do: 'append', lines: 1, wide: true }, { do: 'prune' }],
  // The inode of a removed file used again for the next copy.
  [
    { do: 'copy-truncate' },
    { do: 'copy-truncate' },
    { do: 'prune' },
    { do: 'append', lines: 1, wide: false },
    { do: 'copy-truncate' },
    { do: 'append', lines: 1, wide: false },
  ],
  // Written, copied away and cut before the first byte was read.
  [{ do: 'append', lines: 1, wide: false }, { do: 'copy-truncate' }, { do: 'append-part' }],
];

it('hands each complete line over exactly once, in order, over any growth, rotation, truncation and restart', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const file = new FollowedFile();
      try {
        await play(file, steps);
      } finally {
        await file.remove();
      }
    }),
    { numRuns: 400, examples: FAILED_BEFORE.map((steps) => [[...steps]]) },
  );
});

/** Plays the steps against the file and a model that knows only what a writer wrote. */
async function play(file: FollowedFile, steps: readonly Step[]): Promise<void> {
  const written: string[] = [];
  let isRunning = true;
  let part = '';
  let counter = 0;
  // From here on: a source that never saved a position takes the file as it is then, and none that was rotated before.
  file.append('');
  await file.poll();
  file.commit();
  for (const next of steps) {
    switch (next.do) {
      case 'append':
        for (let line = 0; line < next.lines; line++) {
          const text = `{"n":${++counter}${next.wide ? `,"pad":"${'é'.repeat(700)}"` : ''}}`;
          file.append(`${text}${counter % 3 === 0 ? '\r' : ''}\n`);
          written.push(`${part}${text}`);
          part = '';
        }
        break;
      case 'append-part':
        file.append(`{"part":${++counter}}`);
        part += `{"part":${counter}}`;
        break;
      case 'rotate':
      case 'copy-truncate':
        // The writer goes on in an empty file: what it left unfinished is a line now, the file's last.
        if (part !== '') written.push(part);
        part = '';
        if (next.do === 'rotate') file.rotate();
        else file.copyTruncate();
        break;
      case 'truncate':
      case 'prune':
        // What no one could read before it was cut is gone; so read first, and forget the unfinished line.
        if (!isRunning) file.restart();
        isRunning = true;
        await file.poll();
        file.commit();
        if (next.do === 'prune') {
          file.prune();
          break;
        }
        part = '';
        file.truncate();
        break;
      case 'poll':
        if (isRunning) await file.poll();
        break;
      case 'commit':
        file.commit(Math.ceil(next.share * file.pending.length));
        break;
      case 'crash':
        if (isRunning) await file.crash();
        isRunning = false;
        break;
      case 'restart':
        if (!isRunning) file.restart();
        isRunning = true;
        break;
    }
  }
  // The first byte of a new file is what ends an unfinished line in the old one.
  file.append('{"last":true}\n');
  written.push(`${part}{"last":true}`);
  if (!isRunning) file.restart();
  await file.poll();
  file.commit();
  expect(file.committed).toEqual(written);
}

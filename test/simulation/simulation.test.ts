/** The whole system on virtual time; docs/simulation.md says what is real in it. More seeds: npm run test:sim -- --help. */
import { describe, expect, it } from 'vitest';
import { KEPT_SEEDS } from './kept-seeds.ts';
import { runSeed, sumCounts } from './seed-run.ts';

const FROM = 1;
const SEEDS = 200;
/** A simulation in which nothing goes wrong shows nothing. */
const MUST_HAPPEN = [
  ...[
    'frames',
    'released',
    'everMissing',
    'healed',
    'gap-lost',
    'lost-healed',
    'transactions',
    'crash',
    'clock-jump',
    'disk-full',
  ],
  ...['kafka-outage', 'topic-missing', 'other-stream', 'standby', 'records-lost', 'commit-lost', 'answer-lost', 'late'],
  ...['disk-lost', 'disk-restored', 'progress-adopted', 'clock-untrusted', 'not-accepting'],
  ...['recovery fresh', 'recovery same', 'recovery replayed', 'recovery rebuilt'],
  ...['bundle 1', 'bundle 2', 'token key-revoked', 'token subject-inactive'],
  ...['pause', 'resend', 'snapshot', 'snapshot-whole'],
  ...[
    'sender-restored',
    'sender-lost',
    'sender-cloned',
    'stream-halted',
    'new-epoch',
    'accept-epoch',
    'stream-resumed',
  ],
];

describe('simulation', () => {
  it(`${SEEDS} seeds from ${FROM} hold what must hold`, async () => {
    const outcomes = [];
    for (let seed = FROM; seed < FROM + SEEDS; seed++) outcomes.push(await runSeed(seed));
    const counts = sumCounts(outcomes);
    for (const name of MUST_HAPPEN) expect(counts[name], `${name} of all seeds`).toBeGreaterThan(0);
  });

  it.each(KEPT_SEEDS.map(([seed, shown]) => [seed, shown] as const))('seed %i, which failed once: %s', async (seed) => {
    await runSeed(seed);
  });

  it('the same seed is the same run', async () => {
    // The last of them loses its sender's disk.
    for (const seed of [FROM, FROM + 1, FROM + 2, FROM + 8]) {
      expect((await runSeed(seed)).digest).toBe((await runSeed(seed)).digest);
    }
  });
});

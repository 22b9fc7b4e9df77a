import { describe, expect, it } from 'vitest';
import {
  type AnnouncedCheckpoint,
  judgeCheckpoint,
  newestHead,
  unwitnessedRanges,
  type WitnessState,
  type WitnessVerdict,
} from '../../../../receiver/witness/log-witness.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { AnnouncedLog } from '../../../support/announced-log.ts';

/** What became of each, and the state behind them. */
function witness(announced: readonly AnnouncedCheckpoint[], log = new AnnouncedLog()) {
  let state: WitnessState | undefined;
  const verdicts: WitnessVerdict[] = [];
  for (const each of announced) {
    const judged = judgeCheckpoint(state, each, log.signer.name);
    if ('state' in judged) state = JSON.parse(JSON.stringify(judged.state)) as WitnessState;
    verdicts.push(judged);
  }
  if (state === undefined) throw new Error('nothing was witnessed');
  return { verdicts, names: verdicts.map(({ verdict }) => verdict), state };
}

const WITNESSED = 'witnessed';

describe('the witness of the sender’s log', () => {
  it('sees it grow, and remembers the newest head and no more', () => {
    const log = new AnnouncedLog();
    const announced = [3, 4, 1, 256, 300].map((count, at) => log.grow(count).announce(1, 10 + at));
    const { names, state } = witness(announced);
    expect(new Set(names)).toEqual(new Set([WITNESSED]));
    expect(state.runs).toHaveLength(1);
    expect(newestHead(state)).toMatchObject({ size: 564, note: announced.at(-1)?.note });
    expect(unwitnessedRanges(state)).toEqual([]);
  });

  it('shows what was lost as unwitnessed, and closes it when it comes, in any order', () => {
    const log = new AnnouncedLog();
    const [a, b, c, d, e] = [10, 20, 30, 40, 50].map((count, at) => log.grow(count).announce(1, 1 + at)) as [
      AnnouncedCheckpoint,
      AnnouncedCheckpoint,
      AnnouncedCheckpoint,
      AnnouncedCheckpoint,
      AnnouncedCheckpoint,
    ];
    const lost = witness([a, e]);
    expect(unwitnessedRanges(lost.state)).toEqual([[10, 149]]);
    expect(newestHead(lost.state).size).toBe(150);
    expect(unwitnessedRanges(witness([a, e, c]).state)).toEqual([
      [10, 59],
      [60, 149],
    ]);
    for (const order of [
      [a, e, b, d, c],
      [a, e, c, d, b],
      [a, e, d, b, c],
      [e, d, c, b, a],
      [c, a, e, b, d],
    ]) {
      const { names, state } = witness(order);
      expect(new Set(names)).toEqual(new Set([WITNESSED]));
      expect([state.runs.length, newestHead(state).size, unwitnessedRanges(state)]).toEqual([1, 150, []]);
    }
    // As frames of an ended epoch are carried over: under the revision that they had.
    expect(witness([a, b, c, b, a]).names.slice(3)).toEqual(['known', 'known']);
  });

  it('takes a history that was written anew for what it is, with both heads', () => {
    const log = new AnnouncedLog();
    const first = log.grow(10).announce(1, 1);
    const forged = log.edited().grow(5).announce(1, 2);
    const { verdicts, state } = witness([first, forged, log.grow(6).announce(1, 3)]);
    expect(verdicts[1]).toMatchObject({
      verdict: 'rewritten',
      isNew: true,
      rewrite: { epoch: 1, known: { size: 10, note: first.note }, found: { size: 15, note: forged.note } },
    });
    // Nothing of that epoch is believed any more, not even what would fit.
    expect(verdicts[2]).toMatchObject({ verdict: 'rewritten', isNew: false });
    expect(newestHead(state).size).toBe(10);
  });

  it.each([
    ['a shorter log', (log: AnnouncedLog) => new AnnouncedLog().grow(log.size - 3).announce(1, 2)],
    ['the same size with another root', (log: AnnouncedLog) => log.edited().announce(1, 2)],
    ['an older checkpoint to prove from', (log: AnnouncedLog) => new AnnouncedLog().grow(log.size + 3).announce(1, 2)],
    [
      'the same head as the first of a history',
      (log: AnnouncedLog) => new AnnouncedLog().grow(log.size).announce(1, 2),
    ],
    ['another key', (log: AnnouncedLog) => new AnnouncedLog({ seed: 8 }).grow(log.size + 3).announce(1, 2)],
    [
      'a proof that leads elsewhere',
      (log: AnnouncedLog) => {
        const announced = log.grow(7).announce(1, 2);
        const [, ...proof] = announced.proof;
        return { ...announced, proof: [Buffer.alloc(32, 1), ...proof] };
      },
    ],
  ])('in one epoch takes %s for another history', (_, make) => {
    const log = new AnnouncedLog().grow(20);
    expect(witness([log.announce(1, 1), make(log)]).names).toEqual([WITNESSED, 'rewritten']);
  });

  it('finds a history that was written anew where the head between came late', () => {
    const log = new AnnouncedLog();
    const a = log.grow(10).announce(1, 1);
    const forged = log.edited().grow(4).announce(1, 2);
    log.grow(5).announce(1, 2);
    const c = log.grow(5).announce(1, 3);
    expect(witness([a, c, forged]).names).toEqual([WITNESSED, WITNESSED, 'rewritten']);
  });

  it('tells a sender that was restored from a rewrite: a shorter log, in a higher epoch', () => {
    const log = new AnnouncedLog();
    const a = log.grow(10).announce(1, 1);
    const backup = log.copy();
    const b = log.grow(20).announce(1, 2);
    const restored = [backup.grow(5, 'again').announce(2, 1), backup.grow(50, 'again').announce(2, 2)] as const;
    const { verdicts, state } = witness([a, b, ...restored]);
    expect(verdicts[2]).toMatchObject({
      verdict: WITNESSED,
      head: { size: 15 },
      restart: { ended: { size: 30, note: b.note }, begun: { size: 15 } },
    });
    expect([state.restarts, state.sinceEpoch, newestHead(state).size, unwitnessedRanges(state)]).toEqual([
      1,
      2,
      65,
      [],
    ]);
    // What was framed before the restore and comes now belongs to what ended.
    expect(witness([a, ...restored, b]).names.at(-1)).toBe('known');
  });

  it('goes on over a new epoch of the same disk as if nothing had been', () => {
    const log = new AnnouncedLog();
    const { state } = witness([log.grow(9).announce(1, 1), log.grow(9).announce(2, 1)]);
    expect([state.restarts, state.runs.length, newestHead(state).size]).toEqual([0, 1, 18]);
  });

  it('finds the restored history where its first checkpoints come late', () => {
    const log = new AnnouncedLog();
    const a = log.grow(10).announce(1, 1);
    const backup = log.copy();
    const b = log.grow(5).announce(1, 2);
    const first = backup.grow(20, 'again').announce(2, 1);
    const second = backup.grow(20, 'again').announce(2, 2);
    const late = witness([a, b, second]);
    expect(unwitnessedRanges(late.state)).toEqual([[15, 49]]);
    const { state, verdicts } = witness([a, b, second, first]);
    expect(verdicts[3]).toMatchObject({ verdict: WITNESSED, head: { size: 30 }, restart: { ended: { size: 15 } } });
    expect([state.restarts, state.runs.length, newestHead(state).size]).toEqual([1, 1, 50]);
  });

  it('ends the alarm with a new epoch, also under another key', () => {
    const log = new AnnouncedLog();
    const first = log.grow(10).announce(1, 1);
    const forged = log.edited().grow(5).announce(1, 2);
    const anew = new AnnouncedLog({ seed: 8 }).grow(4).announce(2, 1);
    const { state, names } = witness([first, forged, anew]);
    expect(names).toEqual([WITNESSED, 'rewritten', WITNESSED]);
    expect([state.rewrite, newestHead(state).size, state.restarts]).toEqual([undefined, 4, 1]);
    expect(state.logKey).toBe(Buffer.from(anew.logKey).toString('hex'));
  });

  it('refuses what the log’s key did not sign, and what cannot be', () => {
    const good = new AnnouncedLog().grow(4).announce(1, 1);
    const bad = [
      { ...good, note: good.note.replace('\n4\n', '\n5\n') },
      { ...good, note: 'x' },
      { ...good, note: `${good.note}${' '.repeat(RECEIVER_LIMITS.maxWitnessedNoteBytes)}` },
      { ...good, logKey: Buffer.alloc(32, 1) },
      { ...good, previousSize: 5 },
      new AnnouncedLog().announce(1, 1),
    ];
    const origin = new AnnouncedLog().signer.name;
    expect(bad.map((each) => judgeCheckpoint(undefined, each, origin).verdict)).toEqual(Array(6).fill('refused'));
    expect(judgeCheckpoint(undefined, good, 'identity-diode/site-b/hr/sender').verdict).toBe('refused');
  });

  it('keeps a bounded number of runs, the newest', () => {
    const log = new AnnouncedLog();
    const all = Array.from({ length: 2 * RECEIVER_LIMITS.maxWitnessedRuns + 10 }, (_, at) =>
      log.grow(1).announce(1, 1 + at),
    );
    const { state } = witness(all.filter((_, at) => at % 2 === 0));
    expect([state.runs.length, state.droppedRuns]).toEqual([RECEIVER_LIMITS.maxWitnessedRuns, 5]);
    expect(newestHead(state).size).toBe(all.length - 1);
  });
});

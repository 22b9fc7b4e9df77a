import { describe, expect, it } from 'vitest';
import type { KcatRecord } from '../../support/kafka-tools.ts';
import {
  type HealedFrame,
  isFlawless,
  RisingLedger,
  supersededLine,
  verdictLine,
} from '../../support/rising-ledger.ts';
import { FIRST_AT_MS, RisingWorkload } from '../../support/rising-workload.ts';

const EXPECTED = new Map([
  ['User|a', [1, 3, 5].map((number) => ({ number, isDelete: number === 5 }))],
  ['User|b', [{ number: 2, isDelete: false }]],
  ['Token|i|s|a|', [{ number: 4, isDelete: false }]],
]);
const PLACES = { 1: 'User|a', 2: 'User|b', 3: 'User|a', 4: 'Token|i|s|a|', 5: 'User|a' } as const;

/** Line n as the product should publish it: revision 1.1.n. */
function published(number: keyof typeof PLACES, changed: Partial<KcatRecord> = {}): KcatRecord {
  const isToken = number === 4;
  const headers: [string, string][] = [
    ['ce_id', `hr/1.1.${number}`],
    ['ce_revision', `1.1.${number}`],
    ['ce_time', new Date(FIRST_AT_MS + number).toISOString()],
    ...(isToken ? ([['ce_jti', `number-${number}`]] as [string, string][]) : []),
  ];
  const value = number === 5 ? null : isToken ? 'jws' : JSON.stringify({ displayName: `number ${number}` });
  return { topic: 't', partition: 0, offset: number, timestampMs: 0, key: PLACES[number], value, headers, ...changed };
}

function progress(count: number, superseded = 0, more: object = {}): KcatRecord {
  const totals = { published: count, superseded, quarantined: 0, held: 0, expired: 0 };
  const value = { gaps: [], waitingFrames: [], totals, topics: { identity: count - 1, tokens: 1 }, ...more };
  return published(1, { value: JSON.stringify(value) });
}

/** Every line lies in frame 1.1. */
const LATE = [[1, 1]] as const;

function judged(records: readonly KcatRecord[], told: KcatRecord, healed: readonly HealedFrame[] = LATE) {
  const ledger = new RisingLedger();
  for (const record of records) ledger.handleRecord(record);
  ledger.handleProgress(told);
  return ledger.judge(EXPECTED, healed);
}

const all = [1, 2, 3, 4, 5].map((number) => published(number as 1));

describe('the ledger of a crash run', () => {
  it('finds nothing where all is there once and in order', () => {
    const verdict = judged(all, progress(5));
    expect(verdict.faults).toEqual([]);
    expect(isFlawless(verdict)).toBe(true);
    expect(verdictLine(verdict)).toBe('records 5 of 5, 0 duplicated, 0 missing, 0 out of order');
  });

  it('takes an overtaken record for superseded only where progress says so', () => {
    const without3 = all.filter((_, index) => index !== 2);
    expect(judged(without3, progress(4, 1))).toMatchObject({ delivered: 5, superseded: 1, missing: 0, faults: [] });
    const silent = judged(without3, progress(4));
    expect(silent).toMatchObject({ delivered: 4, missing: 1 });
    expect(supersededLine(judged(without3, progress(4, 1)))).toMatch(/^superseded 1: /);
    expect(isFlawless(silent)).toBe(false);
  });

  it('takes no record for superseded whose frame came in order', () => {
    const framed = all.map((record, index) => {
      const headers = record.headers.map(([name, text]) => [name, text.replace('1.1.', `1.${index + 1}.`)]);
      return { ...record, headers: headers as [string, string][] };
    });
    const without3 = framed.filter((_, index) => index !== 2);
    expect(judged(without3, progress(4, 1), [[1, 3]])).toMatchObject({ superseded: 1, missing: 0, faults: [] });
    for (const healed of [[], [[1, 1]], [[1, 5]], [[2, 3]]] as unknown as HealedFrame[][]) {
      const verdict = judged(without3, progress(4, 1), healed);
      expect(verdict).toMatchObject({ superseded: 0, missing: 1 });
      expect(verdict.faults[0]).toContain('line 3 of User|a is gone, though its frame came in order');
    }
  });

  it('misses a last record, a tombstone and a token', () => {
    for (const index of [1, 3, 4]) {
      const verdict = judged(
        all.filter((_, at) => at !== index),
        progress(4),
      );
      expect(verdict.missing).toBe(1);
    }
  });

  it('counts a record that is there twice', () => {
    expect(judged([...all, published(2)], progress(5)).duplicated).toBe(1);
    const headers = published(2).headers.filter(([name]) => name !== 'ce_id');
    const otherId = published(2, { headers: [...headers, ['ce_id', 'hr/1.1.9']] });
    expect(judged([...all, otherId], progress(5)).duplicated).toBe(1);
  });

  it('counts a record behind a later one of its key', () => {
    const [one, two, three, four, five] = all as [KcatRecord, KcatRecord, KcatRecord, KcatRecord, KcatRecord];
    expect(judged([three, one, two, four, five], progress(5)).outOfOrder).toBe(1);
    expect(judged([two, one, four, three, five], progress(5)).outOfOrder).toBe(0);
  });

  it.each([
    ['another content', [...all.slice(0, 4), published(1, { key: 'User|b' })], progress(5)],
    ['a value for a delete', [...all.slice(0, 4), published(5, { value: '{"displayName":"number 5"}' })], progress(5)],
    [
      'a key nobody spoke of',
      [...all, { ...published(1), key: 'User|z', headers: [['ce_id', 'x']] } as KcatRecord],
      progress(5),
    ],
    ['progress that counts otherwise', all, progress(6)],
    ['a gap', all, progress(5, 0, { gaps: [[3, 4]] })],
    ['frames that wait', all, progress(5, 0, { waitingFrames: ['1.2'] })],
    [
      'quarantined records',
      all,
      progress(5, 0, { totals: { published: 5, superseded: 0, quarantined: 1, held: 0, expired: 0 } }),
    ],
  ])('finds %s', (_, records, told) => {
    expect(judged(records, told).faults).not.toEqual([]);
  });

  it('says that no progress record is there', () => {
    expect(new RisingLedger().judge(EXPECTED, []).faults).toContain('there is no progress record');
  });
});

describe('the workload of a crash run', () => {
  it('is one record a line, and the same for the same seed, tokens apart', async () => {
    const make = async () => {
      const workload = await RisingWorkload.create({ seed: 5, tokenFraction: 0 });
      return { lines: await workload.lines(2_000), workload };
    };
    const [one, two] = [await make(), await make()];
    expect(one.lines).toEqual(two.lines);
    const numbers = [...one.workload.expected.values()].flat().map(({ number }) => number);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
    expect([...one.workload.expected.values()].some((list) => list.length > 10)).toBe(true);
    expect([...one.workload.expected.values()].some((list) => list.at(-1)?.isDelete)).toBe(true);
  });
});

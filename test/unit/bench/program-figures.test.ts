import { describe, expect, it } from 'vitest';
import {
  faultsOf,
  missedFor,
  type ProgramRun,
  programFigures,
  programTable,
} from '../../../bench/benchmarks/link/program-figures.ts';
import type { Step } from '../../../bench/benchmarks/link/program-step.ts';

function step(megabits: number, but: Partial<Step> = {}): Step {
  return {
    rateBitsPerSecond: megabits * 1e6,
    paceBitsPerSecond: megabits * 0.99e6,
    datagrams: 10_000,
    lost: { socket: 0, interface: 0, program: 0 },
    isWhole: true,
    published: 0,
    cores: { sender: 0.5, receiver: 0.4 },
    ...but,
  };
}

const LOST = { lost: { socket: 3, interface: 0, program: 0 } };
const RUN: ProgramRun = {
  receiving: { steps: [step(100), step(300, LOST), step(200)], highest: 200e6 },
  publishing: { steps: [step(100, { ...LOST, isWhole: false })], highest: undefined },
  alone: 2_000e6,
};

describe('what programs carry', () => {
  it('is missed for datagrams, for frames, or for the pace of the sender', () => {
    expect(missedFor(step(100))).toBeUndefined();
    expect(missedFor(step(100, { lost: { socket: 0, interface: 0, program: 1 } }))).toBe('datagrams');
    expect(missedFor(step(100, { isWhole: false }))).toBe('frames');
    expect(missedFor(step(100, { paceBitsPerSecond: 89e6 }))).toBe('pace');
  });

  it('is the highest rate carried beside that of the stages alone, 0 where there is none', () => {
    const figures = programFigures([RUN], 2_500e6).map(({ name, value, limit }) => [name, value, limit]);
    expect(figures).toEqual([
      ['link.programs.receive-rate', 200, 2_500],
      ['link.programs.receive-rate.publishing', 0, 2_500],
      ['link.programs.paced', 198, 200],
      ['link.programs.send-rate', 2_000, 2_500],
    ]);
  });

  it('says nothing of what was not measured', () => {
    const figures = programFigures([{ receiving: RUN.receiving }], 1);
    expect(figures.map(({ name }) => name)).toEqual(['link.programs.receive-rate', 'link.programs.paced']);
  });

  it('has a row for each rate, rising, with the reason where it was not carried', () => {
    const { heads, rows } = programTable([RUN, RUN]);
    expect(rows.every((row) => row.length === heads.length)).toBe(true);
    expect(rows.map(([kind, rate, carried, , , socket]) => [kind, rate, carried, socket])).toEqual([
      ['no Kafka', '100', '2 of 2', '0'],
      ['no Kafka', '200', '2 of 2', '0'],
      ['no Kafka', '300', '0 of 2', '3'],
      ['publishing', '100', '0 of 2', '3'],
    ]);
    expect(rows.map((row) => row[heads.indexOf('not carried for')])).toEqual(['', '', 'datagrams', 'datagrams']);
  });

  it('is wrong where frames are missing at the lowest rate alone', () => {
    const faults = faultsOf([RUN], [300e6, 100e6]);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('frames are missing at 100 Mbit/s');
    expect(faultsOf([RUN], [50e6, 100e6])).toEqual([]);
  });
});

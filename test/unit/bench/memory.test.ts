import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { SeriesCheck } from '../../../bench/benchmarks/memory/read-back.ts';
import { phaseMemory, ResidentSampler } from '../../../bench/benchmarks/memory/resident-samples.ts';
import { deltaKey, deltaText } from '../../../bench/workload/sized-deltas.ts';

const SPIKE_BYTES = 200e6;

describe('memory of a phase', () => {
  const samples = (bytes: (atMs: number) => number) =>
    Array.from({ length: 101 }, (_, index) => ({ atMs: 5_000 + index * 100, bytes: bytes(index * 100) }));

  it('is its peak, and what a record added', () => {
    // 10 s and 1,000 records: 2 bytes a millisecond are 20 a record.
    const { peakBytes, bytesPerRecord } = phaseMemory(
      samples((atMs) => 1e6 + 2 * atMs),
      1_000,
    );
    expect(peakBytes).toBe(1_020_000);
    expect(bytesPerRecord).toBeCloseTo(20, 5);
  });

  it('does not take for growth what compilers took at the start, nor garbage between two collections', () => {
    const warmUp = (atMs: number) => (atMs < 4_000 ? atMs * 10 : 40_000);
    const garbage = (atMs: number) => (atMs % 500) * 20;
    const { peakBytes, bytesPerRecord } = phaseMemory(
      samples((atMs) => 1e6 + warmUp(atMs) + garbage(atMs)),
      1_000,
    );
    expect(peakBytes).toBe(1_048_000);
    expect(Math.abs(bytesPerRecord ?? 9)).toBeLessThan(0.5);
  });

  it('has no growth where it was too short for a line', () => {
    expect(phaseMemory([{ atMs: 1, bytes: 7 }], 10)).toEqual({ peakBytes: 7, bytesPerRecord: undefined });
  });

  it('is looked at from the first moment on', () => {
    const found = new ResidentSampler({ self: process.pid }).stop(1).get('self');
    expect(found?.peakBytes).toBeGreaterThan(10e6);
  });

  it('has a peak that lay between two looks, and none of a phase before', async () => {
    const script = `process.stdin.once('data', () => { Buffer.alloc(${SPIKE_BYTES}, 1); gc(); }); console.log('ready')`;
    const child = spawn(process.execPath, ['--expose-gc', '-e', script]);
    try {
      await once(child.stdout, 'data');
      const pid = child.pid as number;
      const withSpike = new ResidentSampler({ child: pid });
      child.stdin.write('now');
      // Nobody looks while this thread waits.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
      const peakBytes = withSpike.stop(1).get('child')?.peakBytes ?? 0;
      expect(peakBytes).toBeGreaterThan(SPIKE_BYTES);
      expect(new ResidentSampler({ child: pid }).stop(1).get('child')?.peakBytes).toBeLessThan(
        peakBytes - SPIKE_BYTES / 2,
      );
    } finally {
      child.kill();
    }
  });
});

describe('a check of what was read back', () => {
  const series = { seed: 1, resourceBytes: 200, subjects: 2, firstSubject: 0 };
  const record = (index: number, text = deltaText(series, index)) => ({
    key: deltaKey(series, index),
    value: Buffer.from(text),
  });

  function faults(records: readonly { key: string; value: Buffer | null }[], count = 4): readonly string[] {
    const check = new SeriesCheck(series);
    for (const each of records) check.handleRecord(each);
    return check.finish(count);
  }

  it('takes each subject’s deltas in their order, whatever lies between', () => {
    expect(faults([record(1), record(0), record(3), record(2)])).toEqual([]);
  });

  it.each([
    ['one is missing', [record(0), record(1), record(2)], '3 of 4 records arrived'],
    ['one came twice', [record(0), record(0), record(1), record(3)], 'another value than delta 2'],
    ['two changed places', [record(2), record(1), record(0), record(3)], 'another value than delta 0'],
    ['a value is another', [record(0, '{}'), record(1), record(2), record(3)], 'another value than delta 0'],
    ['a stranger came', [{ key: 'User|x', value: null }, record(0), record(1), record(2)], 'never said'],
  ])('says so where %s', (_, records, fault) => {
    expect(faults(records)[0]).toContain(fault);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRecordIntake } from '../../../bench/benchmarks/scale/record-intake.ts';
import { runStretch } from '../../../bench/benchmarks/scale/scale-run.ts';
import { memoryMeasurements } from '../../../bench/benchmarks/scale/table-memory.ts';

describe('memory of tables', () => {
  const measured = [
    { subjects: 1_000, residentBytes: [100e6, 102e6] },
    { subjects: 10_000, residentBytes: [100e6, 102e6] },
    { subjects: 1_001_000, residentBytes: [110e6, 132e6] },
  ];

  it('grows from the smallest to the largest, run by run', () => {
    const growth = memoryMeasurements(measured, true).at(-1);
    expect(growth).toMatchObject({ name: 'scale.memory.growth', unit: 'bytes/subject', samples: [10, 30] });
    expect(growth?.target).toEqual({ of: 'value', atMost: 20 });
  });

  it('has no growth in a quick run, whose tables are small', () => {
    const names = memoryMeasurements(measured, false).map(({ name }) => name);
    expect(names).toEqual(['scale.memory.1000', 'scale.memory.10000', 'scale.memory.1001000']);
  });

  it('is of a table as others left it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'diode-table-'));
    try {
      const stretch = { seed: 1, resourceBytes: 500, subjects: 100, records: 30, run: 0, firstSequence: 1 };
      const path = join(folder, 'table.db');
      const first = openRecordIntake(path, stretch);
      const { nextSequence } = runStretch(first, stretch);
      first.close();
      const second = openRecordIntake(path, stretch);
      expect(second.subjectCount).toBe(100);
      expect(runStretch(second, { ...stretch, run: 1, firstSequence: nextSequence }).faults).toEqual([]);
      second.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

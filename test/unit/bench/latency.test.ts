import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NumberedUsers } from '../../../bench/benchmarks/latency/numbered-users.ts';
import { appendOnTime, dueCount, dueUs, nowUs } from '../../../bench/benchmarks/latency/open-loop.ts';
import { percentilesOf } from '../../../bench/benchmarks/latency/percentiles.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';
import { parseSourceLine } from '../../../src/identity/source-line.ts';

describe('percentiles', () => {
  it('are the times that so large a part does not exceed', () => {
    const times = Array.from({ length: 1_000 }, (_, index) => 1_000 - index);
    expect(percentilesOf(times)).toEqual({ p50: 500, p90: 900, p99: 990, p999: 999, max: 1_000 });
    expect(percentilesOf([7])).toEqual({ p50: 7, p90: 7, p99: 7, p999: 7, max: 7 });
    // Not by text: 10 is more than 9.
    expect(percentilesOf([10, 9, 100]).p50).toBe(10);
  });

  it('throws for no times', () => {
    expect(() => percentilesOf([])).toThrow('no times');
  });
});

describe('a schedule', () => {
  const schedule = { startUs: 1_000, everyUs: 100, count: 5 };

  it.each([
    [999, 0],
    [1_000, 1],
    [1_099, 1],
    [1_200, 3],
    [9_999, 5],
  ])('at %d has %d due', (atUs, due) => {
    expect(dueCount(schedule, atUs)).toBe(due);
  });

  it('keeps its times, so that what comes late counts from when it was due', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'open-loop-'));
    const path = join(folder, 'lines');
    // Due half a second ago: all at once, each of them late.
    const late = { startUs: nowUs() - 500_000, everyUs: 1_000, count: 20 };
    const { latestUs } = await appendOnTime(path, late, (index) => `line ${index}`);
    expect(readFileSync(path, 'utf8').split('\n')).toEqual([
      ...Array.from({ length: 20 }, (_, at) => `line ${at}`),
      '',
    ]);
    expect(latestUs).toBeGreaterThanOrEqual(500_000);
    expect(dueUs(late, 19)).toBe(late.startUs + 19_000);
    const soon = { startUs: nowUs() + 5_000, everyUs: 2_000, count: 3 };
    await appendOnTime(path, soon, () => 'soon');
    expect(nowUs()).toBeGreaterThanOrEqual(dueUs(soon, 2));
    rmSync(folder, { recursive: true });
  });
});

describe('numbered users', () => {
  it('are known again by their key, and are lines that a sender takes', () => {
    const users = new NumberedUsers(1);
    users.expect(10, 3);
    const rules = compileIdentityRules({ resourceTypes: [{ type: 'User' }], tokenIssuers: [] });
    const item = parseSourceLine(rules, users.line(11), 0) as unknown as { readonly id: string };
    expect(users.value(11)).toHaveLength(500);
    expect(item).toMatchObject({ type: 'User', id: JSON.parse(users.value(11)).id });
    expect(users.numberOf(`User|${JSON.parse(users.value(12)).id}`)).toBe(12);
    expect(users.numberOf(`User|${JSON.parse(users.value(13)).id}`)).toBeUndefined();
  });
});

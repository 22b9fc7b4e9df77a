import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCpuSeconds, parsePeakBytes, processUsage } from '../../../bench/support/process-usage.ts';

describe('process usage', () => {
  it('finds user and system time behind a name with brackets and spaces', () => {
    const stat = '4242 (node (a) b) S 1 4242 4242 0 -1 4194304 100 0 0 0 150 50 7 9 20 0 11 0 100 1 2';
    expect(parseCpuSeconds(stat)).toBe(2);
  });

  it('reads the peak of resident memory in bytes', () => {
    expect(parsePeakBytes('Name:\tnode\nVmPeak:\t  99 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n')).toBe(2_097_152);
  });

  it('throws where the kernel says nothing, instead of counting 0', () => {
    expect(() => parsePeakBytes('Name:\tkthreadd\n')).toThrow('no VmHWM');
    expect(() => parseCpuSeconds('1 (x) Z')).toThrow('no times');
  });

  it.skipIf(!existsSync('/proc/self/stat'))('reads this very process', () => {
    const { peakBytes, cpuSeconds } = processUsage(process.pid);
    expect(peakBytes).toBeGreaterThan(process.memoryUsage().rss / 2);
    expect(cpuSeconds).toBeGreaterThan(0);
  });
});

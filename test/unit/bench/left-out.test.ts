import { describe, expect, it } from 'vitest';
import { isAllRequired, leftOutReport, withLeftOutFaults } from '../../../bench/support/left-out.ts';

const partly = { figures: [], notes: [], faults: ['a datagram is missing'], leftOut: ['iperf3'] };

describe('what a machine cannot measure', () => {
  it('is no fault on a machine of somebody', () => {
    expect(withLeftOutFaults(leftOutReport('no root'), false).faults).toEqual([]);
    expect(withLeftOutFaults(partly, false).faults).toEqual(['a datagram is missing']);
  });

  it('is a fault where all is required, a whole benchmark as well as one limit of it', () => {
    const fault = (missing: string) => `DIODE_REQUIRE_ALL=1, but it was not measured: ${missing}`;
    expect(withLeftOutFaults(leftOutReport('no root'), true).faults).toEqual([fault('no root')]);
    expect(withLeftOutFaults(partly, true).faults).toEqual(['a datagram is missing', fault('iperf3')]);
  });

  it('is no fault of a benchmark that left out nothing', () => {
    expect(withLeftOutFaults({ figures: [], notes: [], faults: [] }, true).faults).toEqual([]);
  });

  it('is required by DIODE_REQUIRE_ALL=1 alone', () => {
    expect(isAllRequired({ DIODE_REQUIRE_ALL: '1' })).toBe(true);
    expect(isAllRequired({ DIODE_REQUIRE_ALL: '0' })).toBe(false);
    expect(isAllRequired({})).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { describeMachine, machineText } from '../../../bench/support/machine.ts';

describe('the machine', () => {
  it('names the versions of what the limits are measured with', () => {
    const machine = describeMachine();
    expect(machine.versions.openssl).toBe(process.versions.openssl);
    expect(machine.versions['openssl command']).toMatch(/^(\d+\.\d+\.\d+|none)/);
    expect(machine.versions.iperf3).toMatch(/^(\d+\.\d+|none)/);
    expect(machineText(machine)).toContain(`openssl ${process.versions.openssl}, openssl command `);
  });
});

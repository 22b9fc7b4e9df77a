import { describe, expect, it } from 'vitest';
import { isUnanswered } from '../../../src/link/unanswered-neighbour.ts';

/** As a kernel printed it: asked in vain, permanent, learnt, and one that failed on another interface. */
const ARP = `IP address       HW type     Flags       HW address            Mask     Device
10.97.0.2        0x1         0x0         00:00:00:00:00:00     *        diode0
10.97.0.3        0x1         0x6         52:54:00:12:34:56     *        diode0
10.97.0.4        0x1         0x2         52:54:00:12:34:57     *        diode0
10.97.0.4        0x1         0x0         00:00:00:00:00:00     *        eth1
`;

describe('an address whose owner the kernel asks for', () => {
  it.each([
    ['10.97.0.2', 'diode0', true],
    ['10.97.0.2', 'eth1', false],
    ['10.97.0.3', 'diode0', false],
    ['10.97.0.4', 'diode0', false],
    ['10.97.0.4', 'eth1', true],
    // Never asked for, and of another family.
    ['10.97.0.5', 'diode0', false],
    ['fd97::2', 'diode0', false],
  ])('is unanswered where the table has no hardware address: %s on %s: %s', (address, device, isSo) => {
    expect(isUnanswered(ARP, address, device)).toBe(isSo);
  });

  it('is none of a table that says nothing', () => {
    for (const text of ['', 'IP address', '10.97.0.2', '10.97.0.2 0x1']) {
      expect(isUnanswered(text, '10.97.0.2', 'diode0')).toBe(false);
    }
  });
});

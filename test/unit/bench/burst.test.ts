import { describe, expect, it } from 'vitest';
import { type Arrived, allLost, isWhole, lostDatagrams } from '../../../bench/benchmarks/link/burst.ts';
import { DATAGRAM_OUTCOMES } from '../../../receiver/intake/assembler.ts';
import { zeros } from '../../../receiver/publish/progress.ts';

function arrived(
  datagrams: Partial<Arrived['intake']['datagrams']>,
  { socket = 0, atInterface = 7, sequence = 0, gaps = 0 } = {},
): Arrived {
  return {
    drops: { socket, interface: atInterface },
    intake: {
      datagrams: { ...zeros(DATAGRAM_OUTCOMES), ...datagrams },
      gate: { sequence, gaps: Array.from({ length: gaps }, () => ({ from: 1, to: 1, sinceMs: 0 })) },
    },
  };
}

describe('the datagrams of a burst', () => {
  it('were lost by the socket, by an interface, or by the program that refused them', () => {
    const before = arrived({ accepted: 100, hello: 3 });
    const after = arrived({ accepted: 180, unneeded: 5, hello: 4, forged: 2 }, { socket: 6, atInterface: 8 });
    const lost = lostDatagrams(before, after, { packets: 95, dropped: 4 });
    expect(lost).toEqual({ socket: 6, interface: 5, program: 2 });
    expect(allLost(lost)).toBe(13);
  });

  it('wait for their hello and are not lost then: they count a second time by what became of them', () => {
    const after = arrived({ session: 10, accepted: 10 });
    expect(allLost(lostDatagrams(arrived({}), after, { packets: 10, dropped: 0 }))).toBe(0);
  });

  it('are whole when each frame is in its turn, and none is missing', () => {
    expect(isWhole(arrived({}, { sequence: 9 }), 9)).toBe(true);
    expect(isWhole(arrived({}, { sequence: 8 }), 9)).toBe(false);
    expect(isWhole(arrived({}, { sequence: 9, gaps: 1 }), 9)).toBe(false);
  });
});

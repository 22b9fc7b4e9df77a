import { describe, expect, it } from 'vitest';
import { type CpuProfile, summarizeProfile, timeWithin } from '../../../bench/support/cpu-profile.ts';

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 1 });

const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)') },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('seal', 'file:///somewhere/dist/src/crypto/sodium.js') },
    { id: 4, callFrame: frame('', 'file:///somewhere/dist/sender/core.js') },
    { id: 5, callFrame: frame('seal', 'file:///somewhere/dist/src/crypto/sodium.js') },
    { id: 6, callFrame: frame('produce', 'file:///somewhere/node_modules/node-rdkafka/lib/producer.js') },
    { id: 7, callFrame: frame('(garbage collector)') },
  ],
  startTime: 1_000_000,
  // At 1.0, 1.1, 1.3, 1.6, 1.7, 1.9 and 2.0 s.
  samples: [2, 3, 5, 4, 6, 7, 2],
  timeDeltas: [0, 100_000, 200_000, 300_000, 100_000, 200_000, 100_000],
};

describe('timeWithin', () => {
  const always = { fromUs: 0, toUs: 9_000_000 };
  const called: CpuProfile = {
    ...profile,
    nodes: profile.nodes.map((node) =>
      node.id === 4 ? { ...node, children: [5] } : node.id === 5 ? { ...node, children: [6] } : node,
    ),
  };

  it('counts a file or folder with all that it calls, however deep, and nothing else', () => {
    // sodium.ts called from core.ts, and what that calls; not the call of sodium.ts from elsewhere.
    expect(timeWithin(called, always, ['sender/core.ts'])).toBeCloseTo(0.1 + 0.3 + 0.2, 6);
    expect(timeWithin(called, always, ['sender/'])).toBeCloseTo(0.6, 6);
    expect(timeWithin(called, always, ['src/crypto/'])).toBeCloseTo(0.2 + 0.3 + 0.2, 6);
    expect(timeWithin(called, always, ['receiver/'])).toBe(0);
  });

  it('leaves out what lies before and after the window', () => {
    expect(timeWithin(called, { fromUs: 1_300_000, toUs: 1_600_000 }, ['sender/'])).toBeCloseTo(0.3, 6);
  });
});

describe('summarizeProfile', () => {
  it('counts each sample until the next one, functions of one name and file together, the largest first', () => {
    const { costs } = summarizeProfile(profile, { fromUs: 0, toUs: 9_000_000 });
    expect(costs.map(({ place, selfSeconds }) => [place, Number(selfSeconds.toFixed(6))])).toEqual([
      ['seal (src/crypto/sodium.ts)', 0.5],
      ['produce (node-rdkafka/lib/producer.js)', 0.2],
      ['(anonymous) (sender/core.ts)', 0.1],
      ['(garbage collector)', 0.1],
    ]);
  });

  it('holds idle time apart from the rest', () => {
    const { busySeconds, idleSeconds } = summarizeProfile(profile, { fromUs: 0, toUs: 9_000_000 });
    expect(busySeconds).toBeCloseTo(0.9, 6);
    expect(idleSeconds).toBeCloseTo(0.1, 6);
  });

  it('leaves out what lies before and after the window', () => {
    const { costs } = summarizeProfile(profile, { fromUs: 1_300_000, toUs: 1_700_000 });
    expect(costs.map(({ place }) => place)).toEqual(['seal (src/crypto/sodium.ts)', '(anonymous) (sender/core.ts)']);
    expect(costs[0]?.selfSeconds).toBeCloseTo(0.3, 6);
  });

  it('answers nothing for a profile without samples', () => {
    const empty = { ...profile, samples: [], timeDeltas: [] };
    expect(summarizeProfile(empty, { fromUs: 0, toUs: 9_000_000 })).toEqual({
      costs: [],
      busySeconds: 0,
      idleSeconds: 0,
    });
  });
});

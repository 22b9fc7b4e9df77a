import { expect, it } from 'vitest';
import { DecisionTally } from '../../../../receiver/publish/decision-tally.ts';

it('counts by kind, outcome and reason, however they alternate', () => {
  const tally = new DecisionTally();
  tally.count('delta', 'published');
  tally.count('delta', 'published');
  tally.count('member', 'published');
  tally.count('delta', 'quarantined', 'id-invalid');
  tally.count('delta', 'quarantined', 'type-unknown');
  tally.count('delta', 'published');
  tally.count('frame', 'quarantined', 'protobuf', 40);
  tally.settle('delta', 'published');
  const { tallies, outcomes } = tally;
  expect(tallies).toEqual([
    { kind: 'delta', outcome: 'published', count: 4 },
    { kind: 'member', outcome: 'published', count: 1 },
    { kind: 'delta', outcome: 'quarantined', reason: 'id-invalid', count: 1 },
    { kind: 'delta', outcome: 'quarantined', reason: 'type-unknown', count: 1 },
    { kind: 'frame', outcome: 'quarantined', reason: 'protobuf', count: 40 },
  ]);
  expect(outcomes).toMatchObject({ published: 5, quarantined: 42, held: -1 });
  tally.count('delta', 'published');
  expect(tallies[0]?.count).toBe(4);
});

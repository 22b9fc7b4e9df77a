import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VerifiedFrame } from '../../receiver/intake/frame-verifier.ts';
import { compareRevisions, parseRevision } from '../../src/wire/revision.ts';
import { BackHalf } from '../support/back-half.ts';
import { progressIn } from '../support/kafka-value.ts';
import { spoolFrames, userDelete, userPut } from '../support/signed-stream.ts';
import { StateModel } from '../support/state-model.ts';

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const change = fc.oneof(
  id.map((each) => userPut(each)),
  id.map((each) => userDelete(each)),
);

/** What the sender frames next, and what becomes of it on the way. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deltas' as const),
      records: fc.array(change, { minLength: 1, maxLength: 3 }),
      isLost: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('cycle' as const),
      perPart: fc.integer({ min: 1, max: 3 }),
      lost: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    }),
  },
  // One of the lost frames comes after all: a repeat, or a ticket.
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('heal' as const), which: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      fault: fc.constantFrom('committed-unclean' as const, 'aborted-unclean' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disk-lost' as const), forgets: fc.boolean() }) },
);

function live({ kafka }: BackHalf): readonly string[] {
  const last = new Map(kafka.records('identity').map(({ key, value }) => [key, value]));
  return [...last]
    .filter(([, value]) => value !== null)
    .map(([key]) => key)
    .sort();
}

describe('snapshots among everything else', () => {
  it('bring the receiver to the sender’s state with one whole cycle, and nothing ever comes back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        let half = new BackHalf();
        const sender = new StateModel();
        const lost: VerifiedFrame[] = [];
        let sequence = 0;
        const send = async (frame: VerifiedFrame, isLost: boolean) => {
          sequence++;
          if (isLost) lost.push(frame);
          else spoolFrames(half.store.spool, [frame]);
          await half.run({ forMs: 200 });
        };
        for (const each of steps) {
          if (each.kind === 'deltas') await send(sender.deltas(sequence + 1, each.records), each.isLost);
          else if (each.kind === 'cycle') {
            const parts = sender.cycle(sequence + 1, { perPart: each.perPart });
            for (const [index, part] of parts.entries()) await send(part, each.lost[index] ?? false);
          } else if (each.kind === 'heal') {
            const [frame] = lost.length === 0 ? [] : lost.splice(each.which % lost.length, 1);
            if (frame !== undefined) spoolFrames(half.store.spool, [frame], true);
            await half.run({ forMs: 200 });
          } else if (each.kind === 'crash') {
            half.kafka.plan(each.fault);
            half.restart();
          } else {
            if (each.forgets) half.kafka.forgetTombstones();
            half = new BackHalf({ kafka: half.kafka });
          }
        }
        for (const part of sender.cycle(sequence + 1, { perPart: 2 })) await send(part, false);
        await half.run();
        expect(live(half)).toEqual([...sender.liveKeys]);
        const progress = progressIn(half.kafka.records('progress').at(-1));
        expect(progress).toMatchObject({ isWhole: true, gaps: [] });
        // What is missing still comes after all: it changes nothing any more.
        spoolFrames(half.store.spool, lost, true);
        await half.run();
        expect(live(half)).toEqual([...sender.liveKeys]);
        const last = new Map<string, string>();
        for (const { key, headers } of half.kafka.records('identity')) {
          const revision = headers.find(([name]) => name === 'ce_revision')?.[1] as string;
          const before = last.get(key) ?? '0.0.0';
          expect(compareRevisions(parseRevision(revision) as never, parseRevision(before) as never)).toBeGreaterThan(0);
          last.set(key, revision);
        }
      }),
      { numRuns: 150 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gate } from '../../receiver/gate/gate.ts';
import type { AssemblerOrder } from '../../receiver/intake/assembler-messages.ts';
import { AssemblerProxy } from '../../receiver/intake/assembler-proxy.ts';
import { type VerifiedFrame, verifyFrame } from '../../receiver/intake/frame-verifier.ts';
import { WantedFrames } from '../../receiver/link-thread/wanted-frames.ts';
import { HOLD_MS } from '../support/front-half.ts';
import { BOUNDARY, ModelJournal, STREAM, senderKeys, WALL_MS } from '../support/model-sender.ts';

const COUNT = 20;
const journals = [1, 2, 3].map((epoch) => new ModelJournal({ epoch }));
const frames = journals.map((journal) =>
  Array.from({ length: COUNT }, () => verifyFrame(journal.append(1).bytes, senderKeys) as VerifiedFrame),
);

/** `tell`: the order of a decision arrives. */
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('frame', 'frame', 'frame', 'frame', 'tell', 'tell', 'epoch'),
    index: fc.nat(COUNT - 1),
    waitMs: fc.constantFrom(0, 0, 0, 1, HOLD_MS),
  }),
  { maxLength: 80 },
);

describe('what the thread that reads the link wants, any order of frames, time and what it is told', () => {
  it('is what the gate wants once it was told all, and never refuses what the gate of its epoch wants', () => {
    fc.assert(
      fc.property(steps, (order) => {
        const gate = new Gate({ boundary: BOUNDARY, stream: STREAM, holdMs: HOLD_MS });
        const wanted = new WantedFrames();
        const told: AssemblerOrder[] = [];
        const proxy = new AssemblerProxy((next) => told.push(next));
        const hear = () => {
          for (const next of told.splice(0)) if (next.wanted !== undefined) wanted.handleState(next.wanted);
        };
        let epochs = 0;
        let heardEpoch = 0;
        let nowMs = 0;
        const begin = () => {
          const journal = journals[epochs] as ModelJournal;
          const before = journals[epochs - 1]?.head;
          const head = { ...journal.head, sequence: 0, digest: new Uint8Array(), oldestSequence: 0 };
          gate.handleHello(
            nowMs,
            { head, ...(before && { previousEpoch: before }) },
            epochs === 0 ? 'first' : 'next-epoch',
          );
          epochs++;
        };
        begin();
        for (const { kind, index, waitMs } of order) {
          nowMs += waitMs;
          if (kind === 'epoch' && epochs < journals.length) begin();
          if (kind === 'frame') {
            const frame = frames[epochs - 1]?.[index] as VerifiedFrame;
            const { epoch, sequence } = frame.header;
            // From the link or from a bundle, it makes no difference.
            gate.handleFrame(nowMs, frame);
            proxy.handleFrame({ epoch, sequence, frameBytes: frame.bytes.length });
          }
          while (gate.poll(nowMs, WALL_MS)) {}
          proxy.handleDecided(gate, true);
          if (kind === 'tell') {
            hear();
            heardEpoch = epochs;
            expect(placesOf(wanted)).toEqual(placesOf(gate));
          }
          // Of an epoch that it has not heard of it cannot know; its session is not open either.
          if (heardEpoch === epochs) expect(placesOf(wanted)).toEqual(expect.arrayContaining([...placesOf(gate)]));
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Of every frame that could come, in its length and in another. */
function placesOf(filter: Pick<Gate, 'wanted'>): readonly string[] {
  return frames
    .flat()
    .flatMap(({ header: { epoch, sequence }, bytes: { length } }) =>
      [length, length + 1]
        .filter((frameBytes) => filter.wanted({ epoch, sequence, frameBytes }))
        .map((frameBytes) => `${epoch}.${sequence}.${frameBytes}`),
    );
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gate } from '../../receiver/gate/gate.ts';
import { type VerifiedFrame, verifyFrame } from '../../receiver/intake/frame-verifier.ts';
import { decodeHello, decodeHelloBody, decodeHelloDatagram } from '../../src/wire/hello.ts';
import { HOLD_MS } from '../support/front-half.ts';
import { BOUNDARY, ModelJournal, ModelSession, STREAM, senderKeys, WALL_MS } from '../support/model-sender.ts';

const COUNT = 30;
const journal = new ModelJournal();
const first = helloBody(new ModelSession(journal).hello());
const frames = Array.from({ length: COUNT }, () => verifyFrame(journal.append(1).bytes, senderKeys) as VerifiedFrame);
const steps = fc.array(fc.record({ index: fc.nat(COUNT - 1), waitMs: fc.constantFrom(0, 0, 0, 1, 1_000, HOLD_MS) }), {
  maxLength: 120,
});

describe('gate, any order of frames and time', () => {
  it('releases each frame at most once, those that are not healed in sequence, and accounts for every sequence', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (order, doesRestart) => {
        let gate = newGate();
        gate.handleHello(0, first, 'first');
        const released: number[] = [];
        const healed = new Set<number>();
        let nowMs = 0;
        order.forEach(({ index, waitMs }, step) => {
          nowMs += waitMs;
          gate.handleFrame(nowMs, frames[index] as VerifiedFrame);
          for (let next = gate.poll(nowMs, WALL_MS); next; next = gate.poll(nowMs, WALL_MS)) {
            if (next.kind !== 'release') continue;
            released.push(next.frame.header.sequence);
            if (next.isHealed) healed.add(next.frame.header.sequence);
          }
          if (doesRestart && step % 10 === 9) gate = newGate(gate.state);
        });
        expect(gate.state.halt).toBeUndefined();
        expect(new Set(released).size).toBe(released.length);
        const inSequence = released.filter((sequence) => !healed.has(sequence));
        expect(inSequence).toEqual(inSequence.toSorted((a, b) => a - b));
        const missing = gate.state.gaps.flatMap(({ from, to }) => range(from, to));
        expect([...released, ...missing].toSorted((a, b) => a - b)).toEqual(range(1, gate.sequence));
      }),
      { numRuns: 300 },
    );
  });

  it('has released everything and knows no gap once every frame has come', () => {
    fc.assert(
      fc.property(steps, (order) => {
        const gate = newGate();
        gate.handleHello(0, first, 'first');
        let nowMs = 0;
        for (const { index, waitMs } of order) {
          nowMs += waitMs;
          gate.handleFrame(nowMs, frames[index] as VerifiedFrame);
          while (gate.poll(nowMs, WALL_MS)) {}
        }
        for (const frame of frames) gate.handleFrame(nowMs, frame);
        expect(gate.state).toMatchObject({ sequence: COUNT, gaps: [] });
        expect([gate.heldFrames, gate.heldBytes]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });
});

function newGate(state?: Gate['state']): Gate {
  return new Gate({ boundary: BOUNDARY, stream: STREAM, holdMs: HOLD_MS, state });
}

function helloBody(datagram: Buffer) {
  const parts = decodeHelloDatagram(datagram);
  const hello = typeof parts === 'string' ? parts : decodeHello(parts.hello);
  const body = typeof hello === 'string' ? hello : decodeHelloBody(hello.body);
  if (typeof body === 'string') throw new Error(body);
  return body;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

import { describe, expect, it } from 'vitest';
import { bytesPerSecond, frameShape, type Parts, partTimes } from '../../../bench/benchmarks/link/sum-of-parts.ts';
import { FramePass } from '../../../sender/transmit/frame-pass.ts';

const OPTIONS = { maxSymbolBytes: 1_408, repairPercent: 5 };
/** 100 source symbols and 5 of repair: figures that can be added in the head. */
const SHAPE = { ...frameShape(100 * 1_408, OPTIONS), datagrams: 105 };
const PARTS: Parts = {
  encode: 4e9,
  decode: 2e9,
  seal: 1e9,
  open: 0.5e9,
  sha256: 2e9,
  sendSeconds: 0.1408e-6,
  receiveSeconds: 0.2816e-6,
};

const nanoseconds = (times: ReturnType<typeof partTimes>) =>
  Object.fromEntries(
    times.map(({ side, part, secondsPerByte }) => [`${side} ${part}`, Number((secondsPerByte * 1e9).toFixed(6))]),
  );

describe('frameShape', () => {
  it('is the cut of the sender', () => {
    const frame = new Uint8Array(262_328);
    const { block, datagrams, symbolBytes } = frameShape(frame.length, OPTIONS);
    const encoder = { encodeRun: () => [] };
    const pass = new FramePass({ frame, pass: 1, encoder, ...OPTIONS });
    expect([datagrams, symbolBytes]).toEqual([pass.symbolCount, pass.geometry.symbolBytes]);
    expect(block).toEqual({
      sourceCount: pass.next()?.sourceCount,
      repairCount: datagrams - block.sourceCount,
      repairCapacity: 32,
    });
  });

  it('refuses a frame of several blocks', () => {
    expect(() => frameShape(1 << 20, OPTIONS)).toThrow('a frame of 1048576 bytes is not one block');
  });
});

describe('partTimes', () => {
  it('adds what each part takes for a byte of the frame, repair symbols included', () => {
    expect(nanoseconds(partTimes(SHAPE, PARTS, 105))).toEqual({
      'sender FEC encode': 0.25,
      'sender seal': 1.05,
      'sender send': 0.105,
      'receiver receive': 0.21,
      'receiver open': 2.1,
      'receiver FEC decode': 0,
      'receiver SHA-256': 0.5,
    });
  });

  it('decodes where datagrams are missing, which nobody sends, takes or opens', () => {
    expect(nanoseconds(partTimes(SHAPE, PARTS, 100))).toEqual({
      'sender FEC encode': 0.25,
      'sender seal': 1.05,
      'sender send': 0.1,
      'receiver receive': 0.2,
      'receiver open': 2,
      'receiver FEC decode': 0.5,
      'receiver SHA-256': 0.5,
    });
  });
});

describe('bytesPerSecond', () => {
  it('is what the slower side carries', () => {
    expect(bytesPerSecond(partTimes(SHAPE, PARTS, 105)) / 1e9).toBeCloseTo(1 / 2.81, 9);
    const slowSender = partTimes(SHAPE, { ...PARTS, sendSeconds: 2.816e-6 }, 105);
    expect(bytesPerSecond(slowSender) / 1e9).toBeCloseTo(1 / 3.4, 9);
  });
});

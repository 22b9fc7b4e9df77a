import { describe, expect, it } from 'vitest';
import { PassLedger } from '../../../bench/benchmarks/loss/pass-ledger.ts';
import { HEADER_BYTES, writeDatagramHeader } from '../../../src/wire/datagram.ts';

function symbol(symbolIndex: number, fields: { readonly sequence?: number; readonly blockIndex?: number } = {}) {
  const datagram = Buffer.alloc(HEADER_BYTES);
  writeDatagramHeader(datagram, 0, {
    suite: 1,
    kind: 0,
    session: 1,
    lane: 0,
    counter: 1,
    sequence: 1,
    blockIndex: 0,
    blockCount: 1,
    symbolIndex,
    frameBytes: 64 * 3,
    sourceCount: 3,
    repairCapacity: 4,
    ...fields,
  });
  return datagram;
}

/** Frame 1: k = 3, and two of repair in the first pass; the first of `lost` symbols are lost. */
function firstPass(ledger: PassLedger, lost: number, place: { readonly blockIndex?: number } = {}): void {
  for (let index = 0; index < 5; index++) {
    const kind = index < 3 ? 'source' : 'repair';
    ledger.handle({ nowMs: index, kind, datagram: symbol(index, place), isLost: index < lost });
  }
}

describe('pass ledger', () => {
  it('calls a frame complete with k symbols of each block, whichever', () => {
    const ledger = new PassLedger([1_000]);
    firstPass(ledger, 2);
    expect(ledger.isComplete(1, 0)).toBe(true);
    firstPass(ledger, 3, { blockIndex: 1 });
    expect(ledger.isComplete(1, 0)).toBe(false);
    ledger.handle({ nowMs: 1_003, kind: 'repeat', datagram: symbol(6, { blockIndex: 1 }), isLost: false });
    expect([ledger.isComplete(1, 0), ledger.isComplete(1, 1)]).toEqual([false, true]);
    expect(ledger.isComplete(2, 1)).toBe(false);
  });

  it('expects of the first pass what the binomial distribution says', () => {
    const ledger = new PassLedger([1_000]);
    firstPass(ledger, 0);
    const p = 0.2;
    const choose = [1, 5, 10];
    const complete = choose.reduce((sum, ways, lost) => sum + ways * p ** lost * (1 - p) ** (5 - lost), 0);
    const { failed, expected, variance } = ledger.result(0, p);
    expect(failed).toBe(0);
    expect(expected).toBeCloseTo(1 - complete, 12);
    expect(variance).toBeCloseTo(complete * (1 - complete), 12);
  });

  it('expects of a repeat that a symbol is lost only with all its copies', () => {
    const ledger = new PassLedger([1_000]);
    firstPass(ledger, 5);
    for (let index = 0; index < 5; index++)
      ledger.handle({ nowMs: 1_004, kind: 'repeat', datagram: symbol(index), isLost: false });
    const p = 0.3 ** 2;
    const complete = [1, 5, 10].reduce((sum, ways, lost) => sum + ways * p ** lost * (1 - p) ** (5 - lost), 0);
    expect(ledger.result(1, 0.3).expected).toBeCloseTo(1 - complete, 12);
    expect([ledger.result(0, 0.3).failed, ledger.result(1, 0.3).failed]).toEqual([1, 0]);
  });
});

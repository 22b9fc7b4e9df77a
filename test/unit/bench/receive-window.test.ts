import { describe, expect, it } from 'vitest';
import { RECEIVE_BUFFER_BYTES, receiveWindow, receiveWindowNotes } from '../../../bench/support/receive-window.ts';

/** net.core.rmem_max of a kernel as it comes. */
const STOCK = 212_992;

describe('receive window', () => {
  it.each([
    [RECEIVE_BUFFER_BYTES, { ahead: 3_584, step: 224 }],
    [4 * RECEIVE_BUFFER_BYTES, { ahead: 3_584, step: 224 }],
    [STOCK, { ahead: 182, step: 11 }],
    [1, { ahead: 1, step: 1 }],
  ])('holds what a buffer of %i bytes does', (maxBufferBytes, window) => {
    expect(receiveWindow({ fitting: 3_584, words: 16 }, maxBufferBytes)).toEqual(window);
  });

  it('says what would make figures higher, and nothing where nothing would', () => {
    expect(receiveWindowNotes(STOCK)).toEqual([expect.stringContaining('sysctl -w net.core.rmem_max=4194304')]);
    expect(receiveWindowNotes(RECEIVE_BUFFER_BYTES)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { SendWindow } from '../../../bench/support/send-window.ts';

describe('send window', () => {
  it('stays so many datagrams ahead of the receiver, and ends where that one stands still', () => {
    let received = 0;
    const window = new SendWindow(1_000, { received: () => received, ahead: 512 });
    expect(window.upTo(1_000)).toBe(512);
    received = 100;
    expect(window.upTo(5_900)).toBe(612);
    expect(window.upTo(10_899)).toBe(612);
    expect(window.upTo(10_900)).toBeUndefined();
  });

  it('ends where nothing ever comes', () => {
    const window = new SendWindow(0, { received: () => 0, ahead: 512 });
    expect(window.upTo(4_999)).toBe(512);
    expect(window.upTo(5_000)).toBeUndefined();
  });
});

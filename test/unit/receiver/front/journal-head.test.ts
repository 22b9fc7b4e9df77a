import { describe, expect, it } from 'vitest';
import { JournalHead } from '../../../../receiver/intake/journal-head.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';

const HOLD_MS = 3_000;
const head = (sequence: number) => ({ sequence, digest: Buffer.alloc(32, sequence) });

describe('the journal’s head', () => {
  it('waits for each frame from when a hello first told of it', () => {
    const journal = new JournalHead();
    journal.handleHello(1_000, head(5), 2);
    journal.handleHello(3_500, head(8), 2);
    expect(journal.tailMissingSinceMs(2)).toBe(1_000);
    expect(journal.waitedFor(4_000, HOLD_MS, 2)?.sequence).toBe(5);
    // Frames 3 to 5 became a gap, or came: 6 to 8 are younger.
    journal.handleSequence(5);
    expect(journal.tailMissingSinceMs(5)).toBe(3_500);
    expect(journal.waitedFor(6_400, HOLD_MS, 5)?.sequence).not.toBe(8);
    expect(journal.waitedFor(6_500, HOLD_MS, 5)?.sequence).toBe(8);
    journal.handleSequence(8);
    expect(journal.tailMissingSinceMs(8)).toBeUndefined();
    expect(journal.head?.sequence).toBe(8);
  });

  it('is not taken back by a hello that was overtaken, nor made older by one that says the same again', () => {
    const journal = new JournalHead();
    journal.handleHello(1_000, head(5), 2);
    journal.handleHello(2_000, head(4), 2);
    journal.handleHello(3_000, head(5), 2);
    expect(journal.head?.sequence).toBe(5);
    expect(journal.tailMissingSinceMs(2)).toBe(1_000);
  });

  it('does not call missing what is still on its way', () => {
    const journal = new JournalHead();
    journal.handleHello(1_000, head(5), 2);
    journal.handleActivity(2_500);
    expect(journal.tailMissingSinceMs(2)).toBe(2_500);
  });

  it('leaves a jump that one hello made to frames to confirm, also behind a head that is none', () => {
    const journal = new JournalHead();
    const far = 5 + RECEIVER_LIMITS.maxSequenceJump;
    journal.handleHello(0, head(5), 2);
    journal.handleHello(0, { sequence: far, digest: Buffer.alloc(32) }, 2);
    expect(journal.waitedFor(HOLD_MS, HOLD_MS, 2)?.sequence).toBe(5);
    journal.handleSequence(4);
    journal.handleSequence(5);
    expect(journal.tailMissingSinceMs(4)).toBeUndefined();
  });

  it('keeps few heads however many hellos come, and the oldest of them', () => {
    const journal = new JournalHead();
    for (let hello = 1; hello <= 1_000; hello++) journal.handleHello(hello, head(hello), 0);
    expect(journal.head?.sequence).toBe(1_000);
    expect(journal.tailMissingSinceMs(0)).toBe(1);
  });
});

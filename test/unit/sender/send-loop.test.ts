import { expect, it } from 'vitest';
import { SendLoop } from '../../../sender/transmit/send-loop.ts';
import type { SendLink } from '../../../src/link/link.ts';
import { NO_SEND_LINK } from '../../../src/link/no-link.ts';

it.each([
  ['has copied all', { flush: () => true }, [true]],
  ['has not room for all', { flush: () => false }, []],
  ['does not tell what it copied', {}, [false]],
])('tells the core what a link that %s needs no longer', async (_, changes, told) => {
  expect(await handedOver({ ...NO_SEND_LINK, send: () => true, ...changes })).toEqual(told);
});

/** What the core hears in the turn in which its one datagram leaves. */
async function handedOver(link: SendLink): Promise<readonly boolean[]> {
  const told: boolean[] = [];
  const waiting = [Buffer.alloc(64)];
  await new Promise<void>((resolve, reject) => {
    const loop = new SendLoop({
      core: {
        burstMs: 1,
        poll: () => waiting.shift(),
        handleHandedOver: (_nowMs, isCopied) => void told.push(isCopied),
        keepJournal: () => {},
        handleResumed: () => {},
        nextDeadlineMs: () => Number.POSITIVE_INFINITY,
        nextJournalMs: () => Number.POSITIVE_INFINITY,
      },
      link,
      clock: { nowMs: () => 0, wallMs: () => 0 },
      onTurn: () => {
        loop.stop();
        resolve();
      },
      onFatal: reject,
    });
    loop.wake();
  });
  return told;
}

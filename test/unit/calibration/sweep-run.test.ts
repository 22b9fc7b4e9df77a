import { expect, it } from 'vitest';
import { endText } from '../../../sender/calibration/calibration-view.ts';
import { runSweep } from '../../../sender/calibration/sweep-run.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { NO_SEND_LINK } from '../../../src/link/no-link.ts';
import { MARK_BYTES, newSweep, SHORT_WISH } from '../../support/simulated-sweep.ts';

const ONE_STEP = { ...SHORT_WISH, rates: 1, seconds: 0.01 };
const MARKS = 3;

/** Its kernel is full from the first mark on, for so many turns of the loop. */
function fullLink(turns: number) {
  const queue: Buffer[] = [];
  let marks = 0;
  let left = turns;
  let tellRoom = () => {};
  return {
    ...NO_SEND_LINK,
    get queuedDatagrams() {
      return queue.length;
    },
    send(datagram: Buffer) {
      queue.push(datagram);
      return true;
    },
    flush() {
      const isFull = queue.at(-1)?.length === MARK_BYTES && left-- > 0;
      if (isFull) setTimeout(tellRoom, 1);
      else for (const { length } of queue.splice(0)) marks += Number(length === MARK_BYTES);
      return !isFull;
    },
    onRoom(handler: () => void) {
      tellRoom = handler;
    },
    get marks() {
      return marks;
    },
  };
}

/** A machine so busy that between two looks a second passes: the last marks leave in the turn in which the sweep is done. */
function run(link: ReturnType<typeof fullLink>, { signal } = new AbortController()) {
  let nowMs = 0;
  const clock = { nowMs: () => (nowMs += 1_000), wallMs: () => 0 };
  return { taken: runSweep({ sweep: newSweep(ONE_STEP), link, clock, onTurn: () => {}, signal }), nowMs: () => nowMs };
}

it('is over when the kernel has the last marks too', async () => {
  const link = fullLink(1);
  expect(await run(link).taken).toBe(true);
  expect([link.marks, link.queuedDatagrams]).toEqual([MARKS, 0]);
});

it('is given up, and says so, where it has no room for them in the time of a stop', async () => {
  const link = fullLink(Number.POSITIVE_INFINITY);
  const { taken, nowMs } = run(link);
  expect(await taken).toBe(false);
  expect(link.marks).toBe(0);
  expect(nowMs()).toBeGreaterThanOrEqual(SENDER_LIMITS.stopDrainMs);
  const said = endText({ errors: {}, isTaken: false }, undefined);
  expect(said).toMatch(/^The link did not take the last datagrams/);
});

it('is over at once where the kernel has no way out, or was told to end before it began', async () => {
  const looks = async (isAway: boolean) => {
    const { taken, nowMs } = run(Object.assign(fullLink(Number.POSITIVE_INFINITY), { isAway }));
    expect(await taken).toBe(false);
    return nowMs();
  };
  expect(await looks(true)).toBeLessThan((await looks(false)) - SENDER_LIMITS.stopDrainMs / 2);
  const ended = new AbortController();
  ended.abort();
  const link = fullLink(0);
  expect(await run(link, ended).taken).toBe(true);
  expect(link.marks).toBe(0);
});

it('says no "all was sent" where nobody tells the hardware address of the diode', () => {
  const drops = { interfaceName: 'eth1', queue: 0, interface: 0, unanswered: '192.0.2.7' };
  const said = endText({ errors: {}, isTaken: true }, drops);
  expect(said).toMatch(/^Nothing reaches the diode: .*192\.0\.2\.7 lladdr .* dev eth1\. Lost on this machine: /);
});

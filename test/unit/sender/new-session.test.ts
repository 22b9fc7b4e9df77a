/** A new session on a fast link: its first frames wait until a receiver may know it. */
import { afterEach, describe, expect, it } from 'vitest';
import { RECEIVER_LIMITS, SENDER_LIMITS } from '../../../src/limits.ts';
import { DATAGRAM_KIND, datagramKind } from '../../../src/wire/datagram.ts';
import { coreRig, drive, entriesOf, userLine } from '../../support/sender-rig.ts';
import { StreamPair } from '../../support/stream-pair.ts';

const { maxDatagramsBeforeHeard } = SENDER_LIMITS;
/** Of the fifth hello, and as long again. */
const HEARD_MS = 500;
/** Zstd takes little off it: some 800 datagrams. */
const BACKLOG = 2_000;

function backlog(): readonly object[] {
  let state = 1;
  const letter = () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(97 + (state % 26));
  };
  return Array.from({ length: BACKLOG }, (_, at) => userLine(`u-${at}`, Array.from({ length: 600 }, letter).join('')));
}

const isHello = ({ datagram }: { readonly datagram: Buffer }) => datagramKind(datagram) === DATAGRAM_KIND.hello;

describe('a new session', () => {
  let pair: StreamPair | undefined;
  afterEach(() => {
    pair?.close();
    pair = undefined;
  });

  it.each([
    ['1 Gbit/s', 1_000_000_000],
    ['100 Mbit/s', 100_000_000],
    ['10 Mbit/s', 10_000_000],
  ])('loses no first frame at %s while the receiver is busy for 400 ms, without any repeat', async (_, rate) => {
    pair = new StreamPair({ link: { rateBitsPerSecond: rate, repeatAfterMs: [] }, openMs: 400 });
    const sender = await pair.startSender('a');
    pair.sayLines(sender, backlog());
    await pair.run(10_000);
    expect(pair.intake.status(pair.nowMs).waitingDatagrams).toBe(0);
    expect(Object.keys(pair.published)).toHaveLength(BACKLOG);
    expect(pair.gate.gaps).toEqual([]);
  });

  it('begins with no more datagrams than half of what a receiver keeps, until its first hellos were heard', async () => {
    const { core } = await coreRig();
    core.handleEntries(0, entriesOf(backlog().map((line) => JSON.stringify(line))));
    const sent = drive(core, 0, 2_000);
    const symbols = sent.filter((each) => !isHello(each));
    const early = symbols.filter(({ atMs }) => atMs < HEARD_MS);
    expect(early).toHaveLength(maxDatagramsBeforeHeard);
    expect(2 * early.length).toBeLessThanOrEqual(RECEIVER_LIMITS.maxDatagramsBeforeHello);
    expect(symbols[maxDatagramsBeforeHeard]?.atMs).toBe(HEARD_MS);
    expect(sent.filter((each) => isHello(each) && each.atMs < HEARD_MS)).toHaveLength(SENDER_LIMITS.helloFirstCount);
    expect(core.isDrained).toBe(true);
  });

  it('waits once, and not for the hellos behind', async () => {
    const { core } = await coreRig();
    drive(core, 0, 2_000);
    core.handleEntries(2_000, entriesOf(backlog().map((line) => JSON.stringify(line))));
    const sent = drive(core, 2_000, 2_200);
    expect(sent.filter((each) => !isHello(each)).length).toBeGreaterThan(2 * maxDatagramsBeforeHeard);
  });

  it('holds nothing back where the link takes longer for those datagrams than for the hellos', async () => {
    const { core } = await coreRig({ link: { rateBitsPerSecond: 5_000_000, repeatAfterMs: [] } });
    core.handleEntries(0, entriesOf(backlog().map((line) => JSON.stringify(line))));
    const symbols = drive(core, 0, 2_000).filter((each) => !isHello(each));
    const pauses = symbols.slice(1).map(({ atMs }, at) => atMs - (symbols[at]?.atMs ?? 0));
    expect(symbols.length).toBeGreaterThan(2 * maxDatagramsBeforeHeard);
    expect(Math.max(...pauses)).toBeLessThan(10);
  });
});

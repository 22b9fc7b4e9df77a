/** A link at a constant rate: what stands on it says nothing of what is said, and what is said hardly waits. */
import { describe, expect, it } from 'vitest';
import type { SenderCore } from '../../../sender/core.ts';
import { sha256Hex } from '../../../src/crypto/digest.ts';
import { DATAGRAM_KIND, datagramKind, readDatagramHeader } from '../../../src/wire/datagram.ts';
import { coreRig, drive, entriesOf, openVeiled, userLine } from '../../support/sender-rig.ts';

const RATE = 1_214_400;
/** A datagram of 1,452 bytes takes so long of it on the cable. */
const WIRE_MS = 10;
const BURST_BYTES = 1_518;
/** Of the rig's packer. */
const LINGER_MS = 50;

function rig(options: { readonly burstBytes?: number } = {}) {
  const link = { rateBitsPerSecond: RATE, symbolBytes: 1_408, repeatAfterMs: [1_000] };
  return coreRig({ link, isConstantRate: true, burstBytes: BURST_BYTES, ...options });
}

/** What is seen without a key: lengths, times, and of each datagram what stands in the clear. */
function seen(sent: ReturnType<typeof drive>) {
  return sent.map(({ atMs, datagram }) => {
    const clearBytes = datagramKind(datagram) === DATAGRAM_KIND.veiled ? 15 : 28;
    return `${atMs.toFixed(3)} ${datagram.length} ${datagram.subarray(0, clearBytes).toString('hex')}`;
  });
}

function fill(core: SenderCore, nowMs: number, count: number, name = 'u'): void {
  core.handleEntries(nowMs, entriesOf(Array.from({ length: count }, (_, at) => userLine(`${name}-${at}`))));
}

describe('a constant rate', () => {
  it('looks the same whether much is said, or nothing', async () => {
    const [idle, busy] = [await rig(), await rig()];
    // Behind the half minute in which hellos come each second.
    const quiet = drive(idle.core, 0, 48_000);
    const talk = drive(busy.core, 0, 34_000);
    fill(busy.core, 34_000, 2_000);
    talk.push(...drive(busy.core, 34_000, 44_000));
    fill(busy.core, 44_000, 1, 'short');
    talk.push(...drive(busy.core, 44_000, 48_000));
    expect(busy.core.isDrained).toBe(true);
    const { source, repair, repeat, padding } = busy.core.outlet.datagrams;
    expect(Math.min(source, repair, repeat, padding)).toBeGreaterThan(0);
    expect(seen(talk)).toEqual(seen(quiet));
    expect(new Set(quiet.map(({ datagram }) => datagram.length))).toEqual(new Set([1_452]));
  });

  it('fills the rate, and no more', async () => {
    const { core } = await rig({ burstBytes: 5 * BURST_BYTES });
    drive(core, 0, 20_000);
    const wireBytes = Object.values(core.outlet.wireBytes).reduce((sum, bytes) => sum + bytes, 0);
    expect(wireBytes).toBeGreaterThanOrEqual((RATE * 20) / 8);
    expect(wireBytes).toBeLessThanOrEqual((RATE * 20) / 8 + 5 * BURST_BYTES);
  });

  it('delays what is said by no more than one datagram, and repeats go before padding', async () => {
    const { core } = await rig();
    drive(core, 0, 500);
    const { padding } = core.outlet.datagrams;
    fill(core, 500.5, 1);
    const sent = drive(core, 500.5, 2_000);
    const said = sent.filter(({ datagram }) => openVeiled(datagram) !== undefined);
    // Once it is journaled, the next datagram is the frame's, and each behind it.
    const [first] = said;
    expect((first?.atMs as number) - 500.5).toBeLessThanOrEqual(LINGER_MS + WIRE_MS + 0.01);
    const passes = said.map(({ atMs }) => atMs - (first?.atMs as number));
    expect(passes.slice(0, 3).map(Math.round)).toEqual([0, WIRE_MS, 2 * WIRE_MS]);
    expect(passes[3]).toBeGreaterThanOrEqual(1_000);
    // The first pass ended 20 ms behind its first datagram, and a hello of four may be due.
    expect(passes[3]).toBeLessThanOrEqual(1_000 + 7 * WIRE_MS + 0.01);
    expect(core.outlet.datagrams.padding - padding).toBe(sent.length - said.length - helloCount(sent));
  });

  it('looks the same where an operator pauses the sender in the middle of a frame', async () => {
    const run = async (count: number) => {
      const { core } = await rig();
      // Behind the half minute in which hellos come each second.
      const sent = drive(core, 0, 40_000);
      // Names that compression makes no shorter: many datagrams.
      const names = Array.from({ length: count }, (_, at) => sha256Hex(Buffer.of(at >> 8, at)));
      core.handleEntries(40_000, entriesOf(names.map((name) => userLine(name))));
      sent.push(...drive(core, 40_000, 40_505));
      const { source } = core.outlet.datagrams;
      core.pause.pause(0, '');
      sent.push(...drive(core, 40_505, 41_005));
      const paused = core.outlet.datagrams.source - source;
      core.pause.resume();
      sent.push(...drive(core, 41_005, 43_000));
      return { sent, source, paused, left: core.outlet.datagrams.source - source };
    };
    const [idle, busy] = [await run(0), await run(2_000)];
    expect(seen(busy.sent)).toEqual(seen(idle.sent));
    expect(Math.min(busy.source, busy.left)).toBeGreaterThan(1);
    // The one that was sealed.
    expect(busy.paused).toBe(1);
  });

  it('goes on while an operator has the sender paused', async () => {
    const { core } = await rig();
    drive(core, 0, 500);
    core.pause.pause(0, '');
    fill(core, 500, 10);
    const sent = drive(core, 500, 700);
    expect(sent.length).toBeGreaterThanOrEqual(19);
    expect(core.outlet.datagrams.source).toBe(0);
  });
});

function helloCount(sent: ReturnType<typeof drive>): number {
  return sent.filter(({ datagram }) => readDatagramHeader(datagram).lane === 255).length;
}

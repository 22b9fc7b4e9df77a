/** What leaves the machine, as its kernel stamps it: the pacer, the send loop and the link of the sender, through the rig. */
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HelperProcess, startHelper } from '../../bench/support/helper-process.ts';
import { canMakeNamespaces } from '../../bench/support/namespace.ts';
import { createOneWayRig, type OneWayRig, oneWayAddresses } from '../../bench/support/one-way-rig.ts';
import { projectRoot } from '../../bench/support/project-root.ts';
import type { PacedSender } from '../support/paced-sender.ts';
import { requirement } from '../support/requirement.ts';
import { hasAddon } from '../support/udp-addon.ts';
import { canCapture, captureWhile, largestBurstBytes } from '../support/wire-capture.ts';

const available =
  requirement('network namespaces', canMakeNamespaces(), 'run as root with iproute2 and nftables') &&
  requirement('tcpdump', canCapture(), 'run .ci/install') &&
  hasAddon;
const WIRE_BYTES = 1_518;
const MAX_RUNS = 8;

describe.skipIf(!available)('pacing, as the cable sees it', () => {
  let rig: OneWayRig;
  let helper: HelperProcess<PacedSender>;
  beforeAll(async () => {
    rig = await createOneWayRig({ lossFraction: 0 });
    const script = pathToFileURL(`${projectRoot}test/support/paced-sender.ts`);
    helper = startHelper(script, ['ip', 'netns', 'exec', rig.sender.name, 'env', 'NODE_OPTIONS=--import=tsx']);
  });
  afterAll(async () => {
    await helper?.stop();
    await rig?.destroy();
  });

  it.each([
    { rateBitsPerSecond: 50_000_000, burst: 1, batching: 'segments' },
    { rateBitsPerSecond: 1_000_000_000, burst: 20, batching: 'segments' },
    { rateBitsPerSecond: 50_000_000, burst: 2, batching: 'none' },
  ] as const)('has no larger burst than $burst datagrams, batching $batching', async ({ burst, ...way }) => {
    const burstBytes = burst * WIRE_BYTES;
    const task = { ...way, burstBytes, address: oneWayAddresses.receiver.ipv4, port: 9_000, datagramBytes: 1_452 };
    let sent = 0;
    const passed = await captureWhile(rig.sender, 'diode0', async () => {
      const ran = await helper.ask('run', { ...task, ms: 400 });
      ({ sent } = ran);
      return ran;
    });
    expect(passed).toHaveLength(sent);
    expect(new Set(passed.map(({ wireBytes }) => wireBytes))).toEqual(new Set([WIRE_BYTES]));
    expect(largestBurstBytes(passed, way.rateBitsPerSecond)).toBeLessThanOrEqual(burstBytes + 1);
  });

  it('spaces datagrams evenly inside a millisecond', async () => {
    const rateBitsPerSecond = 50_000_000;
    const burstBytes = 3 * WIRE_BYTES;
    const place = { address: oneWayAddresses.receiver.ipv4, port: 9_000, datagramBytes: 1_452 };
    const medianGapMs = async () => {
      const passed = await captureWhile(rig.sender, 'diode0', () =>
        helper.ask('run', { ...place, rateBitsPerSecond, burstBytes, batching: 'segments', ms: 400 }),
      );
      const gapsMs = passed.slice(1).map(({ atMs }, at) => atMs - (passed[at]?.atMs ?? 0));
      return gapsMs.sort((a, b) => a - b)[gapsMs.length >> 1] as number;
    };
    // 0.243 by the rate; timers of a millisecond send three together, so that most follow each other within 0.05. A machine
    // that wakes the sender late does so too, but not every time.
    const isEven = (medianMs: number) => medianMs > 0.15 && medianMs < 0.6;
    const medians: number[] = [];
    while (medians.length < MAX_RUNS && !medians.some(isEven)) medians.push(await medianGapMs());
    expect(medians).toContainEqual(expect.toSatisfy(isEven));
  });
});

/** What the sender's own machine loses is counted, whichever part of it: a queue that is full, a cable that is out. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMakeNamespaces } from '../../bench/support/namespace.ts';
import { oneWayAddresses } from '../../bench/support/one-way-rig.ts';
import { openPacedRig, type PacedRig } from '../support/paced-rig.ts';
import { requirement } from '../support/requirement.ts';
import { hasAddon } from '../support/udp-addon.ts';

const available =
  requirement('network namespaces', canMakeNamespaces(), 'run as root with iproute2 and nftables') && hasAddon;

describe.skipIf(!available)('what the sender loses behind its socket', () => {
  let site: PacedRig;
  beforeAll(async () => {
    site = await openPacedRig();
  });
  afterAll(() => site?.close());

  const queue = (verb: 'add' | 'del', ...shape: string[]) =>
    site.rig.sender.exec(['tc', 'qdisc', verb, 'dev', 'diode0', 'root', ...shape]);

  /** 40 Mbit/s for a fifth of a second, and how many of it reached the other side. */
  async function send(batching: 'segments' | 'datagrams' | 'none', family: 'ipv4' | 'ipv6' = 'ipv4') {
    const before = await site.rig.counters();
    const task = { rateBitsPerSecond: 40_000_000, datagramBytes: 1_352, batching, port: 9_000, ms: 200 };
    const { sent, drops } = await site.run({ ...task, address: oneWayAddresses.receiver[family] });
    const after = await site.rig.counters();
    return { sent, drops, passed: after.forwardPassed - before.forwardPassed };
  }

  it.each(['ipv4', 'ipv6'] as const)('is none where all arrives, over %s', async (family) => {
    const { sent, drops, passed } = await send('datagrams', family);
    expect(drops).toEqual({ interfaceName: 'diode0', queue: 0, interface: 0 });
    expect(passed).toBeGreaterThanOrEqual(sent);
  });

  it('is what a full queue dropped, though the kernel took it', async () => {
    // Its queue has room for two.
    await queue('add', 'tbf', 'rate', '10mbit', 'burst', '3kb', 'limit', '3000');
    const { sent, drops, passed } = await send('datagrams');
    const segmented = await send('segments');
    const [shown] = JSON.parse(await site.rig.sender.exec(['tc', '-s', '-j', 'qdisc', 'show', 'dev', 'diode0']));
    const unknown = await send('none');
    await queue('del');
    expect(drops?.queue).toBeGreaterThan(50);
    expect(drops?.interface).toBe(0);
    // A kernel has some packets of its own for a new interface.
    expect(Math.abs(sent - passed - (drops?.queue ?? 0))).toBeLessThanOrEqual(3);
    // Those of the first run are not the second's.
    expect(drops?.queue).toBe(shown.drops - (segmented.drops?.queue ?? 0));
    expect(segmented.drops?.seenAgeMs).toBeGreaterThanOrEqual(0);
    // Nobody asks for it without the addon: that is not 0.
    expect(unknown.drops).toEqual({ interfaceName: 'diode0', interface: 0 });
    expect(unknown.passed).toBeLessThan(unknown.sent);
  });

  it('is all, and told, where nobody answers for the diode since its entry went with an interface that was down', async () => {
    const { sender, pinNeighbours } = site.rig;
    await sender.exec(['ip', 'neighbour', 'del', oneWayAddresses.receiver.ipv4, 'dev', 'diode0']);
    const { passed, drops } = await send('datagrams');
    await pinNeighbours();
    // The questions who has it.
    expect(passed).toBeLessThan(5);
    expect(drops).toEqual({
      interfaceName: 'diode0',
      queue: 0,
      interface: 0,
      unanswered: oneWayAddresses.receiver.ipv4,
    });
    expect((await send('datagrams')).drops).toEqual({ interfaceName: 'diode0', queue: 0, interface: 0 });
  });

  it.each(['ipv4', 'ipv6'] as const)(
    'is what the interface dropped while its cable is out, over %s',
    async (family) => {
      await site.rig.receiver.exec(['ip', 'link', 'set', 'diode0', 'down']);
      const { sent, drops } = await send('datagrams', family);
      await site.rig.receiver.exec(['ip', 'link', 'set', 'diode0', 'up']);
      expect(sent).toBeGreaterThan(0);
      expect(drops?.interface).toBeGreaterThanOrEqual(sent);
      expect(drops?.interface).toBeLessThanOrEqual(sent + 3);
    },
  );

  // The last ones: an interface that was down has no IPv6 address any more.
  it.each(['segments', 'none'] as const)(
    'is nothing while the interface is down: the link waits, batching %s',
    async (batching) => {
      const { sender, pinNeighbours } = site.rig;
      const address = oneWayAddresses.receiver.ipv4;
      const before = await site.rig.counters();
      const task = { rateBitsPerSecond: 10_000_000, datagramBytes: 1_352, batching, port: 9_000, ms: 1_000 };
      const running = site.run({ ...task, address });
      await delay(300);
      await sender.exec(['ip', 'link', 'set', 'diode0', 'down']);
      await delay(300);
      await sender.exec(['ip', 'link', 'set', 'diode0', 'up']);
      // What is sent before waits for them in the kernel.
      await pinNeighbours();
      const { sent, errors } = await running;
      const after = await site.rig.counters();
      expect(errors['ENETUNREACH']).toBeGreaterThan(1);
      // The loop's last one is never handed over.
      expect(after.forwardPassed - before.forwardPassed).toBeGreaterThanOrEqual(sent - 1);
      // Of a second, which had room for 880.
      expect(sent).toBeGreaterThan(200);
      expect(sent).toBeLessThan(800);
    },
  );
});

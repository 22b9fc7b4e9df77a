/** `calibrate` of both programs, through the one-way rig and over a serial line: what it says is what their own counters say. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeConfig, type DiodePair, type Side, setUpPair } from '../../bench/support/diode-pair.ts';
import { engineOf } from '../../bench/support/engine.ts';
import { canMakeNamespaces } from '../../bench/support/namespace.ts';
import { createOneWayRig, type OneWayRig, oneWayAddresses } from '../../bench/support/one-way-rig.ts';
import { projectRoot } from '../../bench/support/project-root.ts';
import { missingForSerial, SerialLine } from '../../bench/support/serial-line.ts';
import type { Advice } from '../../receiver/calibration/calibration-advice.ts';
import { NOWHERE } from '../../receiver/calibration/calibration-places.ts';
import type { StepMeasure } from '../../receiver/calibration/calibration-tally.ts';
import type { SendDrops } from '../../src/link/link.ts';
import { requirement } from '../support/requirement.ts';
import { hasAddon } from '../support/udp-addon.ts';

const available = requirement('network namespaces', canMakeNamespaces(), 'run as root with iproute2 and nftables');
const PORT = 7350;

interface SenderReport {
  readonly steps: readonly { readonly drops: SendDrops }[];
  readonly drops: SendDrops;
}

interface Report {
  readonly sender: SenderReport;
  readonly measures: readonly StepMeasure[];
  readonly unheard: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly advice: Advice;
}

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

function startCalibrate(side: Side, pair: DiodePair, args: readonly string[], prefix: readonly string[] = []) {
  const own = side === 'sender' ? pair.senderDirectory : pair.receiverDirectory;
  const main = `${projectRoot}dist/${side}/main.js`;
  const [file, ...rest] = [...prefix, process.execPath, main, 'calibrate', own, ...args] as [string, ...string[]];
  const child = spawn(file, rest);
  children.push(child);
  const text = { out: '', error: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.error += chunk;
  });
  return { child, text, ended: once(child, 'close').then(([code]) => code as number | null) };
}

describe.skipIf(!available)('calibrate through the one-way rig', () => {
  let rig: OneWayRig;
  let directory: string;
  let pair: DiodePair;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'diode-calibrate-'));
    rig = await createOneWayRig({ lossFraction: 0 });
    const target = `${oneWayAddresses.receiver.ipv4}:${PORT}`;
    const names = { boundary: 'site-a', stream: 'hr' };
    pair = await setUpPair({ directory, ...names, target, senderSettings: [], receiverSettings: [] });
  });
  afterAll(async () => {
    await rig?.destroy();
    rmSync(directory, { recursive: true, force: true });
  });

  const inside = (side: Side) => ['ip', 'netns', 'exec', rig[side].name];

  /** The receiver first, then one sweep; its report. */
  async function measure(sweep: readonly string[], listening: readonly string[] = []): Promise<Report> {
    const receiver = startCalibrate('receiver', pair, ['--json', '--minutes', '2', ...listening], inside('receiver'));
    while (!receiver.text.error.includes('Listening')) await once(receiver.child.stderr, 'data');
    const sender = startCalibrate('sender', pair, [...sweep, '--json', '--bursts', 'none'], inside('sender'));
    expect([await sender.ended, sender.text.error]).toEqual([0, '']);
    expect(await receiver.ended, receiver.text.error).toBe(0);
    return { ...JSON.parse(receiver.text.out), sender: JSON.parse(sender.text.out) } as Report;
  }

  it('counts every loss that the rig makes, knows that it was no interface and no socket, and repairs it', async () => {
    await rig.setLoss(0.03);
    const before = await rig.counters();
    const svg = join(directory, 'calibration.svg');
    const sweep = ['--from', '4', '--to', '16', '--steps', '3', '--seconds', '0.6', '--sizes', '512'];
    const { measures, unheard, refused, advice, sender } = await measure(sweep, ['--svg', svg]);
    const after = await rig.counters();
    await rig.setLoss(0);
    // The very first probe too may be among those that are lost.
    expect(measures.map(({ step, isWhole }) => [step, isWhole])).toEqual([1, 2, 3, 4].map((step) => [step, true]));
    const sum = (of: (measure: StepMeasure) => number) => measures.reduce((total, each) => total + of(each), 0);
    const [sent, lost] = [sum((each) => each.sent), sum((each) => each.loss.lost)];
    const lostByRig = after.forwardLost - before.forwardLost;
    // What the rig dropped and no step misses are marks, of which each step has three.
    expect(lostByRig - lost).toBeGreaterThanOrEqual(0);
    expect(lostByRig - lost).toBeLessThanOrEqual(3 * measures.length);
    // Five standard deviations of so many draws.
    expect(Math.abs(lost / sent - 0.03)).toBeLessThan(5 * Math.sqrt((0.03 * 0.97) / sent));
    // Its filter stands behind the interface, as a firewall's does.
    expect(advice.places).toMatchObject({ interface: 0, socket: 0 });
    expect(advice.places.between).toBeGreaterThan(0.8 * lost);
    expect({ unheard, ...refused }).toEqual({
      unheard: 0,
      other: 0,
      forged: 0,
      'calibration-field': 0,
      'old-run': 0,
      late: 0,
    });
    expect(advice.loss.high).toBeGreaterThan(0.03 * 0.8);
    expect(advice.repairPercent).toBeGreaterThan(10);
    expect(advice.repairPercent).toBeLessThan(45);
    expect([512, 1_408]).toContain(advice.symbolBytes);
    expect(readFileSync(svg, 'utf8')).toContain('between interface and socket');
    // None of it was the sender's; of the queue the addon asks, where it is in use.
    expect(sender.drops).toEqual({
      interfaceName: 'diode0',
      interface: 0,
      ...(hasAddon && engineOf().batching !== 'none' && { queue: 0 }),
    });
  });

  it.skipIf(!hasAddon)("says at the sender what the sender's own queue dropped", async () => {
    // Segments would count up to 64 of them as one.
    changeConfig(pair.senderDirectory, [[['link', 'batching'], 'datagrams']]);
    const shape = ['rate', '16mbit', 'burst', '32kb', 'limit', '40000'];
    await rig.sender.exec(['tc', 'qdisc', 'add', 'dev', 'diode0', 'root', 'tbf', ...shape]);
    const sweep = ['--from', '4', '--to', '48', '--steps', '2', '--seconds', '0.6', '--sizes', 'none'];
    const { measures, sender } = await measure(sweep);
    await rig.sender.exec(['tc', 'qdisc', 'del', 'dev', 'diode0', 'root']);
    const [slow, fast] = sender.steps.map(({ drops }) => drops);
    expect(slow).toEqual({ interfaceName: 'diode0', queue: 0, interface: 0 });
    expect(fast?.queue).toBeGreaterThan(100);
    expect(measures.map(({ places }) => places.before)).toEqual([0, fast?.queue]);
  });

  it('finds the rate of a link within a step, one datagram at a time through node:dgram too', async () => {
    for (const own of [pair.senderDirectory, pair.receiverDirectory])
      changeConfig(own, [[['link', 'batching'], 'none']]);
    const shape = ['rate', '16mbit', 'burst', '32kb', 'latency', '50ms'];
    await rig.sender.exec(['tc', 'qdisc', 'add', 'dev', 'diode0', 'root', 'tbf', ...shape]);
    // The shaper counts 24 bytes less than what a datagram of 1,518 takes of a cable: 16.3 Mbit/s there.
    const sweep = ['--from', '4', '--to', '64', '--steps', '8', '--seconds', '0.6', '--sizes', 'none'];
    const { measures, advice } = await measure(sweep);
    const limit = (16_000_000 * 1_518) / 1_494;
    expect(advice.cleanBitsPerSecond).toBeLessThan(limit * 1.1);
    // A busy machine sends a step slower than it should: the highest that it did send below the limit counts.
    const highest = Math.max(
      ...measures
        .map((each) => Math.min(each.rateBitsPerSecond, each.offeredBitsPerSecond ?? 0))
        .filter((rate) => rate < limit / 1.1),
    );
    expect(advice.cleanBitsPerSecond).toBeGreaterThan(highest * 0.6);
    expect(advice.rateBitsPerSecond).toBeLessThan(limit);
    const top = measures.at(-1) as StepMeasure;
    expect(top.loss.lost).toBeGreaterThan(0);
    // What a shaper drops never reaches the receiver's machine.
    expect(top.places).toEqual({ ...NOWHERE, before: top.loss.lost });
  });
});

describe('calibrate where nothing is sent', () => {
  it('says what to look at, that nothing was drawn, and fails', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'diode-calibrate-silence-'));
    try {
      const names = { boundary: 'site-a', stream: 'hr', target: `127.0.0.1:${PORT}` };
      const pair = await setUpPair({ directory, ...names, senderSettings: [], receiverSettings: [] });
      const svg = join(directory, 'calibration.svg');
      const receiver = startCalibrate('receiver', pair, ['--minutes', '0.01', '--svg', svg]);
      expect(await receiver.ended).toBe(1);
      expect(receiver.text.out).toContain('No rate was heard. Look at the cable');
      expect(receiver.text.error).toContain(`Nothing was heard that could be drawn: ${svg} was not written.`);
      expect(existsSync(svg)).toBe(false);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

const hasLine = requirement('socat', missingForSerial() === undefined, 'run .ci/install');

describe.skipIf(!hasLine)('calibrate over a serial line', () => {
  let directory: string;
  let line: SerialLine | undefined;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'diode-calibrate-line-'));
  });
  afterAll(async () => {
    await line?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('measures what noise spoils, and recommends size and repair', async () => {
    const baud = 921_600;
    line = await SerialLine.start({ directory, baud });
    const target = { ...line.devices, baud };
    const names = { boundary: 'site-a', stream: 'hr' };
    const pair = await setUpPair({ directory, ...names, target, senderSettings: [], receiverSettings: [] });
    const receiver = startCalibrate('receiver', pair, ['--json', '--minutes', '2']);
    while (!receiver.text.error.includes('Listening')) await once(receiver.child.stderr, 'data');
    line.noise = { seed: 1, everyBytes: 8_000, burstBytes: 20 };
    const sender = startCalibrate('sender', pair, ['--seconds', '0.7', '--steps', '2', '--sizes', '1408']);
    expect([await sender.ended, sender.text.error]).toEqual([0, '']);
    expect(await receiver.ended, receiver.text.error).toBe(0);
    const { measures, advice } = JSON.parse(receiver.text.out) as Report;
    expect(measures).toHaveLength(3);
    const lost = measures.reduce((sum, { loss }) => sum + loss.lost, 0);
    expect(lost).toBeGreaterThan(3);
    // A burst spoils one datagram or two, and no byte of a line is lost elsewhere.
    expect(lost).toBeLessThanOrEqual(3 * line.counts.bursts);
    expect(advice.places.line).toBeGreaterThan(lost / 2);
    // A longer datagram is hit seven times as often.
    const shareOf = (step: number) => (measures[step]?.loss.lost ?? 0) / (measures[step]?.sent ?? 1);
    expect(shareOf(2)).toBeGreaterThan(shareOf(1));
    expect(advice).not.toHaveProperty('receiveBufferBytes');
    // The line carries its own rate, and what waits at the driver is no sign of too much.
    expect(advice).not.toHaveProperty('limitBitsPerSecond');
    expect(advice.symbolBytes).toBe(192);
    expect(advice.repairPercent).toBeGreaterThan(5);
    expect(line.counts.returned).toBe(0);
  });
});

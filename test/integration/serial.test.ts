/**
 * A serial line of three speeds, with noise and without, adapters pulled and plugged, between the real programs and into a
 * real Kafka. The line is played over pseudo-terminals: see bench/support/serial-line.ts.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { missingForSerial } from '../../bench/support/serial-line.ts';
import { SerialSite, settledRecords } from '../../bench/support/serial-site.ts';
import { Delivery } from '../../bench/workload/delivery.ts';
import { type IdentityWorkload, makeIdentities } from '../../bench/workload/identities.ts';
import { makeTokens } from '../../bench/workload/tokens.ts';
import { type } from '../support/command-line.ts';
import { kcatEach } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';

const available =
  requirement('a real Kafka', canRunKafka(), 'run .ci/install') &&
  requirement('socat', missingForSerial() === undefined, 'run .ci/install');

describe.skipIf(!available)('a serial line into a real Kafka', () => {
  let kafka: Kafka;
  let directory: string;
  let site: SerialSite | undefined;
  let sites = 0;

  beforeAll(async () => {
    kafka = await startKafka();
    directory = await mkdtemp(join(tmpdir(), 'diode-serial-'));
  });
  afterEach(async () => {
    await site?.close();
    site = undefined;
  });
  afterAll(async () => {
    await kafka?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function newSite(baud: number): Promise<SerialSite> {
    const name = `line-${++sites}`;
    site = await SerialSite.create({ directory: join(directory, name), name, baud, brokers: kafka.brokers });
    return site;
  }

  /** All records have an outcome, and nothing is missing. */
  async function settle(made: SerialSite, records: number, timeoutMs: number) {
    const status = await made.until(
      'receiver',
      (seen) => settledRecords(seen) >= records && seen.progress?.gaps.length === 0,
      timeoutMs,
    );
    expect(settledRecords(status)).toBe(records);
    return status;
  }

  async function verdict(made: SerialSite, identities: IdentityWorkload) {
    const delivery = new Delivery();
    await kcatEach({ brokers: kafka.brokers, topic: made.topic('identity'), committed: true }, (record) =>
      delivery.handleIdentity({ ...record, value: record.value === null ? null : Buffer.from(record.value) }),
    );
    return delivery.judge(identities, await makeTokens({ count: 0, badCount: 0, seed: 1, nowMs: Date.now() }));
  }

  it.each([
    { baud: 9_600, records: 150, everyBytes: 4_000 },
    { baud: 115_200, records: 1_500, everyBytes: 10_000 },
    { baud: 921_600, records: 6_000, everyBytes: 20_000 },
  ])('of $baud baud brings every record once and in order, through noise', async ({ baud, records, everyBytes }) => {
    const made = await newSite(baud);
    const identities = makeIdentities({ deltaCount: records, seed: baud });
    made.line.noise = { seed: baud, everyBytes, burstBytes: 20 };
    await made.start('receiver');
    await made.start('sender');
    made.append(identities.lines);
    const status = await settle(made, records, 300_000);
    const { superseded } = status.totals;
    expect(await verdict(made, identities)).toMatchObject({
      deltas: records - superseded,
      duplicated: 0,
      outOfOrder: 0,
      unexpected: [],
    });
    const { counts } = made.line;
    expect(counts.bursts).toBeGreaterThan(3);
    for (const kind of ['dropped', 'flipped', 'inserted'] as const) expect(counts[kind], kind).toBeGreaterThan(0);
    expect(status.intake.controls.hello).toBeGreaterThan(0);
    expect(counts.returned).toBe(0);
  });

  it('is opened again where an adapter is pulled and plugged, on either side, and nothing is missing', async () => {
    const made = await newSite(115_200);
    const identities = makeIdentities({ deltaCount: 900, seed: 3 });
    const third = Math.ceil(identities.lines.length / 3);
    await made.start('receiver');
    await made.start('sender');
    made.append(identities.lines.slice(0, third));
    await made.until('receiver', (status) => settledRecords(status) > 50, 60_000);

    await made.line.pull('sender');
    made.append(identities.lines.slice(third, 2 * third));
    const away = await made.until('sender', ({ link }) => link.line?.down !== undefined, 60_000);
    expect(away.alarms.join()).toContain(`The serial port ${made.line.devices.sender} is away since`);
    await made.line.plug('sender');
    await made.until('sender', ({ link }) => link.line?.reopened === 1 && link.line.down === undefined, 60_000);

    await made.line.pull('receiver');
    const gone = await made.until('receiver', ({ line }) => line?.down !== undefined, 60_000);
    expect(gone.alarms.join()).toContain(`The serial port ${made.line.devices.receiver} is away since`);
    await made.line.plug('receiver');
    await made.until('receiver', ({ line }) => line?.reopened === 1 && line.down === undefined, 60_000);

    made.append(identities.lines.slice(2 * third));
    const status = await settle(made, 900, 240_000);
    expect(await verdict(made, identities)).toMatchObject({
      deltas: 900 - status.totals.superseded,
      duplicated: 0,
      outOfOrder: 0,
      unexpected: [],
    });
  });

  it('tells silence, a wrong speed and another sender apart, and says what to do', async () => {
    const made = await newSite(115_200);
    await made.start('receiver');
    const silent = await made.until('receiver', ({ alarms }) => alarms.length > 0, 60_000);
    expect(silent.alarms.join()).toContain('look at the cable, since not a byte came on');

    // A wrong speed makes other bytes of those that were sent: so does noise that never stops.
    made.line.noise = { seed: 1, everyBytes: 1, burstBytes: 10_000 };
    await made.start('sender');
    made.append(makeIdentities({ deltaCount: 300, seed: 5 }).lines);
    const garbled = await made.until('receiver', ({ intake }) => intake.line.isGarbled, 120_000);
    expect(garbled.alarms.join()).toContain('link.baud is 115200 here, compare it with the sender');
    expect(garbled.line?.bytes).toBeGreaterThan(4_096);
    const { receiverDirectory } = made.pair;
    const checked = await type('diode-receiver', ['check', receiverDirectory, '--no-kafka', '--json']);
    const { items } = JSON.parse(checked.stdout) as { items: { level: string; item: string; seen: string }[] };
    expect(items.find(({ item }) => item === 'line')).toMatchObject({
      level: 'fail',
      seen: expect.stringContaining('Bytes arrive on'),
    });
    // The relay keeps the device open as well, and is no program of ours.
    expect(items.find(({ item }) => item === 'port')?.seen).toContain('is held by');

    made.line.noise = undefined;
    const clear = await made.until('receiver', ({ intake }) => !intake.line.isGarbled, 120_000);
    expect(clear.alarms.join()).not.toContain('link.baud');
    await settle(made, 300, 120_000);
  });

  it('is chosen by init, which refuses what does not belong to it', async () => {
    const at = (name: string) => ['init', join(directory, name), '--boundary', 'b'];
    for (const [args, seen] of [
      [[...at('a'), '--link', 'serial'], 'A serial link needs its port.'],
      [[...at('b'), '--device', '/dev/ttyS0'], '--device is of a serial link.'],
      [
        [...at('c'), '--link', 'serial', '--device', '/dev/ttyS0', '--listen', '127.0.0.1:1'],
        '--listen is of a UDP link.',
      ],
      [[...at('d'), '--link', 'serial', '--device', '/dev/ttyS0', '--baud', '9601'], '9601 is no speed'],
    ] as const) {
      expect(await type('diode-receiver', args)).toMatchObject({ code: 2, stderr: expect.stringContaining(seen) });
    }
    const made = await type('diode-receiver', [
      ...at('e'),
      '--link',
      'serial',
      '--device',
      '/dev/ttyS0',
      '--baud',
      '9600',
    ]);
    expect(made.code).toBe(0);
    const config = readFileSync(join(directory, 'e', 'config.yaml'), 'utf8');
    expect(config).toMatch(/kind: serial\n[\s\S]*device: "\/dev\/ttyS0"\n[\s\S]*baud: 9600\n[\s\S]*holdMs: 12000/);
  });

  it('is open for reading alone on the isolated side, and written through a descriptor that cannot read on the other', async () => {
    const made = await newSite(115_200);
    const receiver = await made.start('receiver');
    const sender = await made.start('sender');
    const modes = (pid: number | undefined, end: 'sender' | 'receiver') => accessModes(pid, made.line.devices[end]);
    // The sender's others hold the lock and settings, and nothing reads from them: see src/link/serial-port.ts.
    expect(modes(sender.process.pid, 'sender').filter((mode) => mode !== 'read')).toEqual(['write']);
    expect(new Set(modes(receiver.process.pid, 'receiver'))).toEqual(new Set(['read']));
  });
});

/** How a process has a device open, by each of its descriptors. */
function accessModes(pid: number | undefined, device: string): string[] {
  const target = readlinkSync(device);
  const own = readdirSync(`/proc/${pid}/fd`)
    .map(Number)
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === target;
      } catch {
        return false;
      }
    });
  return own.map((fd) => {
    const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
    return ['read', 'write', 'both'][Number.parseInt(flags, 8) & 3] ?? 'unknown';
  });
}

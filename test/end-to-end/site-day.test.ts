/**
 * A day of an air-gapped site, with the real programs and commands and a real Kafka read by kcat: 50,000 people come on
 * sticks while the serial line speaks already and the receiver is killed, changes come by the line, a gap is healed by a
 * stick, and a mass deletion is held and rejected. What lies on the topics is then what the source meant.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeConfig, diode, type Side } from '../../bench/support/diode-pair.ts';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { missingForSerial } from '../../bench/support/serial-line.ts';
import { SerialSite, settledRecords } from '../../bench/support/serial-site.ts';
import { Delivery } from '../../bench/workload/delivery.ts';
import { makeTokens } from '../../bench/workload/tokens.ts';
import { kcatEach } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';
import { personId, Roster } from '../support/roster.ts';

const PEOPLE = 50_000;
const GROUPS = 20;
const GROUP_MEMBERS = 50;
const BAUD = 115_200;
const DISMISSED = 600;
/** As `init` writes it: nobody lived when the hour began, so that a share of them is nobody. */
const FREE_LOSSES = 10;
const TIMEOUT_MS = 120_000;

const available =
  requirement('a real Kafka', canRunKafka(), 'run .ci/install') &&
  requirement('socat', missingForSerial() === undefined, 'run .ci/install');

describe.skipIf(!available)('a day of an air-gapped site', () => {
  const root = mkdtempSync(join(tmpdir(), 'diode-day-'));
  const approverKey = join(root, 'alice.key');
  const roster = new Roster(7);
  let kafka: Kafka;
  let site: SerialSite;

  const directoryOf = (side: Side) => (side === 'sender' ? site.pair.senderDirectory : site.pair.receiverDirectory);
  const command = (side: Side, name: string, ...args: readonly string[]) =>
    diode(side, [...name.split(' '), directoryOf(side), ...args]);
  const ask = async (...args: Parameters<typeof command>) => JSON.parse(await command(...args, '--json'));

  /** Newly mounted sticks. */
  const sticks = (...names: readonly string[]) =>
    names.map((name) => {
      mkdirSync(join(root, name));
      return join(root, name);
    });

  /** Every record has its outcome on the isolated side, and none is missing. */
  const settled = () =>
    site.until(
      'receiver',
      (status) => settledRecords(status) === roster.recordCount && status.progress?.gaps.length === 0,
      TIMEOUT_MS,
    );

  /** Looks without a pause, since it takes some tenths of a second. */
  async function untilTakingIn(): Promise<void> {
    for (const endMs = performance.now() + TIMEOUT_MS; performance.now() < endMs; ) {
      const { imports, spool } = (await site.receiver()) ?? {};
      // More than the line has brought, and so of the bundle.
      if (imports?.current !== undefined && spool !== undefined && spool.records > PEOPLE / 10) return;
    }
    throw new Error('the receiver takes no bundle in');
  }

  const readTopic = (topic: string, onRecord: Parameters<typeof kcatEach>[1]) =>
    kcatEach({ brokers: kafka.brokers, topic: site.topic(topic), committed: true }, onRecord);

  beforeAll(async () => {
    kafka = await startKafka();
    const alice = JSON.parse(await diode('receiver', ['approver-key', approverKey, '--json']));
    site = await SerialSite.create({
      directory: join(root, 'site'),
      name: 'day',
      baud: BAUD,
      brokers: kafka.brokers,
      senderSettings: [
        [['link'], { kind: 'media' }],
        [['packer', 'batchRecords'], 100],
      ],
      receiverSettings: [
        [['guard', 'maxLossPercent'], 5],
        [['approvers'], [{ name: 'alice', key: alice.key }]],
      ],
    });
  });
  afterAll(async () => {
    await site?.close();
    await kafka?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('begins with sticks, of which one is lost, while the line speaks already and the receiver is killed', async () => {
    await site.start('sender');
    site.append(roster.hire(PEOPLE));
    for (let at = 0; at < GROUPS; at++) site.append([roster.group(`g${at}`, at * GROUP_MEMBERS, GROUP_MEMBERS)]);
    await site.until('sender', ({ journal }) => journal.records >= roster.recordCount, TIMEOUT_MS);
    const [a, b, c] = sticks('a', 'b', 'c') as [string, string, string];
    const sent = await ask('sender', 'export', a, b, c);
    expect(sent).toMatchObject({ bundle: 1, records: roster.recordCount, volumes: 3, needed: 2 });
    await site.stop('sender');

    // One repeat, so that it is a stick that heals what the line loses.
    const link = { kind: 'serial', device: site.line.devices.sender, baud: BAUD, repeatAfterMs: [1_000] };
    changeConfig(directoryOf('sender'), [[['link'], link]]);
    await Promise.all([site.start('receiver'), site.start('sender')]);
    const importing = ask('receiver', 'import', a, c);
    await untilTakingIn();
    await site.kill('receiver');
    expect(readdirSync(join(directoryOf('receiver'), 'data/imports'))).toHaveLength(1);
    await site.start('receiver');
    // By the line, between frames of the stick. Before the kill it could lie in a gap that one repeat does not heal.
    site.append(roster.promote(0, 200));
    expect(await importing).toMatchObject({ result: 'imported', changes: { subjects: { added: PEOPLE + GROUPS } } });
    const { intake, totals } = await settled();
    // What came before the kill was durable.
    expect(intake.frames.duplicate).toBeGreaterThan(0);
    expect(totals).toMatchObject({ quarantined: 0, held: 0 });
  });

  it('goes on by the line', async () => {
    const joined = roster.group('night', 100, 50);
    site.append([...roster.hire(100), ...roster.promote(300, 200), joined]);
    await settled();
  });

  it('has on a stick what the line lost, by a ticket of the isolated side', async () => {
    site.line.isCut = true;
    // Lines: the journal's records have checkpoints of the audit log among them.
    const { source: before } = await site.until('sender', () => true, TIMEOUT_MS);
    site.append(roster.promote(1_000, 50));
    await site.until(
      'sender',
      ({ source, journal, frames }) =>
        source.lines.delivered === before.lines.delivered + 50 &&
        source.queuedLines === 0 &&
        journal.unsentFrames === 0 &&
        frames.repeated === frames.sent,
      TIMEOUT_MS,
    );
    // What the sender wrote may lie in the driver and the relay yet: with the cable back it would arrive after all.
    await site.line.drained();
    site.line.isCut = false;
    site.append(roster.promote(1_040, 20));
    await site.until('receiver', ({ progress }) => (progress?.gaps.length ?? 0) > 0, TIMEOUT_MS);
    const { tickets } = await ask('receiver', 'gaps');
    const [stick] = sticks('ticket') as [string];
    const sent = await ask('sender', 'export', stick, '--ticket', tickets[0].code);
    // A checkpoint of the audit log may lie among them.
    expect(sent).toMatchObject({ bundle: 2, records: expect.toSatisfy((records) => records >= 50 && records <= 52) });
    const healed = await ask('receiver', 'import', stick);
    expect(healed).toMatchObject({ result: 'imported', healedFrames: sent.frames, missing: [] });
    await settled();
  });

  it('holds a mass deletion until an approver rejects it', async () => {
    site.append(roster.dismiss(10_000, DISMISSED, { effective: FREE_LOSSES }));
    await site.until('receiver', ({ guard }) => guard.held === DISMISSED - FREE_LOSSES, TIMEOUT_MS);
    await command('receiver', 'reject', 'all', '--key', approverKey, '--yes');
    const { alarms } = await site.until('receiver', ({ guard }) => guard.pins === DISMISSED - FREE_LOSSES, TIMEOUT_MS);
    expect(alarms).toEqual([]);
  });

  it('takes a snapshot from a stick in the evening, which does not undo that', async () => {
    // A sender that runs would frame it in its share of the line.
    await site.stop('sender');
    const [stick] = sticks('evening') as [string];
    const { runs } = await ask('sender', 'export', stick, '--snapshot');
    const { changes } = await ask('receiver', 'import', stick);
    expect(changes).toMatchObject({ subjects: { added: 0, changed: 0, deleted: 0 }, memberships: { deleted: 0 } });
    const { guard } = await site.until('receiver', ({ progress }) => progress?.sequence === runs[0].to, TIMEOUT_MS);
    expect(guard).toMatchObject({ held: 0, pins: DISMISSED - FREE_LOSSES });
  });

  it('leaves on the topics what the source meant', async () => {
    const delivery = new Delivery();
    await readTopic('identity', (record) =>
      delivery.handleIdentity({ ...record, value: record.value === null ? null : Buffer.from(record.value) }),
    );
    const { expected, state } = roster;
    const nothing = await makeTokens({ count: 0, badCount: 0, seed: 1, nowMs: Date.now() });
    const verdict = await delivery.judge({ lines: [], expected, deltaCount: 0 }, nothing);
    expect(verdict).toMatchObject({ duplicated: 0, outOfOrder: 0, unexpected: [] });
    expect(delivery.state.size).toBe(state.size);
    expect(delivery.state).toEqual(state);

    const held = new Map<string, string>();
    await readTopic('held', ({ key, value }) => held.set(`${key}`, value === null ? '' : JSON.parse(value).state));
    const pinned = Array.from({ length: DISMISSED - FREE_LOSSES }, (_, at) => 10_000 + FREE_LOSSES + at);
    expect(held).toEqual(new Map(pinned.map((person) => [`User|${personId(person)}`, 'pinned'])));
    expect(site.line.counts.returned).toBe(0);
  });

  it('leaves audit logs that verify on both sides', async () => {
    const both = [ask('sender', 'audit verify'), ask('receiver', 'audit verify')];
    expect(await Promise.all(both)).toMatchObject([{ isGood: true }, { isGood: true }]);
  });
});

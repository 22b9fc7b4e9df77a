/**
 * A bad import and its revert, as an operator lives through them: the real programs over UDP, a real Kafka, kcat as the
 * consumer. Each test goes on from the one before.
 */
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditText } from '../../bench/support/audit-text.ts';
import { changeConfig } from '../../bench/support/diode-pair.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { readLastRevert } from '../../sender/revert/revert-table.ts';
import { openStoreReadOnly } from '../../src/store/database.ts';
import { type Program, type RunningProgram, startRun, type } from '../support/command-line.ts';
import { type KcatRecord, kcatRead } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PEOPLE = 3_000;

const idOf = (n: number) => `u${String(n).padStart(4, '0')}`;
const user = (n: number, more: object = {}) =>
  JSON.stringify({
    type: 'User',
    op: 'put',
    resource: { schemas: [USER], id: idOf(n), userName: idOf(n), active: true, ...more },
  });
const group = (displayName: string, members: readonly number[]) =>
  JSON.stringify({
    type: 'Group',
    op: 'put',
    resource: { schemas: [GROUP], id: 'g', displayName, members: members.map((n) => ({ value: idOf(n) })) },
  });
const remove = (n: number) => JSON.stringify({ type: 'User', op: 'delete', id: idOf(n) });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

/** Key → value: what a consumer believes who read the topic to its end. */
type Belief = ReadonlyMap<string, string>;

interface Told {
  readonly lines: number;
  readonly changes: Readonly<Record<string, object>>;
  readonly error?: { readonly code: string };
}

const available = requirement('a real Kafka', canRunKafka(), 'run .ci/install');

describe.skipIf(!available)('a bad import went out', () => {
  const root = mkdtempSync(join(tmpdir(), 'diode-revert-'));
  const [rx, tx] = [join(root, 'rx'), join(root, 'tx')];
  const source = join(root, 'records.jsonl');
  let [sender, receiver]: (RunningProgram | undefined)[] = [];
  let kafka: Kafka | undefined;
  let expected = 0;
  let good: Belief;
  let goodAt: string;
  let bad: Belief;
  let badAt: string;

  async function must(program: Program, args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await type(program, args);
    if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  const revert = async (to: string, ...more: string[]): Promise<Told> =>
    JSON.parse(await must('diode-sender', ['revert', tx, '--to', to, '--json', ...more])) as Told;

  /** Appends lines that make so many records. */
  function write(lines: readonly string[], records: number): void {
    appendFileSync(source, `${lines.join('\n')}\n`);
    expected += records;
  }

  const topic = (): Promise<KcatRecord[]> =>
    kcatRead({ brokers: kafka?.brokers ?? '', topic: 'site-a.identity', committed: true });

  /** What the topic says once it has every record, and a time at which that was so and nothing after. */
  async function settled(): Promise<readonly [Belief, string]> {
    for (let tries = 0; ; tries++) {
      const records = await topic();
      if (records.length >= expected) {
        expect(records).toHaveLength(expected);
        const at = Date.now();
        while (Date.now() <= at) await delay(1);
        return [beliefOf(records), new Date(at).toISOString()];
      }
      if (tries > 100) throw new Error(`${records.length} of ${expected}: ${sender?.output()}${receiver?.output()}`);
      await delay(250);
    }
  }

  const beliefOf = (records: readonly KcatRecord[]): Belief => {
    const belief = new Map<string, string>();
    for (const { key, value } of records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)) {
      if (value === null) belief.delete(key ?? '');
      else belief.set(key ?? '', value);
    }
    return belief;
  };

  const journaled = () => {
    const store = openStoreReadOnly(join(tx, 'data/sender.db'));
    try {
      return readLastRevert(store);
    } finally {
      store.close();
    }
  };

  beforeAll(async () => {
    const [linkPort, rxOps, txOps] = [await freePort(), await freePort(), await freePort()];
    kafka = await startKafka();
    await must('diode-receiver', ['init', rx, '--boundary', 'site-a', '--listen', `127.0.0.1:${linkPort}`]);
    const card = join(rx, 'receiver-card.json');
    const init = ['init', tx, '--stream', 'hr', '--receiver-card', card, '--to', `127.0.0.1:${linkPort}`];
    await must('diode-sender', [...init, '--source', source]);
    await must('diode-receiver', ['trust', rx, join(tx, 'sender-card.json'), '--yes']);
    changeConfig(tx, [[['ops', 'port'], txOps]]);
    changeConfig(rx, [
      [['ops', 'port'], rxOps],
      [['kafka', 'brokers'], kafka.brokers.split(',')],
      [['kafka', 'replicationFactor'], 1],
      [['kafka', 'minInsyncReplicas'], 1],
      // People come and go here by the score within minutes.
      [['guard', 'maxLossPercent'], 100],
    ]);
    writeFileSync(source, '');
    receiver = await startRun('diode-receiver', rx);
    sender = await startRun('diode-sender', tx);
    write([...range(0, PEOPLE).map((n) => user(n)), group('Gates', range(0, 20))], PEOPLE + 1 + 20);
    [good, goodAt] = await settled();
    const switchedOff = range(10, PEOPLE).map((n) => user(n, { active: false }));
    const gone = range(0, 10).map(remove);
    const newcomers = range(PEOPLE, PEOPLE + 5).map((n) => user(n));
    // 10 memberships go with their people, 5 more leave, 5 newcomers join.
    const wrongGroup = group('Gatez', [...range(10, 15), ...range(PEOPLE, PEOPLE + 5)]);
    write([...switchedOff, ...gone, ...newcomers, wrongGroup], PEOPLE - 10 + 20 + 5 + 1 + 10);
    [bad, badAt] = await settled();
  });

  afterAll(async () => {
    await sender?.stop();
    await receiver?.stop();
    await kafka?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('is shown by a dry run, which changes nothing', async () => {
    const told = await revert(goodAt, '--dry-run');
    expect(told).toMatchObject({
      lines: PEOPLE + 5 + 1 + 20,
      changes: {
        User: { 'put-back': PEOPLE - 10, created: 10, deleted: 5 },
        Group: { 'put-back': 1, created: 0, deleted: 0 },
        Member: { 'put-back': 0, created: 15, deleted: 5 },
      },
    });
    const { stdout } = await type('diode-sender', ['revert', tx, '--to', goodAt, '--dry-run']);
    expect(stdout).toContain('memberships         15 join again, 5 leave');
    expect(readdirSync(join(tx, 'data')).filter((name) => /revert|requests/.test(name))).toEqual([]);
    expect(await settled()).toEqual([bad, expect.anything()]);
  });

  it('is not sent where the operator does not say yes', async () => {
    const { code, stderr } = await type('diode-sender', ['revert', tx, '--to', goodAt], 'no\n');
    expect([code, stderr]).toEqual([1, expect.stringContaining('The revert was not confirmed. Nothing was changed')]);
    expect(await settled()).toEqual([bad, expect.anything()]);
  });

  it('is taken back: consumers believe what they believed before, by new records that say why', async () => {
    const before = await topic();
    const { stdout, code } = await type('diode-sender', ['revert', tx, '--to', goodAt], 'yes\n');
    expect([code, stdout]).toEqual([0, expect.stringContaining('The sender that runs here sends these 3,026 lines')]);
    expected += PEOPLE + 5 + 1 + 20;
    const [belief] = await settled();
    expect(belief).toEqual(good);
    const seen = new Set(before.map(({ partition, offset }) => `${partition}/${offset}`));
    const fresh = (await topic()).filter(({ partition, offset }) => !seen.has(`${partition}/${offset}`));
    const reasons = fresh.filter(({ value }) => value === null).map(({ headers }) => new Map(headers).get('ce_reason'));
    expect(reasons).toEqual(Array(10).fill('revert'));
    expect(JSON.parse(await must('diode-sender', ['status', tx, '--json']))).toMatchObject({
      revert: { lines: 3_026, sent: 3_026, changed: 0, refused: 0, isEnded: true },
    });
    expect(readdirSync(join(tx, 'data/reverts'))).toEqual([]);
    const audit = auditText('sender', tx);
    expect(audit).toContain('"event":"revert-ended"');
    expect(auditText('sender', tx, 'commandAudit')).toContain('"event":"command-revert"');
  });

  it('is taken back once: the same again has nothing to send', async () => {
    expect(await revert(goodAt, '--yes')).toMatchObject({ lines: 0 });
    expect(await settled()).toEqual([good, expect.anything()]);
  });

  it('comes again where the revert is reverted, asked for while the sender does not run', async () => {
    await sender?.stop();
    expect(await revert(badAt, '--yes')).toMatchObject({ lines: 3_026, running: false });
    const second = await type('diode-sender', ['revert', tx, '--to', goodAt, '--yes', '--json']);
    expect([second.code, (JSON.parse(second.stdout) as Told).error?.code]).toEqual([1, 'revert-waiting']);
    sender = await startRun('diode-sender', tx);
    expected += 3_026;
    expect(await settled()).toEqual([bad, expect.anything()]);
  });

  it('is taken back whole where the sender is killed in the middle: no line lost, none twice', async () => {
    let [target, other] = [goodAt, badAt];
    let isMidway = false;
    // Where the kill came behind the last line, the other way round it is tried again.
    for (let round = 0; round < 6 && !isMidway; round++) {
      const before = journaled()?.id;
      expect(await revert(target, '--yes')).toMatchObject({ lines: 3_026, running: true });
      for (let looks = 0; looks < 5_000; looks++) {
        const progress = journaled();
        if (progress?.id !== before && (progress?.sent ?? 0) > 0) break;
        await delay(1);
      }
      sender?.signal('SIGKILL');
      await sender?.stop();
      isMidway = journaled()?.isEnded === false;
      sender = await startRun('diode-sender', tx);
      expected += 3_026;
      const [belief] = await settled();
      expect(belief).toEqual(target === goodAt ? good : bad);
      expect(journaled()).toMatchObject({ sent: 3_026, changed: 0, refused: 0, isEnded: true });
      [target, other] = [other, target];
    }
    expect(isMidway).toBe(true);
  });

  it('is not reverted to a time that nobody can know', async () => {
    for (const [to, code, text] of [
      ['2999-01-01T00:00:00Z', 2, 'lies in the future'],
      ['2026-01-01 14:03', 2, 'is no time. Give RFC 3339 with its zone'],
      ['2020-01-01T00:00:00Z', 1, 'Epoch 1 began only with frame 1'],
    ] as const) {
      const answer = await type('diode-sender', ['revert', tx, '--to', to]);
      expect([answer.code, answer.stderr]).toEqual([code, expect.stringContaining(text)]);
    }
  });
});

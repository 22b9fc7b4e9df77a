/**
 * docs/operations.md, "Records are held" and "Approvals", as people play them: the real programs and commands, a real Kafka
 * read by kcat. A mass deletion is rejected by two persons and no snapshot undoes that; another is released; the receiver is
 * killed in between, and loses its disk at the end.
 */
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeConfig } from '../../bench/support/diode-pair.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import { type Answer, type Program, type RunningProgram, startRun, type } from '../support/command-line.ts';
import { kcatRead } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';
import { until as untilSeen } from '../support/until.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const PEOPLE = 40;
const DEADLINE_MS = 90_000;

const available = requirement('a real Kafka', canRunKafka(), 'run .ci/install');

describe.skipIf(!available)('what the guard holds, on real processes', () => {
  const root = mkdtempSync(join(tmpdir(), 'diode-held-'));
  const [rx, tx, own] = [join(root, 'rx'), join(root, 'tx'), join(root, 'own')];
  const source = join(root, 'records.jsonl');
  const running = new Map<Program, RunningProgram>();
  let kafka: Kafka;

  const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `p${from + index}`);
  const say = (lines: readonly object[]) =>
    appendFileSync(source, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
  const gone = (id: string) => ({ type: 'User', op: 'delete', id });

  async function must(program: Program, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await type(program, args);
    if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  async function start(program: Program): Promise<void> {
    running.set(program, await startRun(program, program === 'diode-sender' ? tx : rx));
  }

  /** SIGKILL: the lock and what was under way go with it. */
  async function kill(program: Program): Promise<void> {
    const run = running.get(program);
    running.delete(program);
    run?.signal('SIGKILL');
    await run?.stop();
  }

  function until<T>(what: string, ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
    const logs = () => [...running].map(([program, { output }]) => `${program}: ${output().slice(-3_000)}`).join('\n');
    return untilSeen(ask, isWanted, { what: () => `${logs()}\n${what}`, withinMs: DEADLINE_MS });
  }

  async function status(): Promise<ReceiverStatus & { readonly alarms: readonly string[] }> {
    return JSON.parse(await must('diode-receiver', 'status', rx, '--json'));
  }
  const guarded = (what: string, isWanted: (guard: ReceiverStatus['guard']) => boolean) =>
    until(what, status, ({ guard }) => guard !== undefined && isWanted(guard));

  const read = (topic: string) => kcatRead({ brokers: kafka.brokers, topic: `site-a.${topic}`, committed: true });
  /** Who was deleted, once for each time. */
  const deleted = async () =>
    (await read('identity')).filter(({ value }) => value === null).map(({ key }) => String(key).slice('User|'.length));
  /** Keys of which the last record on `held` says so. */
  async function inState(state: 'held' | 'pinned' | null): Promise<readonly string[]> {
    const last = new Map((await read('held')).map(({ key, value }) => [String(key), value]));
    const stateOf = (value: string | null) => (value === null ? null : (JSON.parse(value) as { state: string }).state);
    return [...last].filter(([, value]) => stateOf(value) === state).map(([key]) => key.slice('User|'.length));
  }
  const sorted = (list: readonly string[]) => [...list].sort();

  beforeAll(async () => {
    kafka = await startKafka();
    mkdirSync(own, { mode: 0o700 });
    const [linkPort, txOps, rxOps] = [await freePort(), await freePort(), await freePort()];
    await must('diode-receiver', 'init', rx, '--boundary', 'site-a', '--listen', `127.0.0.1:${linkPort}`);
    const card = join(rx, 'receiver-card.json');
    const to = `127.0.0.1:${linkPort}`;
    await must('diode-sender', 'init', tx, '--stream', 'hr', '--receiver-card', card, '--to', to, '--source', source);
    await must('diode-receiver', 'trust', rx, join(tx, 'sender-card.json'), '--yes');
    const approvers = [];
    for (const name of ['alice', 'bob']) {
      const made = await must('diode-receiver', 'approver-key', join(own, `${name}.key`), '--json');
      approvers.push({ name, key: (JSON.parse(made) as { key: string }).key });
    }
    changeConfig(tx, [[['ops', 'port'], txOps]]);
    changeConfig(rx, [
      [['ops', 'port'], rxOps],
      [['kafka', 'brokers'], [kafka.brokers]],
      [['kafka', 'replicationFactor'], 1],
      [['kafka', 'minInsyncReplicas'], 1],
      [['guard', 'freeLosses'], 2],
      [['approvers'], approvers],
      [['approvals'], 2],
    ]);
    writeFileSync(source, '');
    await start('diode-receiver');
    await start('diode-sender');
    say(ids(0, PEOPLE).map((id) => ({ type: 'User', op: 'put', resource: { schemas: [USER], id, userName: id } })));
    await until(
      'everybody is there',
      () => read('identity'),
      (records) => records.length === PEOPLE,
    );
  });
  afterAll(async () => {
    for (const [, run] of running) await run.stop();
    await kafka?.stop();
    rmSync(root, { recursive: true });
  });

  it('a mass deletion waits in `held`, and the rest goes on', async () => {
    say([
      ...ids(0, 12).map(gone),
      { type: 'User', op: 'put', resource: { schemas: [USER], id: 'new', userName: 'n' } },
    ]);
    const { alarms, totals } = await guarded('ten are held', ({ held }) => held === 10);
    expect(alarms.join('\n')).toContain('Records are held: 10 in');
    expect(totals).toMatchObject({ held: 10 });
    await until(
      'the one behind it',
      () => read('identity'),
      (records) => records.some(({ key }) => key === 'User|new'),
    );
    expect(sorted(await deleted())).toEqual(['p0', 'p1']);
    expect(sorted(await inState('held'))).toEqual(sorted(ids(2, 12)));
    expect(await must('diode-receiver', 'held', rx)).toContain('10 held in');
  });

  it('two persons reject it, each on a machine of their own, while the receiver lies dead', async () => {
    await kill('diode-receiver');
    const request = join(own, 'reject.txt');
    await must('diode-receiver', 'held', rx, 'all', '--action', 'reject', '--request', request);
    for (const name of ['alice', 'bob']) {
      const [key, out] = [join(own, `${name}.key`), join(own, `${name}.reject`)];
      await must('diode-receiver', 'approve', request, '--key', key, '--out', out, '--yes');
    }
    const approvals = ['alice', 'bob'].flatMap((name) => ['--approval', join(own, `${name}.reject`)]);
    const refused = (answer: Answer) => [answer.code, answer.stderr];
    const one = await type('diode-receiver', ['reject', rx, 'all', ...approvals.slice(0, 2)]);
    expect(refused(one)).toEqual([1, expect.stringContaining('more are needed')]);
    const other = await type('diode-receiver', ['release', rx, 'all', ...approvals]);
    expect(refused(other)).toEqual([1, expect.stringContaining('approves another action')]);
    expect(await must('diode-receiver', 'reject', rx, 'all', ...approvals)).toContain('at its next start');
    await start('diode-receiver');
    await guarded('ten are pinned', ({ pins, held }) => pins === 10 && held === 0);
    expect(sorted(await inState('pinned'))).toEqual(sorted(ids(2, 12)));
  });

  it('the next snapshot does not undo that', async () => {
    const before = (await status()).progress?.snapshot?.cycle ?? 0;
    await must('diode-sender', 'snapshot', tx);
    await until('a whole cycle', status, ({ progress }) => {
      const { snapshot } = progress ?? {};
      return snapshot !== undefined && snapshot.cycle > before && snapshot.last !== undefined;
    });
    expect(sorted(await deleted())).toEqual(['p0', 'p1']);
  });

  it('another is released, once, though the receiver is killed over it', async () => {
    say(ids(20, 25).map(gone));
    await guarded('five are held', ({ held }) => held === 5);
    const keys = ['alice', 'bob'].flatMap((name) => ['--key', join(own, `${name}.key`)]);
    await must('diode-receiver', 'release', rx, 'all', '--yes', ...keys);
    const requests = join(rx, 'data', 'requests');
    // Carried out: the records are decided, and what Kafka gets of it is still to come, or comes as it dies.
    await untilSeen(() => readdirSync(requests).length === 0, Boolean, { everyMs: 1 });
    await kill('diode-receiver');
    await start('diode-receiver');
    const { totals } = await guarded('nothing is held', ({ held }) => held === 0);
    expect(sorted(await deleted())).toEqual(sorted(['p0', 'p1', ...ids(20, 25)]));
    expect(sorted(await inState(null))).toEqual(sorted(ids(20, 25)));
    expect(totals).toMatchObject({ held: 0, superseded: 10 });
  });

  it('a receiver with a new disk knows what was refused', async () => {
    await kill('diode-receiver');
    for (const name of ['receiver.db', 'receiver.db-wal', 'receiver.db-shm']) {
      try {
        renameSync(join(rx, 'data', name), join(root, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    await start('diode-receiver');
    await guarded('ten are pinned', ({ pins }) => pins === 10);
    await must('diode-sender', 'snapshot', tx);
    await until('it is whole', status, ({ progress }) => progress?.isWhole === true);
    expect(sorted(await deleted())).toEqual(sorted(['p0', 'p1', ...ids(20, 25)]));
    expect(await must('diode-receiver', 'check', rx, '--acls')).toMatch(/Read.*site-a\.held|site-a\.held.*Read/s);
  });
});

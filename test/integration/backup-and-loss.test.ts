/**
 * docs/operations.md, "Backup and loss" and "Epochs, restored and cloned senders", as an operator plays them: the real
 * programs and commands over UDP on loopback, a real Kafka read by kcat. One pair goes through all of it, in order.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeConfig } from '../../bench/support/diode-pair.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { type Program, type RunningProgram, startRun, type } from '../support/command-line.ts';
import { kcatRead } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';
import { until as untilSeen } from '../support/until.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const DEADLINE_MS = 60_000;

interface Status {
  readonly alarms?: readonly string[];
  readonly intake?: { readonly gate: { readonly epoch: number; readonly sequence: number; readonly halted?: object } };
  readonly gate?: { readonly epoch: number };
}

const available = requirement('a real Kafka', canRunKafka(), 'run .ci/install');

describe.skipIf(!available)('backup and loss, on real processes', () => {
  const root = mkdtempSync(join(tmpdir(), 'diode-loss-'));
  const [rx, tx] = [join(root, 'rx'), join(root, 'tx')];
  const source = join(root, 'records.jsonl');
  const running = new Map<Program, RunningProgram>();
  let kafka: Kafka;
  let rxOps: number;

  const directoryOf = (program: Program) => (program === 'diode-sender' ? tx : rx);
  const say = (...lines: readonly object[]) =>
    appendFileSync(source, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
  const put = (id: string, userName: string) => ({
    type: 'User',
    op: 'put',
    resource: { schemas: [USER], id, userName },
  });
  const gone = (id: string) => ({ type: 'User', op: 'delete', id });

  async function must(program: Program, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await type(program, args);
    if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  async function start(program: Program): Promise<void> {
    running.set(program, await startRun(program, directoryOf(program)));
  }

  async function stop(program: Program): Promise<void> {
    await running.get(program)?.stop();
    running.delete(program);
  }

  function until<T>(what: string, ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
    const logs = () => [...running].map(([program, { output }]) => `${program}: ${output().slice(-3_000)}`).join('\n');
    return untilSeen(ask, isWanted, { what: () => `${logs()}\n${what}`, withinMs: DEADLINE_MS });
  }

  const status = async (): Promise<Status> => JSON.parse(await must('diode-receiver', 'status', rx, '--json'));
  const alarm = (text: string) =>
    until(`the alarm "${text}"`, status, ({ alarms = [] }) => alarms.some((each) => each.includes(text)));

  /** What kcat finds, last record of each key: userName by id. */
  async function published(): Promise<Readonly<Record<string, string>>> {
    const state = new Map<string, string>();
    for (const { key, value } of await kcatRead({
      brokers: kafka.brokers,
      topic: 'site-a.identity',
      committed: true,
    })) {
      const id = String(key).split('|')[1] as string;
      if (value === null) state.delete(id);
      else state.set(id, (JSON.parse(value) as { userName: string }).userName);
    }
    return Object.fromEntries([...state].sort());
  }
  const publishes = (wanted: Readonly<Record<string, string>>) =>
    until('what is published', published, (state) => JSON.stringify(state) === JSON.stringify(wanted));

  /** Starts a command and kills it amid its work: once `isUnderWay`, and before it ended; one that was quicker is started again. */
  async function killAmid(
    program: Program,
    args: readonly string[],
    isUnderWay: (pid: number) => boolean,
    undo = () => {},
  ): Promise<void> {
    const main = join(import.meta.dirname, '..', '..', program === 'diode-sender' ? 'sender' : 'receiver', 'main.ts');
    for (let starts = 0; starts < 10; starts++) {
      const child = spawn(process.execPath, ['--import', 'tsx/esm', main, ...args], { stdio: 'ignore' });
      const closed = once(child, 'close');
      const pid = child.pid ?? expect.fail('no process');
      while (child.exitCode === null && !isUnderWay(pid)) await delay(1);
      child.kill('SIGKILL');
      const [, signal] = await closed;
      if (signal === 'SIGKILL' && isUnderWay(pid)) return;
      undo();
    }
    expect.fail(`${program} ${args[0]} ends before it can be killed`);
  }

  /** Once a command is in the log of commands: it is about to take effect. */
  function recorded(directory: string): () => boolean {
    const log = join(directory, 'data', 'audit', 'commands');
    const bytes = () => readdirSync(log).reduce((sum, name) => sum + statSync(join(log, name)).size, 0);
    const before = bytes();
    return () => bytes() > before;
  }

  beforeAll(async () => {
    kafka = await startKafka();
    const [linkPort, txOps] = [await freePort(), await freePort()];
    rxOps = await freePort();
    await must('diode-receiver', 'init', rx, '--boundary', 'site-a', '--listen', `127.0.0.1:${linkPort}`);
    const card = join(rx, 'receiver-card.json');
    const to = `127.0.0.1:${linkPort}`;
    await must('diode-sender', 'init', tx, '--stream', 'hr', '--receiver-card', card, '--to', to, '--source', source);
    await must('diode-receiver', 'trust', rx, join(tx, 'sender-card.json'), '--yes');
    changeConfig(tx, [[['ops', 'port'], txOps]]);
    changeConfig(rx, [
      [['ops', 'port'], rxOps],
      [['kafka', 'brokers'], [kafka.brokers]],
      [['kafka', 'replicationFactor'], 1],
      [['kafka', 'minInsyncReplicas'], 1],
    ]);
    writeFileSync(source, '');
    await start('diode-receiver');
    await start('diode-sender');
    say(put('alice', 'v1'), put('bob', 'v1'));
    await publishes({ alice: 'v1', bob: 'v1' });
  });
  afterAll(async () => {
    for (const program of [...running.keys()]) await stop(program);
    await kafka?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('backs up both sides while they run: whole, closed to others, never over another', async () => {
    for (const program of ['diode-sender', 'diode-receiver'] as const) {
      const target = join(root, `${program}.backup`);
      const store = program === 'diode-sender' ? 'data/sender.db' : 'data/receiver.db';
      for (const piece of ['config.yaml', 'data/audit', store]) {
        const isPartial = (pid: number) => existsSync(join(root, `.${program}.backup.${pid}.partial`, piece));
        const undo = () => rmSync(target, { recursive: true, force: true });
        await killAmid(program, ['backup', directoryOf(program), target], isPartial, undo);
        expect(existsSync(target)).toBe(false);
      }
      expect(JSON.parse(await must(program, 'backup', directoryOf(program), target, '--json'))).toEqual({
        backup: target,
      });
      expect(statSync(target).mode & 0o077).toBe(0);
      expect(readdirSync(join(target, 'data')).sort()).toEqual(
        expect.arrayContaining(['audit', program === 'diode-sender' ? 'sender.db' : 'receiver.db']),
      );
      expect(await must(program, 'audit', 'verify', target)).toMatch(
        /: as it was signed, [1-9].*\n.*commands: as it was/,
      );
      expect((await type(program, ['backup', directoryOf(program), target])).stderr).toContain('exists already');
      expect((await type(program, ['status', target, '--json'])).code).toBe(0);
    }
    say(gone('alice'), put('carol', 'v1'));
    await publishes({ bob: 'v1', carol: 'v1' });
  });

  it('notices within three hellos that the sender is silent, says since when, and when it is heard again', async () => {
    await stop('diode-sender');
    await alarm('No hello has arrived since 2');
    const answer = await fetch(`http://127.0.0.1:${rxOps}/readyz`);
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('No hello has arrived since')]);
    expect(await (await fetch(`http://127.0.0.1:${rxOps}/metrics`)).text()).toMatch(/^diode_receiver_link_silent 1$/m);
    // Over a restart of the receiver too, by what the last hello said.
    await stop('diode-receiver');
    await start('diode-receiver');
    await alarm('No hello has arrived since 2');
    await start('diode-sender');
    await until('the link is heard', status, ({ alarms = [] }) => !alarms.some((each) => each.includes('No hello')));
    const log = running.get('diode-receiver')?.output() ?? '';
    expect(log.match(/"event":"link-silent"/g)).toHaveLength(1);
    expect(log.match(/"event":"link-heard"/g)).toHaveLength(1);
  });

  it('restores the sender from its backup: it does not run before new-epoch, and the receiver asks for its word', async () => {
    await stop('diode-sender');
    renameSync(tx, `${tx}.old`);
    cpSync(join(root, 'diode-sender.backup'), tx, { recursive: true });
    const refused = await type('diode-sender', ['run', tx]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/This journal is a backup of .* new-epoch DIR/),
    ]);
    expect((await type('diode-sender', ['new-epoch', tx], 'no\n')).stderr).toContain('It was not confirmed.');
    for (let kills = 0; kills < 2; kills++) await killAmid('diode-sender', ['new-epoch', tx, '--yes'], recorded(tx));
    const begun = JSON.parse(await must('diode-sender', 'new-epoch', tx, '--yes', '--json')) as {
      epoch: number;
      epochId: string;
    };
    expect(begun.epoch).toBeGreaterThan(1);
    await start('diode-sender');
    const halted = await alarm('diode-receiver accept-epoch DIR');
    expect(halted.intake?.gate.halted).toMatchObject({
      reason: 'epoch-below',
      offeredEpoch: { epochId: begun.epochId },
    });
    const wrong = await type('diode-receiver', ['accept-epoch', rx, '--epoch-id', '00000000']);
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringContaining(`with the id ${begun.epochId}, not the one given`),
    ]);
    // Nobody carries out what the killed ones leave, so that there is something to accept for each.
    await stop('diode-receiver');
    for (let kills = 0; kills < 2; kills++)
      await killAmid('diode-receiver', ['accept-epoch', rx, '--yes'], recorded(rx));
    await start('diode-receiver');
    await type('diode-receiver', ['accept-epoch', rx, '--epoch-id', begun.epochId.slice(0, 12)]);
    say(put('dave', 'v1'));
    // What was said after the backup stands in the source still, and is read again.
    await publishes({ bob: 'v1', carol: 'v1', dave: 'v1' });
    expect((await status()).intake?.gate).toMatchObject({ epoch: begun.epoch });
    const late = await type('diode-receiver', ['accept-epoch', rx, '--yes']);
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('No new epoch waits to be accepted')]);
  });

  it('restores the receiver from its backup: it takes up what Kafka has, and is whole after a snapshot', async () => {
    await stop('diode-receiver');
    renameSync(rx, `${rx}.old`);
    cpSync(join(root, 'diode-receiver.backup'), rx, { recursive: true });
    await start('diode-receiver');
    say(put('eve', 'v1'));
    await until('the epoch', status, ({ intake }) => (intake?.gate.epoch ?? 0) > 1);
    await must('diode-sender', 'snapshot', tx);
    await publishes({ bob: 'v1', carol: 'v1', dave: 'v1', eve: 'v1' });
    await until('no alarm', status, ({ alarms = ['?'] }) => alarms.length === 0);
  });

  it("heals a sender whose journal is lost, with the number in the receiver's status", async () => {
    await stop('diode-sender');
    for (const name of readdirSync(join(tx, 'data'))) if (name.startsWith('sender.db')) rmSync(join(tx, 'data', name));
    const unknown = await type('diode-sender', ['new-epoch', tx, '--yes', '--json']);
    expect([unknown.code, JSON.parse(unknown.stdout)]).toMatchObject([1, { error: { code: 'epoch-unknown' } }]);
    const epoch = (await status()).intake?.gate.epoch ?? 0;
    expect(await must('diode-receiver', 'status', rx)).toContain(`next epoch          ${epoch + 1}, for a sender`);
    await must('diode-sender', 'new-epoch', tx, '--epoch', String(epoch + 1), '--yes');
    // The source is read from its beginning; what left since the last export is said once more.
    say(gone('dave'), put('frank', 'v1'));
    await start('diode-sender');
    await alarm('names no frame of the epoch before');
    await must('diode-receiver', 'accept-epoch', rx, '--yes');
    await publishes({ bob: 'v1', carol: 'v1', eve: 'v1', frank: 'v1' });
    await until('no alarm', status, ({ alarms = ['?'] }) => alarms.length === 0);
  });
});

/** `run` and what works beside it: locks, ports, status, signals. On the real programs, without Kafka. */
import { createSocket } from 'node:dgram';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { auditText } from '../../bench/support/audit-text.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { openSenderStore } from '../../sender/sender-store.ts';
import { editConfig, type RunningProgram, startRun, type } from '../support/command-line.ts';
import { until } from '../support/until.ts';

let root: string;
let rx: string;
let tx: string;
let linkPort: number;
let rxOps: number;
let txOps: number;
const running: RunningProgram[] = [];

const auditOf = (directory: string) =>
  auditText(directory === rx ? 'receiver' : 'sender', directory)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string });

async function run(program: 'diode-sender' | 'diode-receiver', directory: string): Promise<RunningProgram> {
  const started = await startRun(program, directory);
  running.push(started);
  return started;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'diode-'));
  rx = join(root, 'rx');
  tx = join(root, 'tx');
  [linkPort, rxOps, txOps] = [await freePort(), await freePort(), await freePort()];
  await type('diode-receiver', ['init', rx, '--boundary', 'site-a', '--listen', `127.0.0.1:${linkPort}`]);
  const card = join(rx, 'receiver-card.json');
  await type('diode-sender', ['init', tx, '--stream', 'hr', '--receiver-card', card, '--to', `127.0.0.1:${linkPort}`]);
  await type('diode-receiver', ['trust', rx, join(tx, 'sender-card.json'), '--yes']);
  editConfig(rx, { '"127.0.0.1:9092"': `"127.0.0.1:${await freePort()}"`, 'port: 9465': `port: ${rxOps}` });
  editConfig(tx, { 'port: 9464': `port: ${txOps}` });
});
afterEach(async () => {
  for (const program of running.splice(0)) await program.stop();
});
afterAll(() => rmSync(root, { recursive: true }));

describe('run', () => {
  it('keeps receiving where Kafka is not there, says so, and is not ready', async () => {
    await run('diode-receiver', rx);
    const reasons = await until(
      async () => (await fetch(`http://127.0.0.1:${rxOps}/readyz`)).text(),
      (text) => text.includes('No Kafka broker answers'),
    );
    expect(reasons).toContain('No hello has arrived since the start');
    expect((await fetch(`http://127.0.0.1:${rxOps}/healthz`)).status).toBe(200);
    const metrics = await (await fetch(`http://127.0.0.1:${rxOps}/metrics`)).text();
    expect(metrics).toMatch(/^diode_receiver_publishing 0$/m);
  });

  it('ends with 0 when it is told to stop, and leaves the directory as it found it', async () => {
    const receiver = await run('diode-receiver', rx);
    expect(existsSync(join(rx, 'data/run.json'))).toBe(true);
    expect(await receiver.stop()).toBe(0);
    expect(existsSync(join(rx, 'data/run.json'))).toBe(false);
    expect(auditOf(rx).at(-1)).toMatchObject({ event: 'program-stopped', because: 'signal' });
    for (const line of receiver.output().trimEnd().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ program: 'diode-receiver' });
  });

  it('closes to others all that it writes: the stores hold attributes and live tokens', async () => {
    await run('diode-sender', tx);
    const stores = readdirSync(join(tx, 'data')).filter((name) => name.startsWith('sender.db'));
    expect(stores).toContain('sender.db-wal');
    for (const name of stores) expect([name, statSync(join(tx, 'data', name)).mode & 0o007]).toEqual([name, 0]);
  });

  it('runs once on a directory: the second is refused, the first goes on', async () => {
    await run('diode-receiver', rx);
    const second = await type('diode-receiver', ['run', rx]);
    expect([second.code, second.stderr]).toEqual([
      1,
      `diode-receiver: Another run is active on ${rx}. Stop it first; \`diode-receiver status ${rx}\` shows what it does.\n`,
    ]);
    expect((await fetch(`http://127.0.0.1:${rxOps}/healthz`)).status).toBe(200);
  });

  it('starts again after it was killed: the lock died with it, and an old run.json is not believed', async () => {
    const receiver = await run('diode-receiver', rx);
    receiver.signal('SIGKILL');
    await receiver.stop();
    expect(existsSync(join(rx, 'data/run.json'))).toBe(true);
    const status = await type('diode-receiver', ['status', rx, '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ running: false });
    await run('diode-receiver', rx);
  });

  it('refuses a link port in use, in a sentence with the cure, and leaves nothing running', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(linkPort, '127.0.0.1', resolve));
    const answer = await type('diode-receiver', ['run', rx]);
    const check = await type('diode-receiver', ['check', rx, '--no-kafka']);
    socket.close();
    expect([answer.code, answer.stderr]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^diode-receiver: .*${linkPort}.*is taken by another program`)),
    ]);
    expect(answer.stderr).not.toMatch(/\n\s+at /);
    expect([check.code, check.stdout]).toEqual([1, expect.stringContaining(`is in use by another program.`)]);
    expect(JSON.parse((await type('diode-receiver', ['status', rx, '--json'])).stdout)).toMatchObject({
      running: false,
    });
  });

  it.each(['diode-receiver', 'diode-sender'] as const)(
    'refuses an ops port in use before anything else begins: %s',
    async (program) => {
      const [directory, port] = program === 'diode-sender' ? [tx, txOps] : [rx, rxOps];
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      const answer = await type(program, ['run', directory]);
      server.close();
      expect([answer.code, answer.stderr]).toEqual([
        1,
        `${program}: The port ${port} on 127.0.0.1, where metrics and status are served, is in use. Stop what uses it, or set ops.port in config.yaml.\n`,
      ]);
    },
  );

  it('does not start over an audit log that was changed', async () => {
    const path = join(tx, 'data/audit/program');
    await (await run('diode-sender', tx)).stop();
    const tail = join(path, 'tail.jsonl');
    const before = readFileSync(tail, 'utf8');
    writeFileSync(tail, before.replace('program-started', 'program-Started'));
    const answer = await type('diode-sender', ['run', tx]);
    const verified = await type('diode-sender', ['audit', 'verify', tx]);
    writeFileSync(tail, before);
    expect([answer.code, answer.stderr]).toEqual([1, expect.stringContaining(`The audit log ${path} was changed:`)]);
    expect([verified.code, verified.stdout]).toEqual([
      1,
      expect.stringContaining('! entry 0 and the hash that its tile has'),
    ]);
    expect((await type('diode-sender', ['audit', 'verify', tx])).code).toBe(0);
  });
});

describe('beside run', () => {
  it('check finds the port held by our own run, and trust says that a restart is needed', async () => {
    await run('diode-receiver', rx);
    const check = await type('diode-receiver', ['check', rx, '--no-kafka']);
    expect([check.code, check.stdout]).toEqual([0, expect.stringContaining('is held by the receiver that runs here')]);
    const other = join(root, 'tx2');
    await type('diode-sender', ['init', other, '--stream', 'ops', '--receiver-card', join(rx, 'receiver-card.json')]);
    const trust = await type('diode-receiver', ['trust', rx, join(other, 'sender-card.json'), '--yes', '--replace']);
    expect(trust.stdout).toContain('The receiver that runs here takes it up when it is started again.');
    await type('diode-receiver', ['trust', rx, join(tx, 'sender-card.json'), '--yes', '--replace']);
  });

  it('status shows on both sides what has been sent and received, for a person and as JSON', async () => {
    await run('diode-receiver', rx);
    writeFileSync(
      join(tx, 'records.jsonl'),
      `${['a', 'b', 'c']
        .map((id) => {
          const resource = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id, userName: `user-${id}` };
          return `${JSON.stringify({ type: 'User', op: 'put', resource })}\n`;
        })
        .join('')}{"oops"\n`,
    );
    await run('diode-sender', tx);
    const ask = async (program: 'diode-sender' | 'diode-receiver', directory: string) =>
      JSON.parse((await type(program, ['status', directory, '--json'])).stdout);
    const sender = await until(
      () => ask('diode-sender', tx),
      (status) => status.frames?.sent > 0,
    );
    expect(sender).toMatchObject({
      running: true,
      stream: 'hr',
      records: { delta: 3 },
      source: { lines: { delivered: 3, refused: 1 } },
    });
    const receiver = await until(
      () => ask('diode-receiver', rx),
      (status) => status.spool?.records > 0,
    );
    expect(receiver).toMatchObject({
      running: true,
      stream: 'hr',
      spool: { records: 3 },
      kafka: { publishing: false },
    });
    expect(receiver.intake.lastHelloAgeMs).toBeLessThan(30_000);
    const text = (await type('diode-receiver', ['status', rx])).stdout;
    expect(text).toContain('Stream hr of boundary site-a, running');
    expect(text).toContain('spooled             1 frames, 3 records');
    expect((await type('diode-sender', ['status', tx])).stdout).toContain('lines refused       1: json-syntax 1');
    for (const port of [rxOps, txOps]) {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(metrics).not.toContain('user-a');
    }
  });

  it('pause and resume take effect on what runs within seconds, are recorded, and outlive a restart', async () => {
    const pause = ['pause', tx, '--reason', 'export, Ana'];
    expect(await type('diode-sender', pause)).toMatchObject({
      code: 0,
      stdout: 'The sender does not run: it pauses at its next start.\n',
    });
    appendFileSync(join(tx, 'records.jsonl'), '{"type":"User","op":"delete","id":"a"}\n');
    await run('diode-receiver', rx);
    const sender = await run('diode-sender', tx);
    const ready = async (port: number) => (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
    const senderPaused = (text: string) =>
      text.includes('The sender is paused since') && text.includes('(export, Ana)');
    await until(() => ready(txOps), senderPaused);
    const metrics = async () => (await fetch(`http://127.0.0.1:${txOps}/metrics`)).text();
    expect(await metrics()).toMatch(/^diode_sender_paused 1$/m);
    // Hellos alone: the receiver meets the session, and no frame.
    await until(
      async () => JSON.parse((await type('diode-receiver', ['status', rx, '--json'])).stdout),
      (status) => status.intake?.hellos.accepted > 1,
    );
    const before = JSON.parse((await type('diode-sender', ['status', tx, '--json'])).stdout);
    expect(before).toMatchObject({ datagrams: { source: 0, repair: 0, repeat: 0 }, source: { pausedBy: 'operator' } });

    sender.signal('SIGKILL');
    await sender.stop();
    const offline = JSON.parse((await type('diode-sender', ['status', tx, '--json'])).stdout);
    expect(offline).toMatchObject({ running: false, paused: { reason: 'export, Ana' } });
    await run('diode-sender', tx);
    expect(senderPaused(await ready(txOps))).toBe(true);
    const resumed = await type('diode-sender', ['resume', tx, '--json']);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ running: true });
    await until(
      async () => JSON.parse((await type('diode-sender', ['status', tx, '--json'])).stdout),
      (status) => status.frames?.sent > 0 && status.paused === undefined,
    );

    await type('diode-receiver', ['pause', rx]);
    await until(
      () => ready(rxOps),
      (text) => text.includes('The receiver is paused since') && !text.includes('Nothing is published'),
    );
    await type('diode-receiver', ['resume', rx]);
    await until(
      () => ready(rxOps),
      (text) => !text.includes('paused') && text.includes('Nothing is published'),
    );
    expect(auditOf(tx).filter(({ event }) => event === 'request-done')).toMatchObject([
      { kind: 'pause', reason: 'export, Ana' },
      { kind: 'resume', wasPaused: true },
    ]);
    const commands = auditText('sender', tx, 'commandAudit');
    expect(commands).toMatch(/"event":"command-pause","reason":"export, Ana","user":"/);
    expect(readdirSync(join(tx, 'data/requests'))).toEqual([]);
  });

  it('snapshot takes effect on what runs, and at the next start else, once', async () => {
    expect(await type('diode-sender', ['snapshot', tx])).toMatchObject({
      code: 0,
      stdout: 'The sender does not run: it begins a snapshot at its next start.\n',
    });
    const sender = await run('diode-sender', tx);
    const snapshot = async () => JSON.parse((await type('diode-sender', ['status', tx, '--json'])).stdout).snapshot;
    await until(snapshot, (status) => status?.whole?.cycle === 1);
    const asked = await type('diode-sender', ['snapshot', tx, '--source-is-read', '--json']);
    expect(JSON.parse(asked.stdout)).toMatchObject({ running: true });
    expect(await until(snapshot, (status) => status?.whole?.cycle === 2)).toMatchObject({ isUnderWay: false });
    await sender.stop();
    const audited = auditOf(tx);
    expect(audited.filter(({ event }) => event === 'snapshot-began')).toMatchObject([{ cycle: 1 }, { cycle: 2 }]);
    expect(audited.filter(({ event }) => event === 'snapshot-ended')).toHaveLength(2);
    expect(auditText('sender', tx, 'commandAudit')).toMatch(/"event":"command-snapshot","isSourceRead":true/);
  });

  it('drops what is no request, and says so', async () => {
    writeFileSync(join(tx, 'data/requests', '1700000000000-00000000.json'), '{"kind":');
    writeFileSync(join(tx, 'data/requests', '1700000000000-00000001.json'), '{"kind":"launch"}');
    const sender = await run('diode-sender', tx);
    await until(
      async () => readdirSync(join(tx, 'data/requests')),
      (names) => names.length === 0,
    );
    expect(sender.output()).toContain('This program knows no such request');
    expect(auditOf(tx).filter(({ event }) => event === 'request-refused')).toMatchObject([
      { kind: 'unreadable' },
      { kind: 'launch' },
    ]);
  });

  it('status reads what was left behind when nothing runs', async () => {
    const sender = JSON.parse((await type('diode-sender', ['status', tx, '--json'])).stdout);
    expect(sender).toMatchObject({ running: false, epoch: { number: 1 }, journal: { records: 6, unsentFrames: 0 } });
    const receiver = await type('diode-receiver', ['status', rx]);
    expect(receiver.stdout).toContain('not running: as it was left');
    expect(receiver.stdout).toContain('spooled             2 frames, 4 records');
  });

  it('a sender frames a checkpoint of its audit log once the minute since the last is over', async () => {
    const store = openSenderStore(join(tx, 'data/sender.db'));
    store.prepare('INSERT OR REPLACE INTO announced_checkpoint VALUES (1, 1, ?, 0, 0, 1)').run(Buffer.alloc(32));
    store.close();
    await run('diode-sender', tx);
    const status = async () => JSON.parse((await type('diode-sender', ['status', tx, '--json'])).stdout);
    await until(status, ({ records }) => records?.checkpoint === 1);
    const found = await type('diode-sender', ['audit', 'search', tx, '--event', 'records-signed', '--json']);
    expect(found.stdout).toMatch(/"1\.\d+\.0 checkpoint"/);
  });
});

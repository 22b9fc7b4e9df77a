/** A gap, its ticket and its end, with the real programs and commands, without Kafka. */
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { auditText } from '../../bench/support/audit-text.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { editConfig, type RunningProgram, startRun, type } from '../support/command-line.ts';
import { until } from '../support/until.ts';

let root: string;
let rx: string;
let tx: string;
const running: RunningProgram[] = [];

type Program = 'diode-sender' | 'diode-receiver';

async function run(program: Program, directory: string): Promise<RunningProgram> {
  const started = await startRun(program, directory);
  running.push(started);
  return started;
}

async function stop(program: RunningProgram): Promise<void> {
  running.splice(running.indexOf(program), 1);
  await program.stop();
}

const ask = async (program: Program, args: readonly string[]) =>
  JSON.parse((await type(program, [...args, '--json'])).stdout);

function write(id: string): void {
  const resource = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id, userName: `user-${id}` };
  appendFileSync(join(tx, 'records.jsonl'), `${JSON.stringify({ type: 'User', op: 'put', resource })}\n`);
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'diode-gaps-'));
  rx = join(root, 'rx');
  tx = join(root, 'tx');
  const link = `127.0.0.1:${await freePort()}`;
  await type('diode-receiver', ['init', rx, '--boundary', 'site-a', '--listen', link]);
  const card = join(rx, 'receiver-card.json');
  await type('diode-sender', ['init', tx, '--stream', 'hr', '--receiver-card', card, '--to', link]);
  await type('diode-receiver', ['trust', rx, join(tx, 'sender-card.json'), '--yes']);
  editConfig(rx, {
    '"127.0.0.1:9092"': `"127.0.0.1:${await freePort()}"`,
    'port: 9465': `port: ${await freePort()}`,
  });
  editConfig(tx, { 'port: 9464': `port: ${await freePort()}` });
  // No repeats: what is lost stays lost until somebody asks for it.
  editConfig(tx, { 'repeatAfterMs: [1000, 10000, 60000]': 'repeatAfterMs: []' });
});
afterEach(async () => {
  for (const program of running.splice(0)) await program.stop();
});
afterAll(() => rmSync(root, { recursive: true }));

describe('a gap', () => {
  it('is none before anything came, and none once all came', async () => {
    expect((await type('diode-receiver', ['gaps', rx])).stdout).toContain('no hello was accepted yet');
    expect(await type('diode-sender', ['resend', tx, 'G078E-V9550-CQS14-88084-3KH9J'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('this sender never ran'),
    });
    await run('diode-receiver', rx);
    write('a');
    await run('diode-sender', tx);
    await until(
      () => ask('diode-receiver', ['status', rx]),
      (status) => status.spool?.records === 1,
    );
    expect((await type('diode-receiver', ['gaps', rx])).stdout).toMatch(/epoch 1: no gaps\./);
  });

  it('shows with its ticket, and closes after somebody typed that to the sender', async () => {
    // Sent while nobody receives.
    const sender = await run('diode-sender', tx);
    write('b');
    await until(
      () => ask('diode-sender', ['status', tx]),
      (status) => status.frames?.sent === 1,
    );
    await run('diode-receiver', rx);
    const shown = await until(
      () => ask('diode-receiver', ['gaps', rx]),
      (gaps) => gaps.gaps.length > 0,
    );
    expect(shown).toMatchObject({ stream: 'hr', epoch: 1, gaps: [{ from: 2, to: 2 }], tickets: [{ version: 1 }] });
    const { code } = shown.tickets[0];
    expect(code.length).toBeLessThan(40);
    const text = await type('diode-receiver', ['gaps', rx, '--qr', '--max-characters', '64']);
    expect([text.code, text.stdout]).toEqual([0, expect.stringContaining(code)]);
    expect(text.stdout).toContain('1 frame is missing in 1 gap.');

    const wrong = code.slice(0, 8) + (code[8] === 'Z' ? 'Y' : 'Z') + code.slice(9);
    expect(await type('diode-sender', ['resend', tx, wrong])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('typing error in group 2. Compare group 2 with the original.'),
    });
    const pieces = code.toLowerCase().replaceAll('0', 'o').split('-');
    const answer = await type('diode-sender', ['resend', tx, ...pieces]);
    expect([answer.code, answer.stdout]).toEqual([
      0,
      expect.stringMatching(/^Sent again: 1 frame \(2\), .*\n.*begins/),
    ]);
    await until(
      () => ask('diode-receiver', ['gaps', rx]),
      (gaps) => gaps.gaps.length === 0,
    );
    expect(await ask('diode-sender', ['status', tx])).toMatchObject({ resends: { done: 1, missing: 0, waiting: 0 } });
    expect((await type('diode-sender', ['status', tx])).stdout).toContain('resends             done 1, waiting 0');
    expect(auditText('sender', tx, 'commandAudit')).toMatch(
      /"event":"command-resend","epoch":1,"frames":"2","count":1/,
    );
    await stop(sender);
    const audit = auditText('sender', tx);
    expect(audit).toMatch(/"event":"request-done".*"kind":"resend"/);
    expect(audit).toMatch(/"event":"frames-resent".*"frames":1/);
  });

  it('heals also where the sender is down when the ticket is typed, and is killed before it is done', async () => {
    const first = await run('diode-sender', tx);
    write('c');
    await until(
      () => ask('diode-sender', ['status', tx]),
      (status) => status.frames?.sent === 1,
    );
    await run('diode-receiver', rx);
    const { tickets } = await until(
      () => ask('diode-receiver', ['gaps', rx]),
      (gaps) => gaps.gaps.length > 0,
    );
    await stop(first);
    const answer = await type('diode-sender', ['resend', tx, tickets[0].code]);
    expect(answer.stdout).toContain('The sender does not run: it begins at its next start.');
    expect(readdirSync(join(tx, 'data/requests'))).toHaveLength(1);
    const second = await run('diode-sender', tx);
    second.signal('SIGKILL');
    await stop(second);
    await run('diode-sender', tx);
    await until(
      () => ask('diode-receiver', ['gaps', rx]),
      (gaps) => gaps.gaps.length === 0,
    );
    await until(
      async () => readdirSync(join(tx, 'data/requests')),
      (names) => names.length === 0,
    );
  });

  it.each([['63'], ['1001'], ['many'], ['70.5']])('has no ticket of %s characters', async (characters) => {
    const answer = await type('diode-receiver', ['gaps', rx, '--max-characters', characters]);
    expect([answer.code, answer.stderr]).toEqual([2, expect.stringContaining('Give a number from 64 to 1000.')]);
  });
});

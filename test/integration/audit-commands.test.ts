/** The audit commands as operators type them, on directories that `init` made: what they answer, good and bad. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuditLog } from '../../src/cli/audit-logs.ts';
import { directoryLayout } from '../../src/config/directory-layout.ts';
import { type } from '../support/command-line.ts';

let root: string;
let rx: string;
const layout = () => directoryLayout('diode-receiver', rx);
const audit = (...args: string[]) => type('diode-receiver', ['audit', ...args]);

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'diode-audit-'));
  rx = join(root, 'rx');
  await type('diode-receiver', ['init', rx, '--boundary', 'site-a']);
});
afterAll(() => rmSync(root, { recursive: true }));

describe('the audit commands', () => {
  it('say where there is no log of the program yet, and take up one of an older version', async () => {
    const missing = await audit('verify', rx);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('There is no audit log')]);
    const old = '{"seq":1,"at":"2026-11-22T10:00:00.000Z","previous":"00","event":"program-started"}\n';
    writeFileSync(layout().oldAuditLog, old);
    const log = openAuditLog(layout(), 'program', Date.now());
    for (let at = 0; at < 600; at++) log.append(Date.now(), { event: 'frame-accepted', sequence: at });
    log.close();
    expect(readFileSync(layout().oldAuditLog, 'utf8')).toBe(old);
    const first = await audit('search', rx, '--event', 'audit-continued', '--json');
    expect(JSON.parse(first.stdout)).toMatchObject({ log: 'program', index: 0, file: 'audit.log', bytes: old.length });
    const { stdout, code } = await audit('verify', rx);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^identity-diode\/site-a\/receiver\/[0-9a-f]{16}: as it was signed, 601 entries\n.*commands: as it was signed, 1 entries\n$/,
      ),
    ]);
  });

  it('prove an entry of either log, and check it with a key alone', async () => {
    const { stdout } = await audit('key', rx);
    const [program = '', commands = ''] = stdout.split('\n').map((line) => line.slice(10));
    const ofProgram = await audit('prove', rx, '301');
    const ofCommands = await audit('prove', rx, '0', '--log', 'commands', '--out', join(root, 'init.tlog-proof'));
    expect([ofProgram.code, ofCommands.code]).toEqual([0, 0]);
    writeFileSync(join(root, '301.tlog-proof'), ofProgram.stdout);
    const good = await audit('check', join(root, '301.tlog-proof'), '--key', program);
    expect([good.code, good.stdout]).toEqual([0, expect.stringContaining('"event":"frame-accepted","sequence":300}')]);
    const init = await audit('check', join(root, 'init.tlog-proof'), '--key', commands);
    expect(init.stdout).toContain('"event":"command-init"');
    const bad = await audit('check', join(root, 'init.tlog-proof'), '--key', program);
    expect([bad.code, bad.stderr]).toEqual([
      1,
      expect.stringContaining('signed by another key, or by that of another log'),
    ]);
    const changed = ofProgram.stdout.replace('index 301', 'index 300');
    writeFileSync(join(root, 'changed.tlog-proof'), changed);
    const refused = await audit('check', join(root, 'changed.tlog-proof'), '--key', program);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('do not lead from the entry')]);
    expect((await audit('prove', rx, '601')).stderr).toContain('no entry 601 among the 601 that are signed');
    expect((await audit('prove', rx, 'hr/9.9.9')).code).toBe(1);
    expect((await audit('check', join(root, '301.tlog-proof'), '--key', 'x')).code).toBe(2);
  });

  it('compare with a checkpoint that was kept, and with a key that was noted', async () => {
    const kept = join(root, 'kept');
    cpSync(join(layout().audit, 'checkpoint'), kept);
    const before = join(root, 'before');
    cpSync(rx, before, { recursive: true });
    const log = openAuditLog(layout(), 'program', Date.now());
    log.append(Date.now(), { event: 'one-more' });
    log.close();
    const later = join(root, 'later');
    cpSync(join(layout().audit, 'checkpoint'), later);
    expect((await audit('verify', rx, '--checkpoint', kept, '--checkpoint', later)).code).toBe(0);
    const set = await audit('verify', before, '--checkpoint', later, '--json');
    expect([set.code, JSON.parse(set.stdout)]).toEqual([
      1,
      {
        isGood: false,
        logs: [
          expect.objectContaining({
            entries: 601,
            findings: [expect.stringContaining('entries 601 to 601 are missing')],
          }),
          expect.anything(),
        ],
      },
    ]);
    const { stdout } = await type('diode-receiver', ['audit', 'key', rx, '--json']);
    const { program } = JSON.parse(stdout) as { readonly program: string };
    expect((await audit('verify', rx, '--key', program)).code).toBe(0);
    writeFileSync(join(root, 'strange'), 'identity-diode/site-b/receiver/00\n');
    expect((await audit('verify', rx, '--checkpoint', join(root, 'strange'))).code).toBe(2);
  });

  it('do not go on with a new key where the old one is gone', async () => {
    rmSync(layout().auditKey);
    const answer = await type('diode-receiver', ['pause', rx, '--reason', 'x']);
    expect([answer.code, answer.stderr]).toEqual([1, expect.stringContaining('There is no key file')]);
    expect(existsSync(layout().auditKey)).toBe(false);
  });
});

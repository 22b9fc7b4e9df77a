/** `held DIR --records` and `--changes`: all that approvers decide on and sign, however much it is. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../../receiver/command-line.ts';
import { HeldTable } from '../../../../receiver/guard/held-table.ts';
import { MAX_LISTED_HOLDS } from '../../../../receiver/guard/hold-list.ts';
import { RECEIVER_MIGRATIONS } from '../../../../receiver/receiver-store.ts';
import { senderCommandLine } from '../../../../sender/command-line.ts';
import { sha256Hex } from '../../../../src/crypto/digest.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { openStore } from '../../../../src/store/database.ts';
import { editConfig } from '../../../support/command-line.ts';
import { adminPut, deletes, GuardedHalf, HOUR_MS, member, names, puts } from '../../../support/guarded-half.ts';
import { typeHere } from '../../../support/typed-command.ts';

const root = mkdtempSync(join(tmpdir(), 'held-'));
const [tx, rx] = [join(root, 'tx'), join(root, 'rx')];
const receiver = (...args: readonly string[]) => typeHere(receiverCommandLine(), ...args);
const PEOPLE = 100;
/** More than are read at once, and far more than a hold shows. */
const HELD = 2 * RECEIVER_LIMITS.listedHeldRows + 1;
const PASSED = 10;

beforeAll(async () => {
  await receiver('init', rx, '--boundary', 'site-a');
  const card = join(rx, 'receiver-card.json');
  await typeHere(senderCommandLine(), 'init', tx, '--stream', 'hr', '--receiver-card', card);
  await receiver('trust', rx, join(tx, 'sender-card.json'), '--yes');
  editConfig(rx, { 'adminRoles: []': 'adminRoles: [admin]', 'adminGroups: []': 'adminGroups: [g-admins]' });
  mkdirSync(join(rx, 'data'), { recursive: true });
  const database = openStore(join(rx, 'data', 'receiver.db'), RECEIVER_MIGRATIONS);
  const half = new GuardedHalf({ database });
  await half.say(...puts(PEOPLE));
  half.pass(2 * HOUR_MS);
  await half.say(...deletes(PASSED + HELD));
  await half.say(adminPut('u90', { roles: ['reader', 'admin'] }), adminPut('newcomer'), member('g-admins', 'u91'));
  half.store.names.putAttributes(new Set(['userName']));
  half.store.names.put({ key: 'User|u20', attribute: 'userName', value: 'Zo\u00eb\x1b[2J' });
  database.close();
});
afterAll(() => rmSync(root, { recursive: true }));

const keys = names(HELD, PASSED).map((name) => `User|${name}`);

it('names every record of a hold, whom it concerns and since when', async () => {
  const { code, out } = await receiver('held', rx, 'deletes-1.2', '--records');
  expect(code).toBe(0);
  const lines = out.trimEnd().split('\n');
  expect(lines.map((line) => line.split('  ')[3])).toEqual(keys.map((key) => `deleted ${key}`).sort());
  const [hold, since, revision] = lines[0]?.split('  ') ?? [];
  expect([hold, revision]).toEqual(['deletes-1.2', `1.2.${PASSED}`]);
  expect(Date.parse(since ?? '')).toBeGreaterThan(0);
  // A name that tries to draw on the terminal is shown as what it is.
  expect(out).toContain('deleted User|u20  name "Zo\\u00eb\\u001b[2J"\n');
  const short = await receiver('held', rx, 'deletes-1.2');
  expect(short.out).toContain(`and ${HELD - 8} more`);
  expect(short.out).toContain('held DIR HOLD --records'.replace('DIR', rx));
});

it('says of grants which roles somebody would get, and of all holds without a name', async () => {
  const { out } = await receiver('held', rx, '--records', '--json');
  const records = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records).toHaveLength(HELD + 3);
  expect(records[0]).toMatchObject({ hold: 'deletes-1.2', what: 'deleted', heldAtMs: expect.any(Number) });
  expect(records.slice(-3)).toEqual([
    { what: 'added', key: 'Member|g-admins|u91', granted: [], withdrawn: [], areAllRolesKnown: true, ...held(2) },
    {
      what: 'added',
      key: 'User|newcomer',
      name: 'newcomer',
      granted: ['admin'],
      withdrawn: [],
      areAllRolesKnown: true,
      ...held(1),
    },
    {
      what: 'changed',
      key: 'User|u90',
      name: 'u90',
      granted: ['admin', 'reader'],
      withdrawn: [],
      areAllRolesKnown: true,
      ...held(0),
    },
  ]);
  const text = await receiver('held', rx, 'grants-1.3', '--records');
  expect(text.out).toMatch(/ {2}changed User\|u90 \+role:admin \+role:reader {2}name u90\n$/);
});

it('writes the very lines of which a hold has the digest, that an approver computes anew', async () => {
  const request = join(root, 'grants.txt');
  const grants = await linesOf('grants-1.3', '--request', request, '--action', 'release');
  const lines = grants.text.trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^User\|u90 1\.3\.0 [0-9a-f]{64} role:admin role:reader$/),
    expect.stringMatching(/^User\|newcomer 1\.3\.1 [0-9a-f]{64} role:admin$/),
    expect.stringMatching(/^Member\|g-admins\|u91 1\.3\.2 [0-9a-f]{64}$/),
  ]);
  expect(sha256Hex(grants.text)).toBe(grants.digest);
  expect(readFileSync(request, 'utf8')).toContain(`hold grants-1.3: 3 records, held `);
  expect(readFileSync(request, 'utf8')).toContain(`sha256 ${sha256Hex(grants.text)}\n`);
  // Whoever leaves a role out of what is shown shows something else than what is signed.
  for (const [line, other] of [
    [' role:admin role:reader', ' role:reader'],
    ['Member|g-admins|u91', 'Member|g-guests|u91'],
    [lines[1] ?? '', ''],
  ] as const)
    expect(sha256Hex(grants.text.replace(line, other))).not.toBe(grants.digest);
  const deleted = await linesOf('deletes-1.2');
  expect(sha256Hex(deleted.text)).toBe(deleted.digest);
  expect(deleted.text.trimEnd().split('\n')).toEqual(keys.map((key, at) => `${key} 1.2.${PASSED + at} delete`));
});

it('writes no lines of several holds, which have a digest each, nor of none', async () => {
  for (const holds of [[], ['all'], ['deletes-1.2', 'grants-1.3']]) {
    const { code, error } = await receiver('held', rx, ...holds, '--changes', join(root, 'both.txt'));
    expect([code, error]).toEqual([2, expect.stringContaining('Each hold has a digest of its own.')]);
  }
  expect(existsSync(join(root, 'both.txt'))).toBe(false);
});

it('is one answer, and a request another', async () => {
  const request = ['--request', join(root, 'request.txt'), '--action', 'release'];
  expect((await receiver('held', rx, 'all', '--records', ...request)).code).toBe(2);
  expect(await receiver('held', rx, 'deletes-1.9', '--records')).toMatchObject({ code: 1, out: '' });
});

it('lists more holds than one approval takes, and asks for no approval of so many', async () => {
  const database = openStore(join(rx, 'data', 'receiver.db'), RECEIVER_MIGRATIONS);
  database.exec(`INSERT INTO hold (name, cause, records, digest, held_at_ms)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MAX_LISTED_HOLDS})
    SELECT 'deletes-9.' || i, 'deletes', 0, '', 0 FROM n`);
  database.close();
  const { code, out } = await receiver('held', rx, 'all', '--records');
  expect([code, out.trimEnd().split('\n').length]).toEqual([0, HELD + 3]);
  const request = ['--request', join(root, 'request.txt'), '--action', 'release'];
  expect((await receiver('held', rx, 'all', ...request)).code).toBe(1);
});

it('writes no lines of a hold of which a record was replaced since: what is left is not what its digest names', async () => {
  const database = openStore(join(rx, 'data', 'receiver.db'), RECEIVER_MIGRATIONS);
  new HeldTable(database).put('User|u12', undefined);
  database.close();
  const [request, changes] = [join(root, 'late.txt'), join(root, 'late-changes.txt')];
  const args = ['deletes-1.2', '--changes', changes, '--request', request, '--action', 'reject'];
  const { code, error } = await receiver('held', rx, ...args);
  expect([code, error]).toEqual([1, expect.stringContaining(`${HELD - 1} of its ${HELD} records are held.`)]);
  expect([existsSync(changes), existsSync(request)]).toEqual([false, false]);
});

async function linesOf(hold: string, ...more: readonly string[]) {
  const file = join(root, `${hold}.changes`);
  const { code, out } = await receiver('held', rx, hold, '--changes', file, '--json', ...more);
  expect(code).toBe(0);
  const { holds, changes } = JSON.parse(out) as { holds: { digest: string }[]; changes: string };
  expect(changes).toBe(file);
  return { text: readFileSync(file, 'utf8'), digest: holds[0]?.digest };
}

function held(index: number) {
  return { hold: 'grants-1.3', revision: `1.3.${index}`, heldAtMs: expect.any(Number) };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeConfig } from '../../../bench/support/diode-pair.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { checkSender } from '../../../sender/commands/check.ts';
import { openSenderStore } from '../../../sender/sender-store.ts';
import { thisMachine } from '../../../src/cli/machine.ts';
import { RequestInbox } from '../../../src/ops/request-inbox.ts';
import { answers, foreignRig, ISSUER, type KeyServer, keyServer, publicKey } from '../../support/foreign-rig.ts';
import { initPair } from '../../support/new-pair.ts';
import { typeHere } from '../../support/typed-command.ts';

let server: KeyServer;
let root: string;
let tx: string;
beforeEach(async () => {
  server = await keyServer();
  root = mkdtempSync(join(tmpdir(), 'key-sets-'));
  ({ tx } = await initPair(root));
});
afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const keySets = (...more: readonly string[]) => typeHere(senderCommandLine(), 'key-sets', tx, ...more);
const name = (approve: 'manual' | 'automatic') =>
  changeConfig(tx, [[['foreignIssuers'], [{ issuer: ISSUER, jwks: server.url, approve }]]]);

describe('diode-sender key-sets', () => {
  it('shows what a set changes, and hands an operator’s word on exactly that set to the sender', async () => {
    name('manual');
    const [a, b, c] = [publicKey('a'), publicKey('b'), publicKey('c')];
    const store = openSenderStore(join(tx, 'data', 'sender.db'));
    const rig = await foreignRig(server.url, { approve: 'manual', store });
    expect((await keySets()).out).toContain('no key set was seen yet');
    server.behave(answers([a, b]));
    await rig.ask();
    rig.request({ decision: 'approved', sha256: rig.status().seen?.sha256 });
    expect(rig.keySets()).toHaveLength(1);
    server.behave(answers([{ ...b, alg: 'EdDSA' }, c, publicKey('enc', { use: 'enc' })]));
    await rig.ask(1_000_000);
    const sha256 = rig.status().seen?.sha256 as string;
    const { out } = await keySets();
    expect(out).toContain('waits for approval');
    expect(out).toMatch(/^ {2}added {7}"c" \(OKP Ed25519\), thumbprint [\w-]{43}$/m);
    expect(out).toMatch(/^ {2}removed {5}"a" /m);
    expect(out).toMatch(/^ {2}altered {5}"b" /m);
    expect(out).toContain('left out    "enc": its use is "enc", not "sig"');
    expect(await keySets('--approve', sha256.slice(0, 7))).toMatchObject({ code: 2 });
    expect(await keySets('--approve', '0'.repeat(64))).toMatchObject({ code: 2 });
    expect(await keySets('--approve', sha256.slice(0, 8).toUpperCase())).toMatchObject({ code: 0 });
    const waiting = new RequestInbox(join(tx, 'data', 'requests')).waiting();
    expect(waiting).toMatchObject([{ kind: 'key-set', body: { decision: 'approved', sha256 } }]);
    expect(rig.request(waiting[0]?.body)).toMatchObject({ outcome: 'done' });
    expect(rig.keySets()).toHaveLength(1);
    const { sets } = JSON.parse((await keySets('--json')).out);
    expect(sets).toMatchObject([{ issuer: ISSUER, decision: 'approved', sha256, added: [], removed: [], altered: [] }]);
    const audited = await typeHere(senderCommandLine(), 'audit', 'search', tx, '--json');
    expect(audited.out).toContain(`"decision":"approved","sha256":"${sha256}"`);
    name('automatic');
    expect((await keySets('--reject', sha256)).error).toContain('cross by themselves');
    store.close();
  });
});

describe('check of a sender with foreign issuers', () => {
  const foreign = async () => {
    const items = await checkSender(thisMachine, tx);
    return items.filter(({ item }) => item === 'foreign').map(({ level, seen }) => [level, seen]);
  };

  it('asks each once: its keys, or why there are none', async () => {
    name('manual');
    server.behave(answers([publicKey('b'), publicKey('a')]));
    expect(await foreign()).toEqual([['ok', `${ISSUER} publishes "a", "b"`]]);
    server.behave(answers([], {}, 500));
    expect(await foreign()).toEqual([['fail', `${ISSUER}: It answers 500.`]]);
  });
});

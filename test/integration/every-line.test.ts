/**
 * Each kind of source line that the README shows, good and bad, as an operator would see it: the real programs over UDP on
 * IPv6, a real Kafka that comes only after them, kcat. The first-light test brings many records; this one brings one of
 * each kind.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditText } from '../../bench/support/audit-text.ts';
import { changeConfig } from '../../bench/support/diode-pair.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { type Program, type RunningProgram, startRun, type } from '../support/command-line.ts';
import { type KcatRecord, kcatRead } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';

const ISSUER = 'https://idp.example';
const AUDIENCE = 'https://inside.example';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const DEVICE = 'urn:example:schemas:Device';

const user = (id: string, more: object = {}) => ({ schemas: [USER], id, userName: id, active: true, ...more });
const put = (type: string, resource: object) => JSON.stringify({ type, op: 'put', resource });
const group = (members: readonly object[]) =>
  put('Group', { schemas: [GROUP], id: 'g1', displayName: 'Gates', members });

interface Status {
  readonly spool?: { readonly records: number };
  readonly totals?: Readonly<Record<string, number>>;
  readonly alarms?: readonly string[];
}

const available = requirement('a real Kafka', canRunKafka(), 'run .ci/install');

describe.skipIf(!available)('one line of each kind, over IPv6 into a real Kafka', () => {
  const root = mkdtempSync(join(tmpdir(), 'diode-lines-'));
  const [rx, tx] = [join(root, 'rx'), join(root, 'tx')];
  const source = join(root, 'records.jsonl');
  const running: RunningProgram[] = [];
  const secrets: string[] = [];
  let kafka: Kafka | undefined;
  let withoutKafka: Status;
  let topics: Record<'identity' | 'tokens' | 'trust' | 'quarantine', readonly KcatRecord[]>;

  const header = ({ headers }: KcatRecord, name: string) => headers.find(([each]) => each === name)?.[1];
  const jsonOf = ({ value }: KcatRecord | { value: null }) => JSON.parse(value ?? 'null') as Record<string, unknown>;
  const write = (lines: readonly string[]) => appendFileSync(source, `${lines.join('\n')}\n`);

  async function must(program: Program, args: readonly string[]): Promise<void> {
    const { code, stderr } = await type(program, args);
    if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  }

  /** The receiver's status once it is as wanted. */
  async function statusOnce(isWanted: (status: Status) => boolean): Promise<Status> {
    for (let tries = 0; ; tries++) {
      const { stdout, stderr } = await type('diode-receiver', ['status', rx, '--json']);
      // It does not answer while the machine is too busy for it.
      const status = stdout === '' ? undefined : (JSON.parse(stdout) as Status);
      if (status !== undefined && isWanted(status)) return status;
      if (tries > 60) throw new Error(`${stdout}${stderr}${running.map(({ output }) => output()).join('')}`);
      await delay(250);
    }
  }

  /** Until so many records have reached an outcome. */
  async function settled(count: number): Promise<void> {
    await statusOnce(({ totals: { witnessed: _, ...ofSource } = {} }) => {
      return Object.values(ofSource).reduce((sum, each) => sum + each, 0) >= count;
    });
  }

  beforeAll(async () => {
    const kafkaPort = await freePort();
    const [linkPort, rxOps, txOps] = [await freePort(), await freePort(), await freePort()];
    const issuerKeys = await generateKeyPair('EdDSA');
    const otherKeys = await generateKeyPair('EdDSA');
    const publicKey = async (keys: typeof issuerKeys, kid: string) => ({ ...(await exportJWK(keys.publicKey)), kid });
    const token = async (jti: string, kid: string, { privateKey }: typeof issuerKeys) => {
      const claims = new SignJWT({}).setIssuer(ISSUER).setAudience(AUDIENCE).setSubject(`of-${jti}`).setJti(jti);
      const jws = await claims
        .setIssuedAt()
        .setExpirationTime('10m')
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
        .sign(privateKey);
      secrets.push(jws);
      return JSON.stringify({ token: jws });
    };
    await must('diode-receiver', ['init', rx, '--boundary', 'site-a', '--listen', `[::1]:${linkPort}`]);
    const card = join(rx, 'receiver-card.json');
    const init = ['init', tx, '--stream', 'hr', '--receiver-card', card, '--to', `[::1]:${linkPort}`];
    await must('diode-sender', [...init, '--source', source]);
    await must('diode-receiver', ['trust', rx, join(tx, 'sender-card.json'), '--yes']);
    writeFileSync(join(rx, 'idp.json'), JSON.stringify({ keys: [await publicKey(issuerKeys, 'k1')] }));
    const device = { type: 'Device', schema: DEVICE, attributes: ['displayName', 'serialNumber'] };
    const types = [
      ['identity', 'resourceTypes'],
      [{ type: 'User' }, { type: 'Group' }, device],
    ] as const;
    const policy = { issuer: ISSUER, audience: [AUDIENCE], jwks: 'idp.json', algorithms: ['EdDSA'] };
    changeConfig(tx, [types, [['ops', 'port'], txOps]]);
    changeConfig(rx, [
      types,
      [['ops', 'port'], rxOps],
      [['issuers'], [{ ...policy, maxLifetimeSeconds: 3_600 }]],
      [['kafka', 'brokers'], [`127.0.0.1:${kafkaPort}`]],
      [['kafka', 'replicationFactor'], 1],
      [['kafka', 'minInsyncReplicas'], 1],
    ]);

    writeFileSync(source, '');
    running.push(await startRun('diode-receiver', rx), await startRun('diode-sender', tx));
    write([
      put('User', user('bjensen')), // 1
      put('Device', { schemas: [DEVICE], id: 'gate-3', displayName: 'Gate 3', serialNumber: 'S-1' }),
      group([{ value: 'bjensen' }, { value: 'gate-3', type: 'Device' }]),
      await token('revoked', 'k1', issuerKeys),
      await token('kept', 'k1', issuerKeys),
      '{"oops"', // 6
      '{"type":"User","type":"User","op":"delete","id":"bjensen"}',
      '{"type":"User","op":"put","resource":{"__proto__":{"admin":true}}}',
      `{"type":"User","op":"put","resource":${'['.repeat(64)}${']'.repeat(64)}}`,
      put('User', user('big', { displayName: 'x'.repeat(1_000_000) })), // 10
      put('User', user('secret', { password: 'hunter22' })),
      put('Printer', { schemas: ['urn:example:schemas:Printer'], id: 'p1' }),
      `{"type":"User","op":"delete","id":"${'x'.repeat(9 * 1024 * 1024)}"}`, // 13
      JSON.stringify({ jwks: { iss: ISSUER, keys: [await publicKey(otherKeys, 'k2')] } }),
      await token('too-early', 'k2', otherKeys),
      put('User', user('bjensen', { active: false })),
    ]);
    // The user twice, 1 device, 1 group, 2 joins, 3 tokens, 1 key set: all wait for Kafka, and status says so.
    withoutKafka = await statusOnce(({ spool }) => spool?.records === 10);
    kafka = await startKafka({ port: kafkaPort });
    await settled(10);
    write([
      JSON.stringify({ revoke: { iss: ISSUER, jti: 'revoked' } }),
      group([{ value: 'bjensen' }]),
      JSON.stringify({ type: 'User', op: 'delete', id: 'bjensen' }),
    ]);
    // 1 revocation, 1 group, 1 leave; the user's membership and the user.
    await settled(15);
    const { brokers } = kafka;
    const read = (name: string) => kcatRead({ brokers, topic: `site-a.${name}`, committed: true });
    topics = {
      identity: await read('identity'),
      tokens: await read('tokens'),
      trust: await read('trust'),
      quarantine: await read('quarantine'),
    };
  });

  afterAll(async () => {
    for (const program of running) await program.stop();
    await kafka?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('receives and spools while Kafka is not there, says so, and publishes when it comes', () => {
    expect(withoutKafka.alarms).toEqual([expect.stringContaining('Nothing is published: No Kafka broker answers')]);
    expect(withoutKafka.totals).toMatchObject({ published: 0, quarantined: 0 });
    expect(topics.identity.length).toBeGreaterThan(0);
  });

  const of = (key: string) => topics.identity.filter((record) => record.key === key);

  it('carries a user through its life: created, switched off, deleted', () => {
    expect(of('User|bjensen').map((record) => [header(record, 'ce_type')?.split(':').at(-1), jsonOf(record)])).toEqual([
      ['full', user('bjensen')],
      ['full', user('bjensen', { active: false })],
      ['delete', null],
    ]);
  });

  it('carries a resource type that the site declared, and refuses one that it did not', () => {
    expect(of('Device|gate-3').map(jsonOf)).toEqual([
      { schemas: [DEVICE], id: 'gate-3', displayName: 'Gate 3', serialNumber: 'S-1' },
    ]);
    expect(topics.identity.some(({ key }) => key?.startsWith('Printer|'))).toBe(false);
  });

  it('makes the members of a group records of their own, with the reason of each leave', () => {
    expect(of('Group|g1').map(jsonOf)).toEqual(Array(2).fill({ schemas: [GROUP], id: 'g1', displayName: 'Gates' }));
    expect(of('Member|g1|gate-3').map((record) => header(record, 'ce_reason'))).toEqual([undefined, 'left-group']);
    expect(of('Member|g1|bjensen').map((record) => header(record, 'ce_reason'))).toEqual([undefined, 'member-deleted']);
    expect(of('Member|g1|gate-3').map(jsonOf)).toEqual([expect.objectContaining({ type: 'Device' }), null]);
  });

  it('takes a token back with a tombstone that names it, and leaves the other alone', () => {
    const told = topics.tokens.map((record) => [
      header(record, 'ce_jti'),
      header(record, 'ce_type')?.split(':').at(-1),
      record.value,
    ]);
    expect(told.filter(([jti]) => jti === 'revoked')).toEqual([
      ['revoked', 'put', secrets[0]],
      ['revoked', 'revoked', null],
    ]);
    expect(told.filter(([jti]) => jti !== 'revoked')).toEqual([['kept', 'put', secrets[1]]]);
  });

  it('shows a key set on trust that counts for nothing: a token under its key is refused', () => {
    expect(topics.trust.map((record) => [record.key, header(record, 'ce_admitted'), jsonOf(record).admitted])).toEqual([
      [`Jwks|${encodeURIComponent(ISSUER)}`, 'false', false],
    ]);
    expect(topics.quarantine.map((record) => jsonOf(record))).toEqual([
      expect.objectContaining({ kind: 'token', reason: 'key-unknown', jti: 'too-early' }),
    ]);
  });

  it('writes each refused line into the reject file, by its number and with the reason, and not what it said', () => {
    const text = readFileSync(join(tx, 'data/rejected.jsonl'), 'utf8');
    const rejected = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { line: number; code: string; detail: string });
    expect(rejected.map(({ line, code }) => [line, code])).toEqual([
      [6, 'json-syntax'],
      [7, 'json-duplicate-key'],
      [8, 'json-forbidden-key'],
      [9, 'json-depth'],
      [10, 'record-too-large'],
      [11, 'attribute-secret'],
      [12, 'type-unknown'],
      [13, 'line-too-long'],
    ]);
    expect(rejected[4]?.detail).toContain('leave large attributes, such as photos and certificates, out');
    expect(text).not.toContain('hunter22');
  });

  it('lets no token or attribute value out anywhere but on its topic, and subject ids into the audit logs alone', () => {
    const logs = running.map(({ output }) => output());
    const audits = [auditText('receiver', rx), auditText('sender', tx)];
    const refused = topics.quarantine.map(({ value }) => value ?? '');
    expect(secrets).toHaveLength(3);
    for (const place of [...logs, ...audits, ...refused]) {
      // Its signature is what makes a token usable, so that part alone may stand nowhere either.
      for (const jws of secrets) expect(place.includes(jws.slice(jws.lastIndexOf('.') + 1))).toBe(false);
      expect(place).not.toMatch(/Gate 3|S-1|hunter22/);
    }
    for (const place of [...logs, ...refused]) expect(place).not.toMatch(/bjensen|gate-3/);
  });

  it('finds each subject and token in the audit logs of both sides, and proves what was published to others', async () => {
    const found = async (program: Program, directory: string, ...query: string[]) => {
      const { stdout } = await type(program, ['audit', 'search', directory, ...query, '--json']);
      const lines = stdout.split('\n').slice(0, -1);
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    expect((await found('diode-sender', tx, '--subject', 'gate-3')).map(({ event }) => event)).toContain(
      'records-signed',
    );
    const byToken = (await found('diode-receiver', rx, '--token', 'kept')).map(({ event }) => event);
    expect(byToken).toEqual(['token-published']);
    expect((await found('diode-receiver', rx, '--token', 'revoked')).map(({ event }) => event)).toContain(
      'token-withdrawn',
    );
    const record = topics.identity.find(({ key }) => key === 'Device|gate-3') as KcatRecord;
    const id = header(record, 'ce_id') as string;
    const proof = join(root, 'gate-3.tlog-proof');
    await must('diode-receiver', ['audit', 'prove', rx, id, '--out', proof]);
    const { stdout: keys } = await type('diode-receiver', ['audit', 'key', rx, '--json']);
    const { program: key } = JSON.parse(keys) as { readonly program: string };
    // Whoever checks has the proof and the key, and no directory.
    const checked = await type('diode-sender', ['audit', 'check', proof, '--key', key, '--json']);
    const digest = createHash('sha256')
      .update(record.value ?? '')
      .digest('hex');
    expect([checked.code, JSON.parse(checked.stdout)]).toEqual([
      0,
      expect.objectContaining({ entry: expect.stringContaining(`"${id} Device|gate-3 ${digest}"`) }),
    ]);
    const other = await type('diode-sender', ['audit', 'key', tx, '--json']);
    const wrong = (JSON.parse(other.stdout) as { readonly program: string }).program;
    const refusal = await type('diode-sender', ['audit', 'check', proof, '--key', wrong]);
    expect([refusal.code, refusal.stderr]).toEqual([1, expect.stringContaining('signed by another key')]);
    await must('diode-receiver', ['audit', 'verify', rx]);
    await must('diode-sender', ['audit', 'verify', tx]);
  });
});

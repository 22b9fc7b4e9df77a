/**
 * Tokens that the sender issues, on the real programs and a real Kafka: from a subject's line to `tokens`, and back out of it;
 * what is said of issuers beside, up to `trust`.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DiodePair, diode, type RunningProgram, setUpPair, startProgram } from '../../bench/support/diode-pair.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { answers, ISSUER as FOREIGN, type KeyServer, keyServer, publicKey } from '../support/foreign-rig.ts';
import { type KcatRecord, kcatRead } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';

const ISSUER = 'https://issuer.site-a.example';
const AUDIENCE = 'https://api.site-a.example';
const MAX_LOOKS = 120;

const available = requirement('a real Kafka', canRunKafka(), 'run .ci/install');

describe.skipIf(!available)('a token that the sender issues', () => {
  let root: string;
  let kafka: Kafka;
  let pair: DiodePair;
  let foreign: KeyServer;
  let jwks: Parameters<typeof createLocalJWKSet>[0];
  const programs: RunningProgram[] = [];
  const source = () => join(root, 'hr.jsonl');

  const say = (...lines: readonly object[]) =>
    appendFileSync(source(), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const user = (more: object) => ({
    type: 'User',
    op: 'put',
    resource: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id: 'ann', userName: 'ann', ...more },
  });

  /** All of a topic, once it is as wanted. */
  async function topicOnce(topic: string, isWanted: (all: readonly KcatRecord[]) => boolean) {
    for (let look = 0; look < MAX_LOOKS; look++) {
      const records = await kcatRead({ brokers: kafka.brokers, topic: `site-a.${topic}`, committed: true }).catch(
        () => [],
      );
      if (isWanted(records)) return records;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    throw new Error(`what was awaited did not come to ${topic}`);
  }

  /** Once the last record is as wanted. */
  const tokensOnce = (isWanted: (last: KcatRecord, all: readonly KcatRecord[]) => boolean) =>
    topicOnce('tokens', (all) => {
      const last = all.at(-1);
      return last !== undefined && isWanted(last, all);
    });

  async function verify(jws: string | null | undefined) {
    const rules = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', algorithms: ['ES256'] };
    return (await jwtVerify(jws ?? '', createLocalJWKSet(jwks), rules)).payload;
  }

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'issued-'));
    kafka = await startKafka();
    foreign = await keyServer();
    foreign.behave(answers([publicKey('there', { x5c: ['MIIB'] })]));
    const [linkPort, senderOps, receiverOps] = [await freePort(), await freePort(), await freePort()];
    const issuer = {
      issuer: ISSUER,
      audience: [AUDIENCE],
      jwks: 'jwks.json',
      algorithms: ['ES256'],
      maxLifetimeSeconds: 900,
    };
    pair = await setUpPair({
      directory: root,
      boundary: 'site-a',
      stream: 'hr',
      target: `127.0.0.1:${linkPort}`,
      senderSettings: [
        [['source', 'path'], source()],
        [['ops', 'port'], senderOps],
        [['issuer'], { issuer: ISSUER, algorithm: 'ES256', key: { path: 'keys/issuer.key' }, audiences: [AUDIENCE] }],
        [['foreignIssuers'], [{ issuer: FOREIGN, jwks: foreign.url }]],
      ],
      receiverSettings: [
        [['link', 'port'], linkPort],
        [['ops', 'port'], receiverOps],
        [['issuers'], [issuer]],
        [['kafka', 'brokers'], [kafka.brokers]],
        [['kafka', 'replicationFactor'], 1],
        [['kafka', 'minInsyncReplicas'], 1],
        [['kafka', 'partitions'], 1],
      ],
    });
    const key = join(pair.senderDirectory, 'keys', 'issuer.key');
    execFileSync('openssl', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', key]);
    chmodSync(key, 0o600);
    const printed = await diode('sender', ['issuer-keys', pair.senderDirectory]);
    jwks = JSON.parse(printed);
    writeFileSync(join(pair.receiverDirectory, 'jwks.json'), printed);
    say(user({ active: true, roles: [{ value: 'reader' }] }));
    for (const side of ['receiver', 'sender'] as const) {
      const directory = side === 'sender' ? pair.senderDirectory : pair.receiverDirectory;
      programs.push(startProgram({ side, directory, logPath: join(root, `${side}.log`) }));
    }
  });
  afterAll(async () => {
    for (const program of programs) await program.stop();
    await kafka?.stop();
    await foreign?.close();
    if (root !== undefined) rmSync(root, { recursive: true });
  });

  it('is verified by jose, follows a role at once, and is tombstoned when its subject is deactivated', async () => {
    const [first] = await tokensOnce(({ value }) => value !== null);
    expect(await verify(first?.value)).toMatchObject({ sub: 'ann', roles: ['reader'], client_id: 'identity-diode' });

    say(user({ active: true, roles: [{ value: 'reader' }, { value: 'writer' }] }));
    const changed = await tokensOnce((_, all) => all.length === 2);
    expect(await verify(changed[1]?.value)).toMatchObject({ sub: 'ann', roles: ['reader', 'writer'] });
    expect(changed[1]?.key).toBe(first?.key);

    say(user({ active: false }));
    const ended = await tokensOnce(({ value }) => value === null);
    expect(ended.map(({ key }) => key)).toEqual([first?.key, first?.key, first?.key]);

    const logged = await diode('sender', ['tokens', pair.senderDirectory, '--subject', 'ann', '--json']);
    const digests = logged
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { sha256: string }).sha256);
    expect(digests).toEqual(ended.slice(0, 2).map(({ value }) => sha256Hex(value ?? '')));
  });

  it('comes with a word on how fresh revocations are; the keys of another issuer wait for approval, and admit nothing', async () => {
    const keyOf = (kind: string, issuer: string) => `${kind}|${encodeURIComponent(issuer)}`;
    const isStatus = ({ key }: KcatRecord) => key === keyOf('Status', ISSUER);
    const before = await topicOnce('trust', (all) => all.some(isStatus));
    const status = JSON.parse(before.find(isStatus)?.value ?? '');
    expect(status.issuer).toBe(ISSUER);
    // 60 s each of interval and repeats, 3 s of hold time, 30 s of margin, and what the link took lately.
    expect(status.nextByMs - status.asOfMs).toBeGreaterThanOrEqual(153_000);
    expect(before.filter(({ key }) => key === keyOf('Jwks', FOREIGN))).toEqual([]);
    const { sets } = JSON.parse(await diode('sender', ['key-sets', pair.senderDirectory, '--json']));
    expect(sets).toMatchObject([{ issuer: FOREIGN, decision: 'waiting', added: [{ keyId: 'there' }] }]);
    await diode('sender', ['key-sets', pair.senderDirectory, '--approve', sets[0].sha256]);
    const isForeign = ({ key }: KcatRecord) => key === keyOf('Jwks', FOREIGN);
    const after = await topicOnce('trust', (all) => all.some(isForeign));
    const { admitted, issuer, jwks: seen } = JSON.parse(after.find(isForeign)?.value ?? '');
    expect({ admitted, issuer, sha256: sha256Hex(JSON.stringify(seen)) }).toEqual({
      admitted: false,
      issuer: FOREIGN,
      sha256: sets[0].sha256,
    });
  });
});

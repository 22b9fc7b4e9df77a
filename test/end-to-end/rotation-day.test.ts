/**
 * A day on which every key is changed, with the real programs and commands and a real Kafka: an issuer renews 10,000 tokens
 * of a minute while the sender's key, the issuer's key and the root are rotated, a stolen key is revoked, people come, change
 * and go, and the receiver is killed twice. A consumer that is not ours reads along from the first record to the last.
 *
 * "Never missing", for that consumer: from the first token that it reads of a subject to the end of the day, or of the
 * subject, it holds at each instant one that jose accepted, with the keys that the receiver serves, and that has not expired.
 * A successor counts when it is read, so a lag of the reader or a dead receiver excuse nothing; how little was left of the
 * token before is measured. "Never present": none is read that has expired or that jose refuses; and what is over, since its
 * subject ended or its key is revoked, is out of the consumer's hands within the objective of docs/operations.md, counted from
 * the word at the source to the reading of the tombstone, and never comes back. The reader's lag, from the receiver's handing
 * over to Kafka to the reading, is within the same bound. A token that expires in the consumer's hands is its own to judge
 * (docs/consumers.md), and counts as gone.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { importPKCS8, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diode, type Side, setUpPair } from '../../bench/support/diode-pair.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { RunningPair } from '../../bench/support/running-pair.ts';
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { CeremonyTable } from '../support/ceremony-table.ts';
import { kcatRead } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';
import { type Holder, judgeDay } from '../support/token-judge.ts';
import { TokenReader } from '../support/token-reader.ts';

const BOUNDARY = 'day';
const ISSUER = 'https://issuer.day.example';
const AUDIENCE = 'https://api.day.example';
const PEOPLE = 10_000;
/** Of each: switched off, deleted, given another role, and hired during the day. */
const MOVED = 100;
const STOLEN = 20;
const LIFETIME_SECONDS = 60;
/** Of docs/operations.md, for revocations. */
const OBJECTIVE_MS = 10_000;
const TIMEOUT_MS = 60_000;
/** Of what is wrong. */
const SHOWN = 10;

const available = requirement('a real Kafka', canRunKafka(), 'run .ci/install');

const personId = (at: number) => `p${String(at).padStart(5, '0')}`;

function put(id: string, more: object = { active: true, roles: [{ value: 'reader' }] }): string {
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
  return JSON.stringify({ type: 'User', op: 'put', resource: { schemas, id, userName: id, ...more } });
}

describe.skipIf(!available)('a day on which every key is changed', () => {
  const root = mkdtempSync(join(tmpdir(), 'rotation-day-'));
  const table = new CeremonyTable(root, BOUNDARY);
  const holders = new Map<string, Holder>();
  let kafka: Kafka;
  let running: RunningPair;
  let reader: TokenReader;
  let keysUrl: string;
  /** Of the sender, before and after; of the issuer. */
  let senderKeys: { readonly key: string; readonly next: string };
  let firstKey: string;
  let secondKey: string;
  let revokedAtMs = 0;

  const directoryOf = (side: Side) => running.pair[side === 'sender' ? 'senderDirectory' : 'receiverDirectory'];
  const command = (side: Side, name: string, ...args: readonly string[]) =>
    diode(side, [...name.split(' '), directoryOf(side), ...args]);
  const ask = async (...args: Parameters<typeof command>) => JSON.parse(await command(...args, '--json'));
  const bundleArrived = (version: number) =>
    running.until('receiver', ({ trust }) => trust?.bundle.version === version, TIMEOUT_MS);

  /** A new key where the issuer's is, and the one before beside it; its key set. */
  async function newIssuerKey(): Promise<{ readonly keys: readonly { readonly kid: string }[] }> {
    const path = join(directoryOf('sender'), 'keys/issuer.key');
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', `${path}.new`]);
    chmodSync(`${path}.new`, 0o600);
    renameSync(`${path}.new`, path);
    return JSON.parse(await command('sender', 'issuer-keys'));
  }

  /** Lines of tokens that somebody signs who has the issuer's first key. */
  async function stolen(from: number): Promise<readonly string[]> {
    const key = await importPKCS8(readFileSync(join(root, 'stolen.key'), 'utf8'), 'EdDSA');
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const tokens = Array.from({ length: STOLEN }, (_, at) =>
      new SignJWT({ client_id: 'thief', jti: `stolen-${from + at}`, roles: ['admin'] })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: firstKey })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(`nobody-${at}`)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + 2 * LIFETIME_SECONDS)
        .sign(key),
    );
    return (await Promise.all(tokens)).map((token) => JSON.stringify({ token }));
  }

  function hire(from: number, count: number): void {
    const ids = Array.from({ length: count }, (_, at) => personId(from + at));
    for (const id of ids) holders.set(id, {});
    running.append(ids.map((id) => put(id)));
  }

  /** What a resource server is given to verify with. */
  async function servedKeys(): Promise<readonly string[]> {
    const { keys } = (await (await fetch(keysUrl)).json()) as { readonly keys: readonly { readonly kid: string }[] };
    return keys.map(({ kid }) => kid);
  }

  /** Entries of an audit log, oldest first. */
  async function told(side: Side, event: string): Promise<readonly Record<string, unknown>[]> {
    const lines = (await command(side, 'audit search', '--event', event, '--json')).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
  }

  const currentOf = (keyId: string) => [...reader.current.values()].filter((token) => token.keyId === keyId).length;

  beforeAll(async () => {
    kafka = await startKafka();
    const [linkPort, verificationPort] = [await freePort(), await freePort()];
    const ports = { sender: await freePort(), receiver: await freePort() };
    const sourcePath = join(root, 'hr.jsonl');
    writeFileSync(sourcePath, '');
    const issuer = {
      issuer: ISSUER,
      audience: [AUDIENCE],
      jwks: 'jwks.json',
      algorithms: ['EdDSA'],
      types: ['at+jwt'],
      maxLifetimeSeconds: 2 * LIFETIME_SECONDS,
    };
    const pair = await setUpPair({
      directory: root,
      boundary: BOUNDARY,
      stream: 'hr',
      target: `127.0.0.1:${linkPort}`,
      senderSettings: [
        [['source', 'path'], sourcePath],
        [['ops', 'port'], ports.sender],
        // What goes by while the receiver is killed comes with the last repeat.
        [
          ['link', 'repeatAfterMs'],
          [500, 3_000, 15_000],
        ],
        [
          ['issuer'],
          {
            issuer: ISSUER,
            key: { path: 'keys/issuer.key' },
            audiences: [AUDIENCE],
            lifetimeSeconds: LIFETIME_SECONDS,
            marginSeconds: 5,
            maxTokensPerSecond: 2_000,
          },
        ],
      ],
      receiverSettings: [
        [['link', 'port'], linkPort],
        [['ops', 'port'], ports.receiver],
        [['verification', 'port'], verificationPort],
        [['issuers'], [issuer]],
        [['kafka', 'brokers'], [kafka.brokers]],
        [['kafka', 'replicationFactor'], 1],
        [['kafka', 'minInsyncReplicas'], 1],
        [['kafka', 'partitions'], 2],
      ],
    });
    running = new RunningPair({ pair, directory: root, ports, sourcePath });
    const set = await newIssuerKey();
    firstKey = set.keys[0]?.kid ?? '';
    writeFileSync(join(pair.receiverDirectory, 'jwks.json'), JSON.stringify(set));
    await table.begin(pair);
    await running.start('receiver');
    await running.until('receiver', ({ kafka: { publishing } }) => publishing, TIMEOUT_MS);
    keysUrl = `http://127.0.0.1:${verificationPort}/.well-known/jwks.json`;
    reader = new TokenReader({
      brokers: kafka.brokers,
      topic: `${BOUNDARY}.tokens`,
      keysUrl,
      issuer: ISSUER,
      audience: AUDIENCE,
    });
  });
  afterAll(async () => {
    await running?.close();
    await reader?.close();
    await kafka?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('begins with a token for each of 10,000 people', async () => {
    hire(0, PEOPLE);
    await running.start('sender');
    await reader.until('a token for each', () => reader.current.size === PEOPLE, TIMEOUT_MS);
  });

  it('changes the key of the sender at a time that the bundle says, while the receiver is killed and comes back', async () => {
    senderKeys = await ask('sender', 'rotate-key');
    const { key, next } = senderKeys;
    const changeMs = Date.now() + 8_000;
    const card = join(directoryOf('sender'), 'sender-card-next.json');
    const at = new Date(changeMs).toISOString();
    const bundle = await table.next(['--sender', card, '--end', `${key}@${at}`], ({ senders }) => {
      Object.assign(senders[0]?.keys.at(-1) ?? {}, { activeFrom: at });
    });
    await command('sender', 'trust', bundle);
    await bundleArrived(2);
    await running.kill('receiver');
    await running.start('receiver');
    await running.until('sender', ({ signing }) => signing.keyId === next, TIMEOUT_MS);
    const { head } = await running.until('sender', ({ records }) => records.token > 0, TIMEOUT_MS);
    const isPast = ({ progress }: ReceiverStatus) => (progress?.sequence ?? 0) > head.sequence;
    const { trust } = await running.until('receiver', isPast, TIMEOUT_MS);
    expect(trust?.keys).toMatchObject([
      { keyId: key, state: 'passive' },
      { keyId: next, state: 'active' },
    ]);
  });

  it('changes the key of the issuer once the receiver has the new one', async () => {
    renameSync(join(directoryOf('sender'), 'keys/issuer.key'), join(root, 'stolen.key'));
    const jwks = await newIssuerKey();
    writeFileSync(table.at('seen.json'), JSON.stringify({ issuer: ISSUER, jwks }));
    await command('sender', 'trust', await table.next(['--key-set', table.at('seen.json')]));
    await bundleArrived(3);
    await running.stop('sender');
    await running.start('sender');
    secondKey = jwks.keys[0]?.kid ?? '';
    await reader.until('a token of the new key', () => currentOf(secondKey) > 0, TIMEOUT_MS);
    // Whoever verifies what it holds already finds the old key, too.
    expect(currentOf(firstKey)).toBeGreaterThan(0);
    expect(await servedKeys()).toEqual([firstKey, secondKey]);
  });

  it('goes on with people who come, change and go, and under another root', async () => {
    const moved = (from: number) => Array.from({ length: MOVED }, (_, at) => personId(from + at));
    hire(PEOPLE, MOVED);
    const atMs = Date.now();
    const [switchedOff, deleted, changed] = [moved(0), moved(1_000), moved(2_000)];
    const roles = ['reader', 'writer'];
    for (const subject of [...switchedOff, ...deleted]) holders.set(subject, { endedMs: atMs });
    for (const subject of changed) holders.set(subject, { change: { atMs, roles } });
    running.append([
      ...switchedOff.map((id) => put(id, { active: false })),
      ...deleted.map((id) => JSON.stringify({ type: 'User', op: 'delete', id })),
      ...changed.map((id) => put(id, { active: true, roles: roles.map((value) => ({ value })) })),
    ]);
    await command('sender', 'trust', ...(await table.rotateRoot()));
    const { trust } = await bundleArrived(4);
    expect(trust).toMatchObject({ root: { version: 2 } });
  });

  it('takes back what a thief signs with the key of the issuer that is renewed away, and believes it no more', async () => {
    running.append(await stolen(0));
    const isTheirs = () => currentOf(firstKey) === STOLEN;
    await reader.until('no token of the first key but those of the thief', isTheirs, 2 * LIFETIME_SECONDS * 1_000);
    const bundle = await table.next(['--revoke', firstKey]);
    // What was read before is judged by the keys of then.
    await reader.until('all of it verified', () => reader.isVerified, TIMEOUT_MS);
    revokedAtMs = Date.now();
    expect(await command('receiver', 'trust', bundle)).toContain(firstKey);
    await running.kill('receiver');
    running.append(await stolen(STOLEN));
    // Beside each other: the last repeat waits for nobody.
    await Promise.all([command('sender', 'trust', bundle), running.start('receiver')]);
    await reader.until('no token of the first key', () => currentOf(firstKey) === 0, OBJECTIVE_MS);
    await running.until('receiver', ({ totals }) => totals.quarantined === STOLEN, TIMEOUT_MS);
    const { trust } = await bundleArrived(5);
    expect(trust).toMatchObject({ root: { version: 2 } });
    expect(await servedKeys()).toEqual([secondKey]);
  });

  it('has published what the log of issued tokens says, and nothing else but what was stolen', async () => {
    // The rest of the day: what was taken back does not return.
    await delay(5_000);
    const { progress } = await running.until('receiver', ({ progress }) => progress?.gaps.length === 0, TIMEOUT_MS);
    expect(progress).not.toHaveProperty('lost');
    const isReached = (revision: string) => Number(revision.split('.')[1]) <= (progress?.sequence ?? 0);
    const lines = (await command('sender', 'tokens', '--json')).trim().split('\n');
    const logged: readonly { readonly sha256: string; readonly revision: string }[] = lines.map((line) =>
      JSON.parse(line),
    );
    const issued = new Set(logged.map(({ sha256, revision }) => `${revision} ${sha256}`));
    const reached = logged.filter(({ revision }) => isReached(revision));
    const published = () => reader.seen.filter(({ jws, claims }) => jws !== null && claims?.client_id !== 'thief');
    const hasAll = () => published().filter(({ revision }) => isReached(revision)).length >= reached.length;
    await reader.until('as many tokens as were issued', hasAll, TIMEOUT_MS);
    const read = new Set(published().map(({ jws, revision }) => `${revision} ${sha256Hex(jws ?? '')}`));
    expect(reached.filter(({ sha256, revision }) => !read.has(`${revision} ${sha256}`)).slice(0, SHOWN)).toEqual([]);
    expect([...read].filter((one) => isReached(one.split(' ')[0] ?? '') && !issued.has(one)).slice(0, SHOWN)).toEqual(
      [],
    );
    const quarantine = await kcatRead({ brokers: kafka.brokers, topic: `${BOUNDARY}.quarantine`, committed: true });
    const refusals = quarantine.map(({ value }) => JSON.parse(value ?? '').reason);
    expect(refusals).toEqual(Array.from({ length: STOLEN }, () => 'key-state'));
  });

  it('had a good token for everybody at each instant, and none that was over', async () => {
    const endMs = Date.now();
    // With the keys that the receiver serves.
    await reader.close();
    await running.close();
    const { seen, refused } = reader;
    const verdict = judgeDay({ seen, holders, endMs, revokedKey: { keyId: firstKey, atMs: revokedAtMs } });
    const { renewals, leastLeftMs, longestHeldMs, longestChangeMs, longestLagMs } = verdict;
    console.log(
      `${seen.length} records read, ${renewals} renewals; at least ${leastLeftMs} ms were left of a token at its renewal; ` +
        `what was over was gone after ${longestHeldMs} ms at most, other roles were there after ${longestChangeMs} ms, ` +
        `the reader's lag was ${longestLagMs} ms`,
    );
    expect([...verdict.missing, ...verdict.invalid, ...refused].slice(0, SHOWN)).toEqual([]);
    expect(renewals).toBeGreaterThan(PEOPLE);
    expect(Math.max(longestHeldMs, longestChangeMs, longestLagMs)).toBeLessThan(OBJECTIVE_MS);
  });

  it('leaves audit logs that tell of it, and verify on both sides', async () => {
    expect(await told('sender', 'signing-key-changed')).toMatchObject([{ key: senderKeys.next }]);
    const [changed, ...more] = await told('sender', 'issuer-key-changed');
    expect(changed).toMatchObject({ from: firstKey, to: secondKey });
    expect([changed?.unexpiredTokens, more]).toEqual([expect.toSatisfy((tokens) => tokens >= PEOPLE), []]);
    expect(await told('receiver', 'sender-trusted')).toMatchObject([
      { root: 1, bundle: 1, keys: [`${senderKeys.key} active`] },
      { root: 1, bundle: 2 },
      { root: 2, bundle: 5, keys: [`${senderKeys.key} passive`, `${senderKeys.next} active`] },
    ]);
    expect(await told('receiver', 'trust-adopted')).toMatchObject([
      { bundle: 2 },
      { bundle: 3 },
      { root: 2, bundle: 4 },
    ]);
    const given = await told('receiver', 'command-trust-bundle');
    expect(given.at(-1)).toMatchObject({ bundle: 5, revoked: [`${ISSUER} ${firstKey}`] });
    const both = [ask('sender', 'audit verify'), ask('receiver', 'audit verify')];
    expect(await Promise.all(both)).toMatchObject([{ isGood: true }, { isGood: true }]);
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiverAlarms } from '../../../../receiver/ops/receiver-alarms.ts';
import { startReceiver } from '../../../../receiver/pipeline.ts';
import { ReceiverStore } from '../../../../receiver/receiver-store.ts';
import type { Receiver } from '../../../../receiver/running-receiver.ts';
import { adopt, type TrustState } from '../../../../receiver/trust/trust-state.ts';
import { openSession } from '../../../../sender/transmit/session.ts';
import { TrustAnnouncer } from '../../../../sender/transmit/trust-announcer.ts';
import type { ReceiverConfig } from '../../../../src/config/receiver-config.ts';
import { agreementKeyPair } from '../../../../src/crypto/agreement.ts';
import { sha256Hex, signingKeyId } from '../../../../src/crypto/digest.ts';
import { signingKeyPair } from '../../../../src/crypto/sodium.ts';
import { jwkThumbprint } from '../../../../src/crypto/thumbprint.ts';
import type { ReceiveLink } from '../../../../src/link/link.ts';
import { DiodeError } from '../../../../src/ops/diode-error.ts';
import { MemoryAudit, TOPICS } from '../../../support/back-half.ts';
import { ModelKafka } from '../../../support/model-kafka.ts';
import {
  codec,
  ModelJournal,
  ModelSession,
  receiverKeys,
  senderAgreementKeys,
  WALL_MS,
} from '../../../support/model-sender.ts';
import { OPEN_GUARD } from '../../../support/open-guard.ts';
import { bundleContent, firstRoot, HOLDERS, signedBundle } from '../../../support/root-ceremony.ts';
import { BOUNDARY, STREAM, signedFrame, spoolFrames, userPut } from '../../../support/signed-stream.ts';

const config: ReceiverConfig = {
  boundary: BOUNDARY,
  link: { kind: 'udp', address: '127.0.0.1', port: 0, receiveBufferBytes: 1 << 20 },
  identity: { resourceTypes: [{ type: 'User' }], tokenIssuers: [] },
  issuers: [],
  sealedAudiences: [],
  kafka: {
    brokers: ['127.0.0.1:1'],
    client: {},
    topicPrefix: 'site-a.',
    createTopics: true,
    partitions: 1,
    replicationFactor: 1,
    minInsyncReplicas: 1,
    transactionTimeoutMs: 10_000,
    history: false,
    embedded: false,
  },
  gate: { holdMs: 3_000 },
  tokens: { threads: 1 },
  spool: { maxBytes: 1 << 30 },
  clock: { maxSkewMs: 300_000 },
  ...OPEN_GUARD,
  ops: { address: '127.0.0.1', port: 0, logLevel: 'info' },
  verification: { address: '127.0.0.1', maxAgeSeconds: 60 },
};

class SilentLink implements ReceiveLink {
  isClosed = false;
  hear: (datagram: Buffer) => void = () => undefined;
  onDatagram(listener: (datagram: Buffer) => void): void {
    this.hear = listener;
  }
  onError(): void {}
  drops() {
    return { socket: 0, interface: undefined };
  }
  async close(): Promise<void> {
    this.isClosed = true;
  }
}

type BundleChanges = NonNullable<Parameters<typeof signedBundle>[0]>;

const ISSUER = {
  issuer: 'https://idp.example',
  audience: ['a'],
  algorithms: ['EdDSA' as const],
  types: ['JWT'],
  maxLifetimeSeconds: 9,
  clockSkewSeconds: 1,
  keys: [
    {
      jwk: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(HOLDERS.dave.publicKey).toString('base64url'), kid: 'k' },
      activeFromMs: 0,
    },
  ],
};

const LOG_FAILED = new DiodeError('audit-failed', 'The audit log failed.', 'Look at the disk.');

const issuersWith = (times: { readonly revokedFromMs?: number }) => [
  { ...ISSUER, keys: ISSUER.keys.map(({ jwk, ...key }) => ({ ...key, ...times, jwk: { ...jwk, kid: 'stolen' } })) },
];

function adoptedBundle(changes: BundleChanges): TrustState {
  const context = { stream: STREAM, nowMs: WALL_MS };
  const adoption = adopt({ roots: [firstRoot()], bundle: undefined }, [signedBundle(changes)], context);
  if (adoption.outcome === 'refused') throw new Error(adoption.problem.seen);
  return adoption.state;
}

describe('startReceiver', () => {
  let folder: string;
  let link: SilentLink;
  let kafka: ModelKafka;
  let audit: MemoryAudit;
  let lines: string[];
  let receiver: Receiver | undefined;
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/diode-receiver-`);
    link = new SilentLink();
    kafka = new ModelKafka((name) => TOPICS[name]);
    audit = new MemoryAudit();
    lines = [];
    receiver = undefined;
  });
  afterEach(async () => {
    await receiver?.stop(0);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Says texts as the sender with this key carries them. */
  const carrier = async (agreement: ReturnType<typeof agreementKeyPair>) => {
    const session = await openSession({
      boundary: BOUNDARY,
      stream: STREAM,
      number: 1,
      id: Buffer.alloc(16, 5),
      secret: Buffer.alloc(32, 6),
      agreement,
      receivers: [{ agreementKey: agreementKeyPair(Buffer.alloc(32, 1)).publicKey }],
    });
    const announcer = new TrustAnnouncer({
      session,
      symbolBytes: 1_408,
      repairPercent: 5,
      encoder: codec,
      wireMs: () => 0,
    });
    return (text: string): void => {
      announcer.replace([text.trim()]);
      for (let next = announcer.poll(0); next !== undefined; next = announcer.poll(0)) link.hear(next);
    };
  };

  const start = async (parts: Partial<Parameters<typeof startReceiver>[0]> = {}) => {
    const say = (fields: object, text: string) => void lines.push(`${text} ${JSON.stringify(fields)}`);
    receiver = await startReceiver({
      config,
      agreementKeys: agreementKeyPair(Buffer.alloc(32, 1)),
      sender: {
        boundary: BOUNDARY,
        stream: STREAM,
        agreementKey: agreementKeyPair(Buffer.alloc(32, 2)).publicKey,
      },
      storePath: `${folder}/receiver.db`,
      audit,
      log: { debug: say, info: say, warn: say, error: say },
      link,
      kafka,
      ...parts,
    });
    return receiver;
  };
  /** Where a root is pinned; `give` has a command adopt another bundle. */
  const startUnderBundle = async (first: BundleChanges, parts: Parameters<typeof start>[0] = {}) => {
    let stored = adoptedBundle(first);
    const { agreementKey = new Uint8Array() } = stored.bundle?.senders[0] ?? {};
    const started = await start({
      sender: { boundary: BOUNDARY, stream: STREAM, agreementKey, trust: stored },
      trustFiles: { read: () => stored, adopt: () => ({ outcome: 'known', state: stored }) },
      ...parts,
    });
    const give = (changes: BundleChanges): void => {
      stored = adoptedBundle(changes);
      started.requests.trust?.({ id: String(changes.version), kind: 'trust', body: {} });
    };
    return { started, give };
  };
  const spool = (sequences: readonly number[]) => {
    const store = ReceiverStore.open(`${folder}/receiver.db`, { maxSpoolBytes: 1 << 30 });
    spoolFrames(
      store.spool,
      sequences.map((sequence) => signedFrame({ sequence, records: [userPut(`u${sequence}`)] })),
    );
    store.close();
  };

  it('reads the link before it waits for anything else, such as the port of the verification service', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { hear } = link;
    const verification = { ...config.verification, port };
    await expect(start({ config: { ...config, verification } })).rejects.toThrow(`${port}`);
    expect(link.hear).not.toBe(hear);
    expect(link.isClosed).toBe(true);
    taken.close();
  });

  it('publishes what an earlier run spooled, and says where it stands', async () => {
    spool([1, 2]);
    const started = await start();
    await expect.poll(() => started.status().progress?.sequence).toBe(2);
    expect(started.status()).toMatchObject({
      boundary: BOUNDARY,
      stream: STREAM,
      kafka: { publishing: true, transactions: 1, unclean: 0, topics: { identity: 'site-a.identity' } },
      spool: { frames: 0, records: 0, bytes: 0, maxBytes: 1 << 30 },
      tables: { subjects: 2, tokens: 0, revocations: 0 },
      totals: { published: 2 },
      waitingFrames: 0,
    });
    expect(JSON.stringify(started.status())).not.toContain('u1');
    expect(lines.join('\n')).not.toContain('u1');
  });

  it('wants nothing that it published itself, also where the link was never heard on this disk and Kafka is away', async () => {
    spool([1, 2]);
    const first = await start();
    await expect.poll(() => first.status().progress?.sequence).toBe(2);
    await first.stop(0);
    kafka.plan(...Array.from({ length: 9 }, () => 'open-fails' as const));
    const { gate } = (await start()).status().intake;
    expect(gate).toMatchObject({ epoch: 1, sequence: 2 });
  });

  it('decides no token of an earlier run before a hello agreed with the clock, and publishes the rest', async () => {
    const store = ReceiverStore.open(`${folder}/receiver.db`, { maxSpoolBytes: 1 << 30 });
    const records = [userPut('u1'), { kind: 'token', jws: 'a.b.c' } as const];
    spoolFrames(store.spool, [signedFrame({ sequence: 1, records })]);
    store.close();
    const started = await start();
    await expect.poll(() => started.status().progress?.sequence).toBe(1);
    expect(started.status()).toMatchObject({ waitingFrames: 1, totals: { published: 1, quarantined: 0, expired: 0 } });
  });

  it('takes up a bundle that a command adopted: its keys, its issuers, and the record of it', async () => {
    const agreementKey = agreementKeyPair(Buffer.alloc(32, 2)).publicKey;
    const adopted = (state: TrustState, changes: Parameters<typeof signedBundle>[0]): TrustState => {
      const adoption = adopt(state, [signedBundle(changes)], { stream: STREAM, nowMs: WALL_MS });
      if (adoption.outcome === 'refused') throw new Error(adoption.problem.seen);
      return adoption.state;
    };
    const { publicKey: signingKey } = signingKeyPair(Buffer.alloc(32, 7));
    const key = { signingKey, activeFromMs: 0 };
    const first = adopted(
      { roots: [firstRoot()], bundle: undefined },
      { senders: [{ stream: STREAM, agreementKey, keys: [key] }] },
    );
    const revoked = [{ stream: STREAM, agreementKey, keys: [{ ...key, revokedFromMs: WALL_MS }] }];
    const second = adopted(first, { version: 2, senders: revoked });
    let stored = first;
    spool([1]);
    const sender = { boundary: BOUNDARY, stream: STREAM, agreementKey, trust: first };
    const started = await start({
      sender,
      trustFiles: { read: () => stored, adopt: () => ({ outcome: 'known', state: stored }) },
    });
    await expect.poll(() => started.status().progress?.trustBundle).toEqual({ root: 1, version: 1 });
    stored = second;
    const answer = started.requests.trust?.({ id: '1', kind: 'trust', body: {} });
    expect(answer).toMatchObject({ outcome: 'done', detail: { bundle: 2, wasChanged: true } });
    expect(started.status().trust).toMatchObject({ bundle: { version: 2 }, keys: [{ state: 'revoked' }] });
    await expect.poll(() => started.status().progress?.trustBundle).toEqual({ root: 1, version: 2 });
    expect(kafka.records('trust').map(({ value }) => value)).toEqual([first.bundle?.text, second.bundle?.text]);
  });

  it('takes up under a root the session that it heard before it was started again', async () => {
    const adoption = adopt({ roots: [firstRoot()], bundle: undefined }, [signedBundle()], {
      stream: STREAM,
      nowMs: WALL_MS,
    });
    if (adoption.outcome !== 'adopted') throw new Error(adoption.outcome);
    const { publicKey: agreementKey } = senderAgreementKeys;
    const parts = {
      agreementKeys: receiverKeys,
      sender: { boundary: BOUNDARY, stream: STREAM, agreementKey, trust: adoption.state },
      trustFiles: { read: () => adoption.state, adopt: () => adoption },
    };
    const session = await openSession({
      boundary: BOUNDARY,
      stream: STREAM,
      number: 1,
      id: Buffer.alloc(16, 1),
      secret: Buffer.alloc(32, 6),
      agreement: senderAgreementKeys,
      receivers: [receiverKeys].map(({ publicKey }) => ({ agreementKey: publicKey })),
    });
    const first = await start(parts);
    link.hear(new ModelSession(new ModelJournal()).hello({ sealed: session.sealed }));
    await expect.poll(() => first.status().intake.session?.number).toBe(1);
    await first.stop();
    await start(parts);
    await expect.poll(() => lines.filter((line) => line.startsWith('session-restored'))).toHaveLength(1);
  });

  it('hears nothing more of an issuer that the bundle names no longer, and calls none of its words overdue', async () => {
    const store = ReceiverStore.open(`${folder}/receiver.db`, { maxSpoolBytes: 1 << 30 });
    store.statuses.put({ issuer: ISSUER.issuer, asOfMs: 1, nextByMs: 2 });
    store.close();
    const { started, give } = await startUnderBundle({ issuers: [ISSUER] });
    expect(started.status().issuers).toMatchObject([{ issuer: ISSUER.issuer, isOverdue: true }]);
    give({ version: 2 });
    await expect.poll(() => started.status().issuers).toEqual([]);
  });

  it('alarms once the bundle names an audience no longer whose tokens are to be sealed, or otherwise', async () => {
    const key = `${folder}/api.jwk.json`;
    writeFileSync(key, JSON.stringify(generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })));
    const sealed = { ...config, sealedAudiences: [{ audience: 'a', key }] };
    const { started, give } = await startUnderBundle({ issuers: [ISSUER] }, { config: sealed });
    expect(started.status().unlistedAudiences).toBeUndefined();
    give({ version: 2, issuers: [{ ...ISSUER, audience: ['a/'] }] });
    await expect.poll(() => started.status().unlistedAudiences).toEqual(['a']);
    expect(receiverAlarms(started.status()).join()).toContain('Nothing is sealed to a: no issuer lists that audience');
    give({ version: 3, issuers: [ISSUER] });
    await expect.poll(() => started.status().unlistedAudiences).toBeUndefined();
  });

  it('adopts what the sender carries, audited before, and says once what it refuses', async () => {
    const senderKeys = agreementKeyPair(Buffer.alloc(32, 2));
    const senders = [
      {
        stream: STREAM,
        agreementKey: senderKeys.publicKey,
        keys: [{ signingKey: signingKeyPair(Buffer.alloc(32, 7)).publicKey, activeFromMs: 0 }],
      },
    ];
    const judge = (state: TrustState, texts: readonly string[]) =>
      adopt(state, texts, { stream: STREAM, nowMs: WALL_MS });
    const before = judge({ roots: [firstRoot()], bundle: undefined }, [
      signedBundle({ senders, issuers: issuersWith({}) }),
    ]);
    if (before.outcome !== 'adopted') throw new Error(before.outcome);
    const sender = { boundary: BOUNDARY, stream: STREAM, agreementKey: senderKeys.publicKey, trust: before.state };
    const started = await start({
      sender,
      trustFiles: {
        read: () => before.state,
        adopt: (texts, { approve }) => {
          const adoption = judge(before.state, texts);
          if (adoption.outcome === 'adopted') approve(before.state, adoption.state);
          return adoption;
        },
      },
    });
    const say = await carrier(senderKeys);
    say(signedBundle({ version: 2, senders }, ['alice']));
    const revoked = issuersWith({ revokedFromMs: WALL_MS });
    say(signedBundle({ version: 3, senders, issuers: revoked }));
    expect(started.status().trust).toMatchObject({
      bundle: { version: 3 },
      carried: { outcomes: { 'signatures-missing': 1, adopted: 1 } },
    });
    const told = audit.entries.filter(({ event }) => event.startsWith('trust-'));
    expect(told).toMatchObject([
      { event: 'trust-refused', reason: 'signatures-missing' },
      { event: 'trust-adopted', root: 1, bundle: 3, revoked: [`${ISSUER.issuer} stolen`] },
    ]);
    const states = audit.entries.filter(({ event }) => event === 'key-state');
    expect(states).toMatchObject([{ of: ISSUER.issuer, key: 'stolen', from: 'active', to: 'revoked' }]);
    expect(lines.join('\n')).toMatch(/trust-refused: .* it has 1 of the 2 signatures[\s\S]*trust-adopted: /);
    expect(lines.join('\n')).toContain(
      `Revoked: the key stolen of ${ISSUER.issuer}. Its tokens are refused from the next on, and 0 that are current`,
    );
  });

  it('writes down at its start whose keys decide: by card and JWKS file', async () => {
    const jwks = `${folder}/idp.jwks.json`;
    const [{ jwk } = { jwk: {} }] = ISSUER.keys;
    writeFileSync(jwks, JSON.stringify({ keys: [{ ...jwk, kid: 'k|1' }] }));
    const { keys: _, ...policy } = ISSUER;
    const signingKey = Buffer.alloc(32, 8);
    const { publicKey: agreementKey } = agreementKeyPair(Buffer.alloc(32, 2));
    const card = { kind: 'sender-card', boundary: BOUNDARY, stream: STREAM, signingKey, agreementKey } as const;
    spool([1]);
    const sender = { boundary: BOUNDARY, stream: STREAM, agreementKey, card };
    const started = await start({ sender, config: { ...config, issuers: [{ ...policy, jwks }] } });
    await expect.poll(() => started.status().progress?.sequence).toBe(1);
    expect(audit.entries.slice(0, 2)).toEqual([
      {
        event: 'sender-trusted',
        stream: STREAM,
        keys: [`${signingKeyId(signingKey).toString('hex')} active`],
        by: 'card',
      },
      { event: 'key-sets-trusted', records: [`Jwks|https%3A%2F%2Fidp.example|k%7C1|${jwkThumbprint(jwk)} active`] },
    ]);
  });

  it('and by the bundle, which it names', async () => {
    const issuers = issuersWith({ revokedFromMs: WALL_MS });
    const { started } = await startUnderBundle({ issuers });
    const keys = started.status().trust?.keys.map(({ keyId, state }) => `${keyId} ${state}`);
    const { text } = adoptedBundle({ issuers }).bundle ?? { text: '' };
    expect(keys).toHaveLength(1);
    expect(audit.entries.slice(0, 2)).toMatchObject([
      { event: 'sender-trusted', keys, by: 'bundle', root: 1, bundle: 1, sha256: sha256Hex(text) },
      {
        event: 'key-sets-trusted',
        records: [expect.stringMatching(/^Jwks\|https%3A%2F%2Fidp.example\|stolen\|[\w-]{43} revoked$/)],
      },
    ]);
  });

  it('says where no root is pinned that what the sender carries is unused', async () => {
    const agreement = agreementKeyPair(Buffer.alloc(32, 2));
    const { signingKey } = bundleContent().senders[0]?.keys[0] ?? { signingKey: new Uint8Array() };
    const { publicKey: agreementKey } = agreement;
    const card = { kind: 'sender-card', boundary: BOUNDARY, stream: STREAM, signingKey, agreementKey } as const;
    const started = await start({ sender: { boundary: BOUNDARY, stream: STREAM, agreementKey, card } });
    expect(started.status().unpinned).toEqual({ bundles: 0 });
    const say = await carrier(agreement);
    say(signedBundle({ version: 4 }));
    expect(started.status().unpinned).toEqual({ bundles: 1, last: { root: 1, version: 4 } });
    expect(started.status().trust).toBeUndefined();
  });

  it('tells the gate what was published, where the disk was lost', async () => {
    spool([1, 2]);
    const first = await start();
    await expect.poll(() => first.status().progress?.sequence).toBe(2);
    await first.stop();
    rmSync(`${folder}/receiver.db`);
    const second = await start();
    await expect.poll(() => second.status().intake.gate).toMatchObject({ epoch: 1, sequence: 2, gaps: [] });
    expect(second.status().tables.subjects).toBe(2);
  });

  it('stops the link, publishes the rest, and closes its store', async () => {
    spool([1]);
    const started = await start();
    await started.stop(5_000);
    receiver = undefined;
    expect(link.isClosed).toBe(true);
    const store = ReceiverStore.open(`${folder}/receiver.db`, { maxSpoolBytes: 1 << 30 });
    expect(store.spool.depth.frames + kafka.records('identity').length).toBe(1);
    store.close();
  });

  it('runs without Kafka, says why nothing is published, and keeps what it has', async () => {
    spool([1]);
    kafka.plan('topics-fail');
    const started = await start();
    await expect.poll(() => started.status().kafka.waitingFor?.code).toBe('kafka-unreachable');
    expect(started.status()).toMatchObject({ kafka: { publishing: false }, spool: { frames: 1, records: 1 } });
    expect(lines.join('\n')).toContain('not publishing, receiving and spooling go on');
  });

  it('fails where the audit log cannot be written', async () => {
    spool([1]);
    const append = audit.append.bind(audit);
    audit.append = (nowMs, entry) => {
      if (entry.event !== 'sender-trusted') audit.failure = LOG_FAILED;
      append(nowMs, entry);
    };
    const started = await start();
    await expect(started.failed).rejects.toMatchObject({ code: 'audit-failed' });
    expect(kafka.transactions).toHaveLength(0);
  });

  it('does not start where it cannot write down whose keys decide', async () => {
    audit.failure = LOG_FAILED;
    await expect(start()).rejects.toMatchObject({ code: 'audit-failed' });
    expect(link.isClosed).toBe(true);
  });

  it('closes the link again where it cannot start', async () => {
    const broken = {
      ...config,
      issuers: [
        {
          issuer: 'i',
          audience: ['a'],
          jwks: `${folder}/absent`,
          algorithms: ['EdDSA'],
          types: ['JWT'],
          maxLifetimeSeconds: 1,
          clockSkewSeconds: 1,
        },
      ],
    };
    await expect(start({ config: broken })).rejects.toMatchObject({ code: 'key-missing' });
    spool([]);
  });
});

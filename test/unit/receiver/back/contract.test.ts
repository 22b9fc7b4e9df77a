import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DATA_SCHEMAS, EVENT_TYPES } from '../../../../receiver/publish/kafka-records.ts';
import { decodeProgress } from '../../../../receiver/publish/progress.ts';
import { topicNames, topicSpecs, topicUses, transactionalId } from '../../../../receiver/publish/topics.ts';
import type { KafkaConfig } from '../../../../src/config/receiver-config.ts';
import type { KafkaRecord } from '../../../../src/kafka/kafka-record.ts';
import { reopenBundle } from '../../../../src/trust/trust-bundle.ts';
import { isProblem } from '../../../../src/trust/trust-problem.ts';
import type { WireRecord } from '../../../../src/wire/record.ts';
import { BackHalf, ISSUER, RULES, testToken } from '../../../support/back-half.ts';
import { adminPut, deletes, GuardedHalf, puts } from '../../../support/guarded-half.ts';
import { firstRoot, signedBundle } from '../../../support/root-ceremony.ts';
import { signedFrame, spoolFrames, userDelete, userPut } from '../../../support/signed-stream.ts';

const page = readFileSync('docs/consumers.md', 'utf8');
const schemaFile = (name: string) => JSON.parse(readFileSync(`docs/schemas/${name}.json`, 'utf8')) as { $id: string };

const jwks = '{"keys":[{"crv":"Ed25519","kid":"k","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}';
const records: WireRecord[] = [
  userPut('a'),
  { ...userPut('b'), operation: 'create' } as WireRecord,
  { kind: 'member', operation: 'put', group: 'g', member: 'a', memberType: 'User' },
  userDelete('b'),
  testToken({ jti: 'one' }),
  { kind: 'revocation', issuer: ISSUER, target: { jti: 'one' } },
  { kind: 'key-set', issuer: ISSUER, jwks },
  { kind: 'status', issuer: ISSUER, asOfMs: 1, nextByMs: 2 },
  { kind: 'checkpoint', note: Buffer.from('n'), previousSize: 0, consistencyProof: [], logKey: Buffer.alloc(32) },
  { kind: 'token', jws: 'bad' },
];

/** Two held deletes that are released, a grant that is rejected, and one that is replaced. */
async function guardedTransactions(): Promise<readonly (readonly KafkaRecord[])[]> {
  const half = new GuardedHalf();
  await half.say(...puts(5));
  await half.say(...deletes(4));
  await half.say(adminPut('u4'));
  half.store.held.decide('deletes-1.2', 'release');
  half.store.held.decide('grants-1.3', 'reject');
  await half.run();
  await half.say(adminPut('u4'));
  await half.say(userPut('u4'));
  return half.kafka.transactions;
}

/** Names, and of what holds counts by name these too. */
function membersOf(value: Uint8Array | string | null): readonly string[] {
  const fields = JSON.parse(Buffer.from(value ?? '').toString('utf8')) as { totals: object; topics: object };
  const counts = (['totals', 'topics'] as const).flatMap((of) =>
    Object.keys(fields[of]).map((name) => `${of}.${name}`),
  );
  return [...Object.keys(fields), ...counts];
}

describe('docs/consumers.md', () => {
  let sent: readonly KafkaRecord[];
  beforeAll(async () => {
    const half = new BackHalf({ rules: { ...RULES, hasHistory: true } });
    const bundle = reopenBundle(signedBundle(), firstRoot());
    half.trustBundle = isProblem(bundle) ? undefined : bundle;
    spoolFrames(half.store.spool, [
      signedFrame({ sequence: 2, records }),
      signedFrame({ sequence: 3, records: [userPut('a')], header: { recordCount: 2 } }),
    ]);
    await half.run();
    spoolFrames(half.store.spool, [
      signedFrame({ sequence: 4, records: [testToken({ jti: 'two', lifetimeMs: 60_000 })] }),
    ]);
    await half.run({ forMs: 200_000 });
    sent = [...half.kafka.transactions, ...(await guardedTransactions())].flat();
  });

  it('names every header that is sent', () => {
    const names = new Set(sent.flatMap(({ headers }) => headers.map(([name]) => name)));
    expect(names.size).toBeGreaterThan(15);
    for (const name of names) expect(page).toContain(`\`${name}\``);
  });

  it('names every event type, topic, reason and outcome that is sent', () => {
    const types = new Set(sent.map(({ headers }) => headers.find(([name]) => name === 'ce_type')?.[1]));
    expect(types).toEqual(new Set(Object.values(EVENT_TYPES)));
    for (const type of types) expect(page).toContain(`\`${type}\``);
    for (const { topic } of sent) expect(page).toContain(`| \`${topic.replace('site-a.', '')}\` |`);
    const reasons = sent.flatMap(({ headers }) =>
      headers.filter(([name]) => name === 'ce_reason').map(([, reason]) => reason),
    );
    expect(reasons).toEqual(expect.arrayContaining(['source', 'checkpoint-note', 'signature', 'record-count']));
  });

  it('names every reason that code can give', () => {
    const sources = [
      'src/identity/refusal.ts',
      'src/token/token-checker.ts',
      'src/token/jose-keys.ts',
      'src/wire/compression.ts',
    ];
    const union = (text: string, name: string) =>
      [...(new RegExp(`type ${name} =([^;]*);`).exec(text)?.[1] ?? '').matchAll(/'([a-z0-9-]+)'/g)].map(
        (match) => match[1] as string,
      );
    const texts = sources.map((file) => readFileSync(file, 'utf8'));
    const fromSender = new Set([
      'line-too-long',
      'utf8',
      'line-form',
      'id-missing',
      'member-conflict',
      'members-too-many',
      'token-shape',
      'token-too-large',
      'token-lifetime',
    ]);
    const codes = ['IdentityCode', 'TokenRefusal', 'JwtFailure', 'CompressionReason'].flatMap((name) =>
      texts.flatMap((text) => union(text, name)),
    );
    const desk = [...readFileSync('receiver/tokens/token-desk.ts', 'utf8').matchAll(/refuse\(\s*'([a-z-]+)'/g)].map(
      (match) => match[1] as string,
    );
    const admission = [
      'publish/admission',
      'tokens/token-admission',
      'tokens/status-admission',
      'publish/group-ledger',
    ].flatMap((file) =>
      [...readFileSync(`receiver/${file}.ts`, 'utf8').matchAll(/reason: '([a-z-]+)'/g)].map(
        (match) => match[1] as string,
      ),
    );
    expect(codes.length).toBeGreaterThan(40);
    expect(desk).toContain('jti-reused');
    expect(admission).toContain('revocations-full');
    const missing = [...codes, ...desk, ...admission].filter(
      (code) => !fromSender.has(code) && !page.includes(`\`${code}\``),
    );
    expect(missing).toEqual([]);
  });

  it('shows a progress record with the members that one has', () => {
    const shown = /^ {2}(\{"stream":.*\})$/m.exec(page)?.[1] ?? '';
    const written = sent.filter(({ topic }) => topic === 'site-a.progress').map(({ value }) => membersOf(value));
    expect(written.length).toBeGreaterThan(5);
    const [first = [], ...others] = written;
    const always = first.filter((member) => others.every((members) => members.includes(member)));
    expect(always.length).toBeGreaterThan(14);
    expect(always.filter((member) => !membersOf(shown).includes(member))).toEqual([]);
    expect(membersOf(shown).filter((member) => !written.flat().includes(member))).toEqual([]);
    expect(decodeProgress(Buffer.from(shown))).toMatchObject(JSON.parse(shown));
  });

  for (const [name, id] of Object.entries({
    member: DATA_SCHEMAS.member,
    progress: DATA_SCHEMAS.progress,
    quarantine: DATA_SCHEMAS.quarantine,
    held: DATA_SCHEMAS.held,
    'key-set': DATA_SCHEMAS.keySet,
    status: DATA_SCHEMAS.status,
  })) {
    it(`schemas/${name}.json is the schema that its records name, and they fit it`, () => {
      const file = schemaFile(name);
      expect(file.$id).toBe(id);
      const schema = z.fromJSONSchema(file as never);
      const values = sent.filter(
        ({ headers, value }) =>
          value !== null && headers.some(([header, text]) => header === 'ce_dataschema' && text === id),
      );
      expect(values.length).toBeGreaterThan(0);
      for (const { value } of values) {
        const parsed = JSON.parse(value ?? '') as Record<string, unknown>;
        expect(schema.safeParse(parsed).error).toBeUndefined();
        for (const field of (file as unknown as { required: string[] }).required) {
          const { [field]: _, ...without } = parsed;
          expect(schema.safeParse(without).success).toBe(false);
        }
      }
    });
  }
});

describe('topics', () => {
  const kafka: KafkaConfig = {
    brokers: ['k:9092'],
    client: {},
    topicPrefix: 'site-a.',
    createTopics: true,
    partitions: 12,
    replicationFactor: 3,
    minInsyncReplicas: 2,
    transactionTimeoutMs: 15_000,
    history: false,
    embedded: false,
  };
  const byName = (config: KafkaConfig) =>
    new Map(topicSpecs({ kafka: config, identity: {} }).map((spec) => [spec.name, spec]));

  it('are as the table says', () => {
    const specs = byName(kafka);
    expect([...specs.keys()]).toEqual(
      ['identity', 'tokens', 'trust', 'progress', 'held', 'quarantine'].map((name) => `site-a.${name}`),
    );
    for (const spec of specs.values()) {
      expect(spec).toMatchObject({ replicationFactor: 3, minInsyncReplicas: 2, maxMessageBytes: 1_048_588 });
      if (spec.cleanupPolicy === 'compact') expect(spec.deleteRetentionMs).toBe(30 * 86_400_000);
    }
    expect(specs.get('site-a.identity')).toMatchObject({ cleanupPolicy: 'compact', partitionCount: 12 });
    expect(specs.get('site-a.progress')).toMatchObject({
      cleanupPolicy: 'compact',
      partitionCount: 1,
      segmentBytes: 16 * 1024 * 1024,
    });
    expect(specs.get('site-a.quarantine')).toMatchObject({ cleanupPolicy: 'delete', retentionMs: 30 * 86_400_000 });
  });

  it("keep a withdrawn token's tombstone for longer than any token can be good", () => {
    const retention = (maxTokenLifetimeSeconds: number) =>
      topicSpecs({ kafka, identity: { maxTokenLifetimeSeconds } }).map(({ name, deleteRetentionMs }) => [
        name,
        deleteRetentionMs,
      ]);
    expect(retention(86_400)).toContainEqual(['site-a.tokens', 30 * 86_400_000]);
    const year = retention(31_536_000);
    expect(year).toContainEqual(['site-a.tokens', 367 * 86_400_000 + 1_200_000]);
    expect(year).toContainEqual(['site-a.identity', 30 * 86_400_000]);
  });

  it('have history only where it is on', () => {
    expect(byName({ ...kafka, history: true }).get('site-a.history')).toMatchObject({
      cleanupPolicy: 'delete',
      retentionMs: -1,
    });
  });

  it('are read back alone where a lost disk is rebuilt from them', () => {
    expect(
      topicUses(kafka)
        .filter(({ read }) => read)
        .map(({ name }) => name),
    ).toEqual(['identity', 'tokens', 'trust', 'progress', 'held'].map((name) => `site-a.${name}`));
  });

  it('have one transactional id a boundary and stream', () => {
    expect(transactionalId('site-a', 'hr')).toBe('identity-diode.site-a.hr');
    expect(topicNames({ topicPrefix: '' }).identity).toBe('identity');
  });
});

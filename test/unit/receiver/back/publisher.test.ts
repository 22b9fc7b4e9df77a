import { beforeEach, describe, expect, it } from 'vitest';
import type { TopicName } from '../../../../receiver/publish/progress.ts';
import type { KafkaRecord } from '../../../../src/kafka/kafka-record.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { DiodeError } from '../../../../src/ops/diode-error.ts';
import { BackHalf, ISSUER, TOPICS, testToken } from '../../../support/back-half.ts';
import { progressIn } from '../../../support/kafka-value.ts';
import { FAULTS, type Fault } from '../../../support/model-kafka.ts';
import { CREATED_AT_MS, signedFrame, spoolFrames, userDelete, userPut } from '../../../support/signed-stream.ts';
import { snapshotFrame } from '../../../support/state-model.ts';

const header = ({ headers }: KafkaRecord, name: string) => headers.find(([each]) => each === name)?.[1];
const ids = (half: BackHalf, topic: TopicName = 'identity') =>
  half.kafka.records(topic).map((record) => header(record, 'ce_id'));
const progressOf = (half: BackHalf) => progressIn(half.kafka.records('progress').at(-1));

let half: BackHalf;
beforeEach(() => {
  half = new BackHalf();
});

/** Frames 1 to `count`, one user each. */
function spoolUsers(count: number, first = 1): void {
  const sequences = Array.from({ length: count }, (_, index) => first + index);
  spoolFrames(
    half.store.spool,
    sequences.map((sequence) => signedFrame({ sequence, records: [userPut(`u${sequence}`)] })),
  );
}

describe('one transaction', () => {
  it('holds a group of frames and the progress that they come to', async () => {
    spoolUsers(3);
    await half.run();
    expect(half.kafka.transactions).toHaveLength(1);
    expect(half.kafka.transactions[0]?.map(({ topic }) => topic)).toEqual([
      TOPICS.identity,
      TOPICS.identity,
      TOPICS.identity,
      TOPICS.progress,
    ]);
    expect(progressOf(half)).toMatchObject({
      epoch: 1,
      epochId: '01'.repeat(16),
      sequence: 3,
      gaps: [],
      totals: { published: 3, quarantined: 0 },
      topics: { identity: 3, progress: 1 },
      signedAtMs: CREATED_AT_MS,
      publishedAtMs: CREATED_AT_MS + 2_000,
    });
  });

  it('is none for frames that Kafka has already: they leave the spool', async () => {
    spoolUsers(3);
    await half.run();
    spoolUsers(3);
    await half.run();
    expect(half.kafka.records('identity')).toHaveLength(3);
    expect(half.store.spool.depth.frames).toBe(0);
  });

  it('moves tables and the end of the spool only after Kafka committed it', async () => {
    spoolUsers(2);
    half.kafka.onPublish = () => {
      expect(half.store.subjects.count).toBe(0);
      expect(half.store.spool.depth.frames).toBe(2);
    };
    await half.run();
    expect(half.store.subjects.count).toBe(2);
    expect(half.store.spool.depth.frames).toBe(0);
    expect(half.kafka.transactions).toHaveLength(1);
  });

  it('is committed after its audit entries are on disk, which Kafka need not wait for to take its records', async () => {
    spoolFrames(half.store.spool, [
      signedFrame({ sequence: 1, records: [userPut('a'), { kind: 'status', issuer: 'i', asOfMs: 1, nextByMs: 2 }] }),
    ]);
    half.kafka.onHandedOver = () => expect(half.audit.entries).toEqual([]);
    half.kafka.onPublish = () => {
      const events = half.audit.entries.map(({ event }) => event);
      expect(events).toEqual(['record-quarantined', 'records-published', 'transaction']);
      expect(half.audit.synced).toBe(3);
    };
    await half.run();
    expect(half.kafka.transactions).toHaveLength(1);
  });

  it('is never committed when the audit log cannot be written', async () => {
    spoolUsers(1);
    half.audit.failure = new DiodeError('audit-failed', 'The audit log failed.', 'Look at the disk.');
    await expect(half.run()).rejects.toMatchObject({ code: 'audit-failed' });
    expect(half.kafka.transactions).toHaveLength(0);
  });

  it('says when the sender signed last, not what a frame from the future claims', async () => {
    const records = [userPut('a')];
    spoolFrames(half.store.spool, [
      signedFrame({ sequence: 1, records, createdAtMs: CREATED_AT_MS + 1 }),
      signedFrame({ sequence: 2, records, createdAtMs: Number.MAX_SAFE_INTEGER }),
    ]);
    await half.run();
    expect(half.store.progress?.signedAtMs).toBe(CREATED_AT_MS + 1);
  });

  it('waits while the disk is too full for tables and audit log, says so once, and goes on', async () => {
    spoolUsers(1);
    half.freeBytes = RECEIVER_LIMITS.minPublishDiskBytes - 1;
    await half.run({ forMs: 60_000 });
    expect(half.audit.entries).toEqual([]);
    expect(half.kafka.transactions).toHaveLength(0);
    expect(half.events).toEqual([expect.objectContaining({ event: 'not-publishing', code: 'disk-full' })]);
    half.freeBytes += 1;
    await half.run();
    expect(half.kafka.records('identity')).toHaveLength(1);
  });

  it('does not say that it publishes where there is room again and no Kafka yet', async () => {
    spoolUsers(1);
    const fullUntilMs = half.clock.monotonicMs() + 60_000;
    const bytes = () => RECEIVER_LIMITS.minPublishDiskBytes - (half.clock.monotonicMs() < fullUntilMs ? 1 : 0);
    Object.defineProperty(half, 'freeBytes', { get: bytes });
    half.kafka.plan('open-fails');
    await half.run({ forMs: 120_000 });
    expect(half.events.map(({ event }) => event)).toEqual(['not-publishing', 'not-publishing', 'publishing']);
  });

  it('rests while an operator has it paused, with the producer closed, and goes on over a restart', async () => {
    spoolUsers(2);
    await half.run();
    half.store.pause.pause(5, 'upgrade');
    spoolUsers(2, 3);
    await half.run({ forMs: 60_000 });
    expect(half.kafka.transactions).toHaveLength(1);
    expect([half.publisher.isPublishing, half.publisher.waitingFor]).toEqual([false, undefined]);
    half.restart();
    await half.run({ forMs: 60_000 });
    expect([half.kafka.transactions.length, half.kafka.opened]).toEqual([1, 1]);
    half.store.pause.resume();
    await half.run();
    expect(ids(half)).toEqual(['hr/1.1.0', 'hr/1.2.0', 'hr/1.3.0', 'hr/1.4.0']);
  });

  it('ends what is under way when it is paused, then closes the producer and says so', async () => {
    spoolUsers(1);
    half.kafka.onPublish = () => half.store.pause.pause(5, '');
    await half.run({ forMs: 30_000 });
    expect(half.kafka.transactions).toHaveLength(1);
    expect(half.store.progress?.sequence).toBe(1);
    expect(half.kafka.producersOpen).toBe(0);
    expect(half.events.filter(({ event }) => event === 'paused')).toHaveLength(1);
  });

  it('stays within the bound on records', async () => {
    const records = Array.from({ length: 900 }, (_, index) => userPut(`u${index}`));
    spoolFrames(
      half.store.spool,
      Array.from({ length: 25 }, (_, index) => signedFrame({ sequence: index + 1, records })),
    );
    await half.run();
    expect(half.kafka.transactions.length).toBe(3);
    for (const records of half.kafka.transactions) {
      expect(records.length).toBeLessThanOrEqual(RECEIVER_LIMITS.maxTransactionRecords + 1);
    }
  });
});

describe('each record is published once, whatever happens on the way', () => {
  const expected = Array.from({ length: 6 }, (_, index) => `hr/1.${index + 1}.0`);

  for (const first of FAULTS) {
    for (const second of [undefined, ...FAULTS] as (Fault | undefined)[]) {
      it(`${first}${second ? `, then ${second}` : ''}`, async () => {
        spoolUsers(3);
        half.kafka.plan(first, ...(second ? [second] : []));
        await half.run();
        spoolUsers(3, 4);
        await half.run();
        expect(ids(half)).toEqual(expected);
        expect(progressOf(half)).toMatchObject({ sequence: 6, totals: { published: 6 } });
        expect(half.store.subjects.count).toBe(6);
        expect(half.store.spool.depth.frames).toBe(0);
      });
    }
  }

  it('a crash between the commit of Kafka and the tables', async () => {
    spoolUsers(3);
    const apply = half.store.apply.bind(half.store);
    half.store.apply = (progress, position, changes) => {
      if (changes) throw new Error('power cut');
      apply(progress, position);
    };
    await expect(half.run()).rejects.toThrow('power cut');
    expect(half.kafka.transactions).toHaveLength(1);
    half.restart();
    expect(half.store.subjects.count).toBe(0);
    spoolUsers(3, 4);
    await half.run();
    expect(ids(half)).toEqual(expected);
    expect(half.store.subjects.count).toBe(6);
    expect(half.events).toContainEqual(expect.objectContaining({ event: 'publishing', recovery: 'replayed' }));
  });

  it('tokens are decided again as of the time at which they were published', async () => {
    spoolFrames(half.store.spool, [
      signedFrame({ sequence: 1, records: [testToken({ jti: 'one', lifetimeMs: 10_000 })] }),
    ]);
    half.kafka.plan('committed-unclean');
    half.kafka.onPublish = () => {
      half.clock.wall += 60_000;
      half.kafka.onPublish = () => {};
    };
    await half.run();
    expect(progressOf(half)?.totals).toMatchObject({ published: 1, expired: 0 });
    expect(half.store.tokens.findToken('https://idp.example', 'one')).toBeDefined();
  });

  it('a lost receiver disk: revisions come back from the topics, tombstones too', async () => {
    spoolFrames(half.store.spool, [
      signedFrame({ sequence: 1, records: [userPut('a'), userPut('b')] }),
      signedFrame({ sequence: 2, records: [userDelete('b'), testToken({ jti: 'one' })] }),
    ]);
    await half.run();
    const fresh = new BackHalf({ kafka: half.kafka });
    spoolFrames(fresh.store.spool, [
      signedFrame({ sequence: 2, records: [userDelete('b'), testToken({ jti: 'one' })] }),
      signedFrame({
        sequence: 3,
        records: [
          { ...userPut('b'), revision: { epoch: 1, sequence: 1, index: 1 } },
          testToken({ jti: 'one' }),
          testToken({ jti: 'one', salt: 'other' }),
          userPut('c'),
        ],
      }),
    ]);
    await fresh.run();
    expect(ids(fresh)).toEqual(['hr/1.1.0', 'hr/1.1.1', 'hr/1.2.0']);
    // Nothing before it is whole: then all that waited, in order.
    const a = { ...userPut('a'), revision: { epoch: 1, sequence: 1, index: 0 } };
    const c = { ...userPut('c'), revision: { epoch: 1, sequence: 3, index: 3 } };
    spoolFrames(fresh.store.spool, [snapshotFrame(4, { entries: [a, c] })]);
    await fresh.run();
    expect(fresh.events).toContainEqual(expect.objectContaining({ event: 'publishing', recovery: 'rebuilt' }));
    expect(ids(fresh)).toEqual(['hr/1.1.0', 'hr/1.1.1', 'hr/1.2.0', 'hr/1.3.3']);
    expect(ids(fresh, 'tokens')).toEqual(['hr/1.2.1']);
    expect(progressOf(fresh)).toMatchObject({
      isWhole: true,
      totals: { published: 6, superseded: 2, quarantined: 1 },
    });
  });

  it('an older receiver disk brought back', async () => {
    spoolUsers(2);
    await half.run();
    const backup = half.database.serialize();
    spoolUsers(2, 3);
    await half.run();
    const { default: Database } = await import('better-sqlite3');
    const restored = new BackHalf({ kafka: half.kafka, database: new Database(backup) });
    spoolFrames(restored.store.spool, [
      signedFrame({ sequence: 4, records: [userPut('u4')] }),
      signedFrame({ sequence: 5, records: [userPut('u5')] }),
    ]);
    await restored.run();
    expect(progressOf(restored)).toMatchObject({ sequence: 4, isWhole: false });
    const entries = [1, 2, 3, 4, 5].map((sequence) => ({
      ...userPut(`u${sequence}`),
      revision: { epoch: 1, sequence, index: 0 },
    }));
    spoolFrames(restored.store.spool, [snapshotFrame(6, { entries })]);
    await restored.run();
    expect(ids(restored)).toEqual([1, 2, 3, 4, 5].map((sequence) => `hr/1.${sequence}.0`));
    expect(restored.store.subjects.count).toBe(5);
  });
});

describe('gaps', () => {
  it('a jump of the sequence is a gap in progress, a healed frame closes it and publishes what is still news', async () => {
    spoolFrames(half.store.spool, [
      signedFrame({ sequence: 1, records: [userPut('a'), userPut('b')] }),
      signedFrame({ sequence: 4, records: [userPut('a')] }),
    ]);
    await half.run();
    expect(progressOf(half)?.gaps).toEqual([[2, 3]]);
    spoolFrames(half.store.spool, [signedFrame({ sequence: 3, records: [userPut('a'), userPut('b')] })], true);
    await half.run();
    expect(progressOf(half)?.gaps).toEqual([[2, 2]]);
    expect(ids(half)).toEqual(['hr/1.1.0', 'hr/1.1.1', 'hr/1.4.0', 'hr/1.3.1']);
    expect(progressOf(half)?.totals).toMatchObject({ published: 4, superseded: 1 });
  });

  it('progress names the head that the sender announced, so that a lost tail shows', async () => {
    spoolUsers(1);
    half.headSequence = 5;
    await half.run();
    expect(progressOf(half)).toMatchObject({ sequence: 1, headSequence: 5 });
  });
});

describe('without Kafka', () => {
  it('waits with growing pauses up to a bound, and says so once a minute', async () => {
    spoolUsers(1);
    half.kafka.plan(...Array.from({ length: 12 }, (): Fault => 'open-fails'));
    await half.run();
    expect(half.clock.waits.slice(0, 8)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    const said = half.events.filter(({ event }) => event === 'not-publishing');
    expect(said.length).toBeGreaterThan(1);
    expect(said.length).toBeLessThan(6);
    expect(ids(half)).toEqual(['hr/1.1.0']);
  });

  it('is not called upon more often because frames arrive', async () => {
    half.kafka.plan('open-fails', 'open-fails', 'open-fails');
    half.clock.onWait = () => {};
    const waits: number[] = [];
    const wait = half.clock.wait.bind(half.clock);
    half.clock.wait = (delayMs: number, signal?: AbortSignal) => {
      half.publisher.wake();
      expect(signal?.aborted).toBe(false);
      waits.push(delayMs);
      return wait(delayMs);
    };
    spoolUsers(1);
    const run = half.run({ maxWaits: 3 });
    await run;
    expect(waits).toEqual([500, 1_000, 2_000]);
  });

  it('a topic that is not as it must be holds publishing back and names the cure', async () => {
    spoolUsers(1);
    half.kafka.problems = [
      {
        topic: TOPICS.identity,
        setting: 'cleanup.policy',
        seen: 'delete',
        wanted: 'compact',
        cure: 'kafka-configs.sh …',
      },
    ];
    await half.run({ maxWaits: 3 });
    expect(half.kafka.transactions).toHaveLength(0);
    expect(half.events).toContainEqual(
      expect.objectContaining({
        event: 'not-publishing',
        code: 'kafka-topic',
        text: expect.stringContaining('kafka-configs.sh'),
      }),
    );
    half.kafka.problems = [];
    await half.run();
    expect(ids(half)).toEqual(['hr/1.1.0']);
  });

  it('a topic with too short a retention is said and published to', async () => {
    spoolUsers(1);
    half.kafka.problems = [
      { topic: TOPICS.identity, setting: 'delete.retention.ms', seen: '1', wanted: '2', cure: 'raise it' },
    ];
    await half.run();
    expect(ids(half)).toEqual(['hr/1.1.0']);
    expect(half.events).toContainEqual(expect.objectContaining({ event: 'topic-problem' }));
  });
});

describe('topics that come anew', () => {
  const anew = { topic: TOPICS.identity, setting: 'content', seen: 'empty', wanted: 'all', cure: 'export' };
  const told = () => half.events.filter(({ event }) => event === 'topic-problem');

  it('are nothing to speak of at the first start', async () => {
    spoolUsers(1);
    half.kafka.problems = [anew];
    await half.run();
    expect(told()).toEqual([]);
  });

  it('are looked for after an unclean transaction, whatever its reason, and said', async () => {
    spoolUsers(1);
    await half.run();
    half.kafka.problems = [anew];
    half.kafka.plan('aborted-unclean');
    spoolUsers(1, 2);
    await half.run();
    // At the start of that run, and after the unclean transaction.
    expect(told()).toEqual(Array(2).fill({ event: 'topic-problem', problem: anew }));
    expect(ids(half)).toEqual(['hr/1.1.0', 'hr/1.2.0']);
  });
});

describe('another truth in Kafka', () => {
  it('publishing waits where Kafka lost what was committed, and goes on when it is back', async () => {
    spoolUsers(2);
    await half.run();
    const kept = half.kafka.transactions.splice(0);
    half.restart();
    spoolUsers(1, 3);
    await half.run({ maxWaits: 2 });
    expect(half.kafka.transactions).toHaveLength(0);
    expect(half.events).toContainEqual(expect.objectContaining({ event: 'not-publishing', code: 'state-lost' }));
    half.kafka.transactions.push(...kept);
    await half.run();
    expect(ids(half)).toEqual(['hr/1.1.0', 'hr/1.2.0', 'hr/1.3.0']);
  });

  it('publishing waits where Kafka is behind', async () => {
    spoolUsers(1);
    await half.run();
    spoolUsers(1, 2);
    await half.run();
    half.kafka.forget(1);
    half.restart();
    await half.run({ maxWaits: 2 });
    expect(half.events.at(-1)).toMatchObject({ event: 'not-publishing', code: 'state-lost' });
  });

  it('a receiver that was fenced by a standby leaves the stream to it', async () => {
    spoolUsers(1);
    half.kafka.plan('fenced');
    await half.run({ maxWaits: 20 });
    expect(half.kafka.opened).toBe(1);
    expect(half.kafka.transactions).toHaveLength(0);
    expect(half.events.at(-1)).toMatchObject({
      event: 'not-publishing',
      code: 'kafka-fenced',
      text: expect.stringMatching(/^Another receiver of stream hr took over: .* start this one again/),
    });
    // 20 tries, 30 s apart: said once a minute, as any outage.
    expect(half.events.filter(({ event }) => event === 'not-publishing')).toHaveLength(10);
  });
});

describe('idle', () => {
  it('progress is told every ten seconds with the last signed time', async () => {
    spoolUsers(1);
    half.time.lastSignedMs = CREATED_AT_MS + 1;
    await half.run();
    half.time.lastSignedMs = CREATED_AT_MS + 9_000;
    await half.run({ forMs: 35_000 });
    const told = half.kafka.records('progress').map(progressIn);
    expect(told.length).toBeGreaterThanOrEqual(4);
    expect(told.at(-1)).toMatchObject({
      sequence: 1,
      signedAtMs: CREATED_AT_MS + 9_000,
      topics: { identity: 1, progress: told.length },
    });
    const times = told.map((progress) => progress?.publishedAtMs ?? 0);
    for (const [index, atMs] of times.slice(2).entries())
      expect(atMs - (times[index + 1] as number)).toBe(RECEIVER_LIMITS.progressIntervalMs);
  });

  it('nothing is told before the first frame', async () => {
    await half.run({ forMs: 25_000 });
    expect(half.kafka.transactions).toHaveLength(0);
  });
});

describe('while the clock is not trusted', () => {
  beforeEach(() => {
    half.time.isTrusted = false;
  });

  it('tokens wait, all else is published, and progress names their frames', async () => {
    spoolFrames(half.store.spool, [
      signedFrame({ sequence: 1, records: [userPut('a'), testToken({ jti: 'one' })] }),
      signedFrame({ sequence: 2, records: [userPut('b')] }),
    ]);
    await half.run();
    expect(ids(half)).toEqual(['hr/1.1.0', 'hr/1.2.0']);
    expect(ids(half, 'tokens')).toEqual([]);
    expect(progressOf(half)).toMatchObject({ waitingFrames: ['1.1'], totals: { published: 2 } });
    expect(half.store.spool.depth.frames).toBe(1);
    half.time.isTrusted = true;
    await half.run();
    expect(ids(half)).toEqual(['hr/1.1.0', 'hr/1.2.0']);
    expect(ids(half, 'tokens')).toEqual(['hr/1.1.1']);
    expect(progressOf(half)).toMatchObject({ waitingFrames: [], totals: { published: 3 } });
    expect(half.store.spool.depth.frames).toBe(0);
  });

  it('a revocation takes effect and refuses the token that still waits', async () => {
    spoolFrames(half.store.spool, [
      signedFrame({ sequence: 1, records: [testToken({ jti: 'one' })] }),
      signedFrame({
        sequence: 2,
        records: [{ kind: 'revocation', issuer: 'https://idp.example', target: { jti: 'one' } }],
      }),
    ]);
    await half.run();
    half.time.isTrusted = true;
    await half.run();
    expect(ids(half, 'tokens')).toEqual([]);
    expect(half.kafka.records('quarantine').map((record) => header(record, 'ce_reason'))).toEqual(['revoked']);
  });

  for (const when of ['in turn', 'early'] as const) {
    it(`a revocation that came ${when} from a sender whose clock is a day behind outlives the token that waits`, async () => {
      const records = [{ kind: 'revocation', issuer: ISSUER, target: { jti: 'one' } }] as const;
      const frames = [
        signedFrame({ sequence: 1, records: [userPut('a')] }),
        signedFrame({ sequence: 2, records: [testToken({ jti: 'one' })] }),
        signedFrame({ sequence: 3, records, createdAtMs: CREATED_AT_MS - 86_400_000 }),
      ] as const;
      spoolFrames(half.store.spool, frames.slice(0, when === 'early' ? 1 : 3));
      await half.run();
      if (when === 'early') {
        half.store.earlyFrames.add({ frame: frames[2], receivedAtMs: CREATED_AT_MS + 1_000 });
        await half.run();
        half.restart();
      }
      half.time.isTrusted = true;
      await half.run();
      if (when === 'early') spoolFrames(half.store.spool, [frames[1]]);
      await half.run();
      expect(ids(half, 'tokens')).toEqual([]);
      expect(half.kafka.records('quarantine').map((record) => header(record, 'ce_reason'))).toEqual(['revoked']);
    });
  }

  for (const fault of ['aborted-unclean', 'committed-unclean'] as const) {
    it(`tokens that waited are published once after ${fault}`, async () => {
      spoolFrames(half.store.spool, [signedFrame({ sequence: 1, records: [testToken({ jti: 'one' }), userPut('a')] })]);
      await half.run();
      half.restart();
      half.time.isTrusted = true;
      half.kafka.plan(fault);
      await half.run();
      expect(ids(half, 'tokens')).toEqual(['hr/1.1.0']);
      expect(half.store.tokens.tokenCount).toBe(1);
      expect(half.store.spool.depth.frames).toBe(0);
      expect(progressOf(half)).toMatchObject({ waitingFrames: [], totals: { published: 2 } });
    });
  }

  it('beyond the bound of waiting frames the spool takes over', async () => {
    const frames = Array.from({ length: RECEIVER_LIMITS.maxWaitingFrames + 2 }, (_, index) =>
      signedFrame({ sequence: index + 1, records: [testToken({ jti: `t${index}`, slot: `${index}` })] }),
    );
    spoolFrames(half.store.spool, frames);
    await half.run({ forMs: 30_000 });
    expect(progressOf(half)?.waitingFrames).toHaveLength(RECEIVER_LIMITS.maxWaitingFrames);
    expect(progressOf(half)?.sequence).toBe(RECEIVER_LIMITS.maxWaitingFrames);
    expect(half.events).toContainEqual(expect.objectContaining({ event: 'tokens-wait' }));
    half.time.isTrusted = true;
    await half.run();
    expect(ids(half, 'tokens')).toHaveLength(frames.length);
    expect(half.store.spool.depth.frames).toBe(0);
  });

  it('tokens whose frame went with the disk are lost until a snapshot carries them', async () => {
    spoolFrames(half.store.spool, [
      signedFrame({ sequence: 1, records: [testToken({ jti: 'one' }), userPut('a')] }),
      signedFrame({ sequence: 2, records: [userPut('b')] }),
    ]);
    await half.run();
    const fresh = new BackHalf({ kafka: half.kafka });
    await fresh.run();
    expect(fresh.store.progress).toMatchObject({ gaps: [], waitingFrames: [], isWhole: false, closedFrames: 1 });
    const entries = [
      { ...userPut('a'), revision: { epoch: 1, sequence: 1, index: 1 } },
      { ...userPut('b'), revision: { epoch: 1, sequence: 2, index: 0 } },
      { ...testToken({ jti: 'one' }), revision: { epoch: 1, sequence: 1, index: 0 } },
    ];
    spoolFrames(fresh.store.spool, [snapshotFrame(3, { entries }, fresh.behindKafka)]);
    await fresh.run();
    expect(ids(fresh, 'tokens')).toEqual(['hr/1.1.0']);
    expect(ids(fresh)).toEqual(['hr/1.1.1', 'hr/1.2.0']);
    expect(progressOf(fresh)?.gaps).toEqual([]);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { VerifiedFrame } from '../../../../receiver/intake/frame-verifier.ts';
import type { TopicName } from '../../../../receiver/publish/progress.ts';
import type { KafkaRecord } from '../../../../src/kafka/kafka-record.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import type { WireRecord } from '../../../../src/wire/record.ts';
import { BackHalf, ISSUER, testToken } from '../../../support/back-half.ts';
import { progressIn } from '../../../support/kafka-value.ts';
import { FAULTS, type Fault } from '../../../support/model-kafka.ts';
import { CREATED_AT_MS, signedFrame, spoolFrames, userPut } from '../../../support/signed-stream.ts';
import { snapshotFrame } from '../../../support/state-model.ts';

const header = ({ headers }: KafkaRecord, name: string) => headers.find(([each]) => each === name)?.[1];
const shown = (half: BackHalf, topic: TopicName) =>
  half.kafka
    .records(topic)
    .map((record) => [header(record, 'ce_id'), header(record, 'ce_revision'), record.value ? 'put' : 'gone'].join(' '));
const progressOf = (half: BackHalf) => progressIn(half.kafka.records('progress').at(-1));
const revoke = (jti: string): WireRecord => ({ kind: 'revocation', issuer: ISSUER, target: { jti } });

const first = signedFrame({ sequence: 1, records: [testToken({ jti: 'one' })] });
/** Missing until it comes late: a token that was revoked meanwhile, and one that replaces another that was. */
const late = signedFrame({
  sequence: 2,
  records: [testToken({ jti: 'never', subject: 'bob' }), testToken({ jti: 'two', issuedAtMs: CREATED_AT_MS + 1 })],
});
const waiting = signedFrame({ sequence: 3, records: [userPut('a'), revoke('one'), revoke('never')] });

let half: BackHalf;
beforeEach(() => {
  half = new BackHalf();
});

/** As the gate leaves it: 1 was released, 3 waits for 2. */
function arrive(...frames: readonly VerifiedFrame[]): void {
  for (const frame of frames) half.store.earlyFrames.add({ frame, receivedAtMs: CREATED_AT_MS });
}

async function published(): Promise<void> {
  spoolFrames(half.store.spool, [first]);
  await half.run();
}

describe('revocations in a frame that waits', () => {
  it('take effect before its turn, and nothing else of it does', async () => {
    await published();
    arrive(waiting);
    await half.run();
    expect(shown(half, 'tokens')).toEqual(['hr/1.1.0 1.1.0 put', 'hr/1.3.1/1.1.0 1.1.0 gone']);
    expect(shown(half, 'identity')).toEqual([]);
    expect(progressOf(half)).toMatchObject({ sequence: 1, earlyFrames: ['1.3'], totals: { published: 3 }, gaps: [] });
    expect(half.audit.entries).toContainEqual(
      expect.objectContaining({ event: 'token-revocation', turn: 'early', tombstones: 1, revision: '1.3.1' }),
    );
  });

  it('refuse a token below them that comes later, leave its successor alone, and count once', async () => {
    await published();
    arrive(waiting);
    await half.run();
    spoolFrames(half.store.spool, [late, waiting]);
    await half.run();
    expect(shown(half, 'tokens')).toEqual(['hr/1.1.0 1.1.0 put', 'hr/1.3.1/1.1.0 1.1.0 gone', 'hr/1.2.1 1.2.1 put']);
    expect(half.kafka.records('quarantine').map((record) => header(record, 'ce_reason'))).toEqual(['revoked']);
    expect(shown(half, 'identity')).toEqual(['hr/1.3.0 1.3.0 put']);
    expect(progressOf(half)).toMatchObject({
      sequence: 3,
      earlyFrames: [],
      totals: { published: 5, quarantined: 1 },
    });
    expect(half.store.earlyFrames.names).toEqual([]);
  });

  it('do not wait for a trusted clock', async () => {
    await published();
    half.time.isTrusted = false;
    arrive(waiting);
    await half.run();
    expect(shown(half, 'tokens').at(-1)).toBe('hr/1.3.1/1.1.0 1.1.0 gone');
  });

  it('wait for the first frame of the stream, before which there is nothing to take back', async () => {
    arrive(waiting);
    await half.run({ forMs: 20_000 });
    expect(half.kafka.transactions).toEqual([]);
    spoolFrames(half.store.spool, [first, late, waiting]);
    await half.run();
    expect(progressOf(half)).toMatchObject({ sequence: 3, earlyFrames: [], totals: { published: 6 } });
    expect(half.store.earlyFrames.names).toEqual([]);
  });

  it('hold when the place below them becomes a gap, and when that heals', async () => {
    await published();
    arrive(waiting);
    await half.run();
    spoolFrames(half.store.spool, [waiting]);
    await half.run();
    expect(progressOf(half)).toMatchObject({ gaps: [[2, 2]], earlyFrames: [], totals: { published: 4 } });
    spoolFrames(half.store.spool, [late], true);
    await half.run();
    expect(shown(half, 'tokens').at(-1)).toBe('hr/1.2.1 1.2.1 put');
    expect(progressOf(half)).toMatchObject({ gaps: [], totals: { published: 5, quarantined: 1 } });
  });

  it('stay known while their own frame is missing again, and are forgotten with its epoch', async () => {
    await published();
    arrive(waiting);
    await half.run();
    // The receiver was restarted, what it held is gone, and 2 to 3 became a gap.
    spoolFrames(half.store.spool, [signedFrame({ sequence: 4, records: [userPut('b')] })]);
    await half.run();
    expect(progressOf(half)).toMatchObject({ gaps: [[2, 3]], earlyFrames: ['1.3'] });
    const next = signedFrame({ epoch: 2, sequence: 2, records: [revoke('x')] });
    arrive(next);
    await half.run();
    expect(progressOf(half)).toMatchObject({ epoch: 1, earlyFrames: ['1.3', '2.2'] });
    spoolFrames(half.store.spool, [signedFrame({ epoch: 2, sequence: 1, records: [userPut('c')] }), next]);
    await half.run();
    expect(progressOf(half)).toMatchObject({ epoch: 2, sequence: 2, earlyFrames: [], totals: { published: 6 } });
    expect(half.store.earlyFrames.names).toEqual([]);
  });

  it('are bounded in progress and on disk; beyond, they wait for their turn', async () => {
    await published();
    const frames = Array.from({ length: RECEIVER_LIMITS.maxEarlyFrames + 5 }, (_, index) =>
      signedFrame({ sequence: index + 3, records: [revoke(`r${index}`)] }),
    );
    arrive(...frames);
    await half.run();
    expect(half.store.earlyFrames.names).toHaveLength(RECEIVER_LIMITS.maxEarlyFrames);
    expect(progressOf(half)?.earlyFrames).toHaveLength(RECEIVER_LIMITS.maxEarlyFrames);
    spoolFrames(half.store.spool, [late, ...frames]);
    await half.run();
    expect(progressOf(half)).toMatchObject({ earlyFrames: [], totals: { published: frames.length + 3 } });
  });
});

describe('revocations in a frame that waits are published and counted once, whatever happens on the way', () => {
  const tokens = ['hr/1.1.0 1.1.0 put', 'hr/1.3.1/1.1.0 1.1.0 gone', 'hr/1.2.1 1.2.1 put'];

  async function finish(): Promise<void> {
    spoolFrames(half.store.spool, [late, waiting]);
    await half.run();
    expect(shown(half, 'tokens')).toEqual(tokens);
    expect(shown(half, 'identity')).toEqual(['hr/1.3.0 1.3.0 put']);
    expect(half.kafka.records('quarantine').map((record) => header(record, 'ce_reason'))).toEqual(['revoked']);
    expect(progressOf(half)).toMatchObject({ earlyFrames: [], totals: { published: 5, quarantined: 1 } });
    expect(half.store.tokens.findRevokedToken(ISSUER, 'one')).toBeDefined();
    expect(half.store.earlyFrames.names).toEqual([]);
  }

  for (const fault of FAULTS) {
    for (const second of [undefined, ...FAULTS] as (Fault | undefined)[]) {
      it(`${fault}${second ? `, then ${second}` : ''}`, async () => {
        await published();
        arrive(waiting);
        half.restart();
        half.kafka.plan(fault, ...(second ? [second] : []));
        await half.run();
        await finish();
      });
    }
  }

  for (const isCommitted of [true, false]) {
    it(`a power cut after Kafka ${isCommitted ? 'committed and before' : 'lost the transaction, and so before'} the tables`, async () => {
      await published();
      arrive(waiting);
      const { apply } = half.store;
      half.store.apply = (progress, position, changes) => {
        if (changes) throw new Error('power cut');
        apply.call(half.store, progress, position);
      };
      await expect(half.run()).rejects.toThrow('power cut');
      if (!isCommitted) half.kafka.forget(1);
      half.restart();
      expect(half.store.tokens.findRevokedToken(ISSUER, 'one')).toBeUndefined();
      await half.run();
      expect(half.store.tokens.findRevokedToken(ISSUER, 'one')).toBeDefined();
      expect(half.store.progress?.earlyFrames).toEqual(['1.3']);
      await finish();
    });
  }

  it('a power cut in the turn of the frame, after its revocations had taken effect', async () => {
    await published();
    arrive(waiting);
    await half.run();
    spoolFrames(half.store.spool, [late, waiting]);
    const { apply } = half.store;
    half.store.apply = (progress, position, changes) => {
      if (changes) throw new Error('power cut');
      apply.call(half.store, progress, position);
    };
    await expect(half.run()).rejects.toThrow('power cut');
    half.restart();
    await half.run();
    await finish();
  });

  it('the receiver disk is lost in between: they are remembered again in their turn', async () => {
    await published();
    arrive(waiting);
    await half.run();
    half = new BackHalf({ kafka: half.kafka });
    await half.run();
    expect(half.store.progress?.earlyFrames).toEqual(['1.3']);
    // Only a whole snapshot lets anything be published again.
    const a = { ...userPut('a'), revision: { epoch: 1, sequence: 3, index: 0 } };
    spoolFrames(half.store.spool, [waiting, snapshotFrame(4, { entries: [a] })], true);
    await half.run();
    expect(half.store.tokens.findRevokedToken(ISSUER, 'never')).toBeDefined();
    expect(progressOf(half)).toMatchObject({ earlyFrames: [], totals: { published: 5 } });
  });
});

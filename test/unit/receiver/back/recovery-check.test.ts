/** What recovery decides again by another policy than that of the commit, and how it notices. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { AdmissionRules } from '../../../../receiver/publish/admission.ts';
import { sha256Hex } from '../../../../src/crypto/digest.ts';
import { compileIdentityRules } from '../../../../src/identity/identity-rules.ts';
import type { TokenVerdict } from '../../../../src/token/token-checker.ts';
import type { TokenRecord } from '../../../../src/wire/record.ts';
import { ISSUER, RULES, testToken, testVerdict } from '../../../support/back-half.ts';
import { adminPut, deletes, GUARDED_RULES, GuardedHalf, HOUR_MS, puts } from '../../../support/guarded-half.ts';
import { signedFrame, spoolFrames, userPut } from '../../../support/signed-stream.ts';

let half: GuardedHalf;
beforeEach(() => {
  half = new GuardedHalf({ rules: RULES });
  half.judge = judge;
});

const revokedKeys = [{ issuer: ISSUER, keyId: 'burnt' }];

/** A test token in the form of a JWS, from whose header the topic's reader has the key. */
function token(jti: string, keyId: string): TokenRecord {
  const part = (text: string) => Buffer.from(text).toString('base64url');
  const claims = testToken({ jti, subject: jti, keyId }).jws;
  return { kind: 'token', jws: `${part(JSON.stringify({ kid: keyId }))}.${part(claims)}.signature` };
}

function judge({ jws }: TokenRecord, nowMs: number): TokenVerdict {
  const claims = Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8');
  const verdict = testVerdict({ kind: 'token', jws: claims }, nowMs);
  return verdict.accepted ? { ...verdict, facts: { ...verdict.facts, sha256: sha256Hex(jws) } } : verdict;
}

/** What the topic came to: of each tombstone its reason. */
const ended = () =>
  half.kafka
    .records('tokens')
    .filter(({ value }) => value === null)
    .map(({ headers }) => Object.fromEntries(headers).ce_reason);
const readAgain = () => half.audit.entries.filter(({ event }) => event === 'tables-read-again');

/** Kafka commits and the answer is lost; before recovery looks, the policy is another. */
function changeBehindCommit(change: () => void): void {
  half.kafka.plan('committed-unclean');
  half.kafka.onPublish = () => {
    half.kafka.onPublish = () => {};
    change();
  };
}

/** A bundle that revokes the key: its tokens are refused from now on. */
function revokeKey(): void {
  half.revokedKeys = revokedKeys;
  half.judge = (each, nowMs) => {
    const verdict = judge(each, nowMs);
    if (!verdict.accepted || verdict.facts.keyId !== 'burnt') return verdict;
    const { sha256, jti } = verdict.facts;
    return { accepted: false, code: 'key-state', detail: 'Its key is revoked.', sha256, jti };
  };
}

describe('a key that is revoked between an unclean commit and recovery', () => {
  it('has the tombstone of a token that the commit published', async () => {
    changeBehindCommit(revokeKey);
    await half.say(token('one', 'burnt'), token('two', 'kept'));
    await half.run({ forMs: 50 });
    expect(ended()).toEqual(['key-revoked']);
    expect(half.store.progress).toMatchObject({ isWhole: true, totals: { published: 2, quarantined: 0 } });
    expect(readAgain()).toMatchObject([{ topics: 'tokens trust', records: 2 }]);
  });

  it('has that of a token that waited for a trusted clock', async () => {
    half.time.isTrusted = false;
    await half.say(token('one', 'burnt'));
    half.time.isTrusted = true;
    changeBehindCommit(revokeKey);
    await half.run();
    await half.run({ forMs: 50 });
    expect(half.store.progress).toMatchObject({ waitingFrames: [], totals: { published: 1 } });
    expect(ended()).toEqual(['key-revoked']);
  });

  it('is swept once where the sweep is what recovery made good', async () => {
    await half.say(token('one', 'burnt'));
    half.revokedKeys = revokedKeys;
    half.kafka.plan('committed-unclean');
    await half.run({ forMs: 50 });
    await half.run({ forMs: 50 });
    expect(ended()).toEqual(['key-revoked']);
    expect(readAgain()).toEqual([]);
  });
});

describe('identity rules that are others at recovery', () => {
  it('leave what the commit published known, so that a snapshot without it deletes it', async () => {
    let { identity } = RULES;
    half = new GuardedHalf({
      rules: {
        ...RULES,
        get identity() {
          return identity;
        },
      },
    });
    changeBehindCommit(() => {
      identity = compileIdentityRules({ resourceTypes: [{ type: 'Group' }], tokenIssuers: [ISSUER] });
    });
    await half.say(userPut('a'));
    expect(half.store.subjects.find('User|a')).toMatchObject({ isDeleted: false });
    expect(readAgain()).toMatchObject([{ topics: 'identity tokens trust held' }]);
  });
});

describe('a guard that is relaxed at recovery', () => {
  let isRelaxed: boolean;
  beforeEach(async () => {
    isRelaxed = false;
    const limits = GUARDED_RULES.guard as NonNullable<AdmissionRules['guard']>;
    const relaxed = { ...limits, limits: { ...limits.limits, adminRoles: [], freeLosses: 100 } };
    half = new GuardedHalf({
      rules: {
        ...GUARDED_RULES,
        get guard() {
          return isRelaxed ? relaxed : limits;
        },
      },
    });
    await half.say(...puts(10));
    half.pass(2 * HOUR_MS);
  });
  const relax = () => {
    isRelaxed = true;
  };
  const release = async () => {
    for (const { name } of half.store.held.holds()) {
      half.store.store.transaction(() => half.store.held.decide(name, 'release'))();
    }
    await half.run();
  };

  it.each([
    ['grant to someone new', [adminPut('new')], '+User|new'],
    ['grant to someone there', [adminPut('u0')], '+User|u0'],
    ['delete', deletes(5), '-User|u4'],
  ])('leaves a held %s unknown, so that its release publishes it', async (_, records, key) => {
    const timesPublished = () => half.identityKeys.filter((each) => each === key).length;
    const before = timesPublished();
    changeBehindCommit(relax);
    await half.say(...records);
    await half.run({ forMs: 50 });
    expect(readAgain()).toHaveLength(1);
    expect(half.store.held.count).toBeGreaterThan(0);
    const isDelete = (each: string) => each.startsWith('-');
    const deleted = half.identityKeys.filter(isDelete).length;
    expect(half.store.subjects.liveCount('subjects')).toBe(half.identityKeys.length - 2 * deleted);
    await release();
    expect(timesPublished()).toBe(before + 1);
    expect(half.store.held.count).toBe(0);
  });
});

it('revocations ahead of their turn are counted behind recovery, and nothing is read again', async () => {
  await half.say(token('one', 'kept'));
  const revoke = (jti: string) => ({ kind: 'revocation', issuer: ISSUER, target: { jti } }) as const;
  const frame = signedFrame({ sequence: 3, records: [revoke('one'), revoke('two')] });
  half.store.store.transaction(() => half.store.earlyFrames.add({ frame, receivedAtMs: half.clock.wall }))();
  half.kafka.plan('committed-unclean');
  await half.run();
  expect(half.store.progress).toMatchObject({ earlyFrames: ['1.3'], totals: { published: 3 } });
  await half.say(token('two', 'kept'));
  expect(half.store.progress?.totals).toMatchObject({ published: 3, quarantined: 1 });
  expect(readAgain()).toEqual([]);
});

it('what was read in part is read again, though the counts agree by then', async () => {
  half = new GuardedHalf();
  await half.say(userPut('alice'), testToken({ jti: 'one' }));
  await half.say(adminPut('alice'));
  // Without a guard the grant was none here, as by a config of before.
  const other = new GuardedHalf({ kafka: half.kafka, rules: RULES });
  spoolFrames(other.store.spool, half.frames);
  half.kafka.plan('reading-fails');
  await other.run({ maxWaits: 1 });
  expect(other.store.tokens.findCurrentOf(ISSUER, 'alice')).toEqual([]);
  await half.say(userPut('alice', { userName: 'other' }));
  spoolFrames(other.store.spool, half.frames.slice(2));
  await other.run();
  expect(other.store.tokens.findCurrentOf(ISSUER, 'alice')).toMatchObject([{ jti: 'one' }]);
  expect(other.store.progress?.totals).toEqual(half.totals);
  expect(other.store.unfinished.current).toBeUndefined();
});

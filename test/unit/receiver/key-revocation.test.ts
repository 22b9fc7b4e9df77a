/** What a bundle that ends or revokes keys does to gaps and to tokens that are out. */
import { describe, expect, it, vi } from 'vitest';
import { orphanProblem } from '../../../receiver/tokens/orphaned-tokens.ts';
import type { LiveKey } from '../../../receiver/tokens/token-table.ts';
import { auditedRevocations, revocationEffects } from '../../../receiver/trust/revocation-effects.ts';
import { adopt } from '../../../receiver/trust/trust-state.ts';
import { signingKeyId } from '../../../src/crypto/digest.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { RECEIVER_LIMITS } from '../../../src/limits.ts';
import type { IssuerTrust } from '../../../src/token/token-checker.ts';
import { reopenBundle } from '../../../src/trust/trust-bundle.ts';
import { isProblem } from '../../../src/trust/trust-problem.ts';
import { BackHalf, ISSUER, testToken } from '../../support/back-half.ts';
import { FrontHalf, HOLD_MS } from '../../support/front-half.ts';
import { issuerTrust } from '../../support/issuer-trust.ts';
import {
  ModelJournal,
  ModelSession,
  STREAM,
  senderAgreementKeys,
  signingKeys,
  WALL_MS,
} from '../../support/model-sender.ts';
import { firstRoot, signedBundle } from '../../support/root-ceremony.ts';
import { signedFrame, spoolFrames, userPut } from '../../support/signed-stream.ts';

const HOUR_MS = 3_600_000;
const jwkOf = (kid: string) => ({
  kty: 'OKP',
  crv: 'Ed25519',
  x: Buffer.from(signingKeyPair(Buffer.alloc(32, kid.length)).publicKey).toString('base64url'),
  kid,
});
const live: LiveKey = {
  issuer: ISSUER,
  keyId: 'old',
  tokens: 12,
  lastIssuedAtMs: WALL_MS - 1_000,
  lastExpiresAtMs: WALL_MS + HOUR_MS,
};
const reasonOf = (keys: IssuerTrust['keys'], nowMs = WALL_MS) => {
  const liveKeys = [live].filter(({ lastExpiresAtMs }) => lastExpiresAtMs > nowMs);
  return orphanProblem({ issuers: [issuerTrust(keys)] }, { liveKeys, nowMs });
};
const fresh = { jwk: jwkOf('new'), activeFromMs: 0 };
const old = { jwk: jwkOf('old'), activeFromMs: 0 };

describe('a rotation of an issuer’s key', () => {
  it('that would orphan a token that has not expired is refused, with the time from which it is allowed', () => {
    const allowed = new Date(WALL_MS + HOUR_MS).toISOString();
    expect(reasonOf([fresh])).toEqual({
      reason: 'tokens-orphaned',
      seen: `it would orphan 12 tokens that have not expired (of ${ISSUER}, key old); it is allowed from ${allowed} on`,
    });
    expect(orphanProblem({ issuers: [] }, { liveKeys: [live], nowMs: WALL_MS })?.reason).toBe('tokens-orphaned');
    expect(reasonOf([fresh, { ...old, activeFromMs: WALL_MS + 1 }])?.reason).toBe('tokens-orphaned');
    expect(reasonOf([fresh, { ...old, passiveFromMs: live.lastIssuedAtMs }])?.reason).toBe('tokens-orphaned');
    expect(reasonOf([fresh], WALL_MS + HOUR_MS)).toBeUndefined();
  });

  it('goes over an overlap: the old key passive behind its last token, or revoked, which is meant', () => {
    expect(reasonOf([fresh, { ...old, passiveFromMs: live.lastIssuedAtMs + 1 }])).toBeUndefined();
    expect(reasonOf([fresh, { ...old, revokedFromMs: WALL_MS }])).toBeUndefined();
  });

  it('is judged with the bundle, of which nothing is adopted then', () => {
    const state = { roots: [firstRoot()], bundle: undefined };
    const texts = [signedBundle({ issuers: [issuerTrust([fresh])] })];
    const refused = adopt(state, texts, { stream: STREAM, nowMs: WALL_MS, liveKeys: [live] });
    expect(refused).toMatchObject({ outcome: 'refused', problem: { reason: 'tokens-orphaned' } });
    expect(adopt(state, texts, { stream: STREAM, nowMs: WALL_MS })).toMatchObject({ outcome: 'adopted' });
  });

  it('knows the tokens that are out from their table', async () => {
    const back = new BackHalf();
    spoolFrames(back.store.spool, [
      signedFrame({ sequence: 1, records: [testToken({ jti: 'a' }), testToken({ jti: 'b', subject: 'b' })] }),
    ]);
    await back.run();
    const [known, ...others] = back.store.tokens.liveKeys(0);
    expect(others).toEqual([]);
    expect(known).toMatchObject({ issuer: ISSUER, tokens: 2 });
    expect(back.store.tokens.liveKeys(known?.lastExpiresAtMs ?? 0)).toEqual([]);
  });
});

describe('a revoked key', () => {
  it('of an issuer takes the current tokens that it signed back, once', async () => {
    const back = new BackHalf();
    spoolFrames(back.store.spool, [signedFrame({ sequence: 1, records: [testToken({ jti: 'a' })] })]);
    await back.run();
    const keyId = back.store.tokens.liveKeys(0)[0]?.keyId ?? '';
    back.revokedKeys = [{ issuer: ISSUER, keyId }];
    await back.run({ forMs: 50 });
    await back.run({ forMs: 50 });
    const tombstones = back.kafka.records('tokens').filter(({ value }) => value === null);
    expect(tombstones.map(({ headers }) => Object.fromEntries(headers).ce_reason)).toEqual(['key-revoked']);
  });

  it('is taken back although the sender has filled what is remembered of its own revocations', async () => {
    const back = new BackHalf();
    const { store, tokens } = back.store;
    const bounds = { issuedBeforeMs: 9e15, untilMs: 9e15, saidAtMs: 0 };
    store.transaction(() => {
      for (let at = 0; at < RECEIVER_LIMITS.maxRevokedKeys; at++) {
        tokens.putRevokedKey({ issuer: ISSUER, keyId: `k${at}`, ...bounds });
      }
    })();
    spoolFrames(back.store.spool, [signedFrame({ sequence: 1, records: [testToken({ jti: 'a', keyId: 'stolen' })] })]);
    await back.run();
    back.revokedKeys = [
      { issuer: ISSUER, keyId: 'stolen' },
      { issuer: ISSUER, keyId: 'lost' },
    ];
    await back.run({ forMs: 50 });
    expect(back.kafka.records('tokens').map(({ value }) => value === null)).toEqual([false, true]);
    expect(tokens.findRevokedKey(ISSUER, 'lost')).toBeDefined();
  });

  it('is looked up once, and not with every plan', async () => {
    const back = new BackHalf();
    back.revokedKeys = [{ issuer: ISSUER, keyId: 'old' }];
    const { tokens } = back.store;
    const find = vi.spyOn(tokens, 'findRevokedKey');
    for (const sequence of [1, 2, 3])
      spoolFrames(back.store.spool, [signedFrame({ sequence, records: [userPut('a')] })]);
    await back.run({ forMs: 30_000 });
    expect(tokens.revokedKeyCount).toBe(1);
    const asked = find.mock.calls.filter(([, keyId]) => keyId === 'old').length;
    back.revokedKeys = [...back.revokedKeys, { issuer: ISSUER, keyId: 'older' }];
    await back.run({ forMs: 30_000 });
    expect(tokens.revokedKeyCount).toBe(2);
    expect(asked).toBeLessThan(3);
  });

  it('of the sender closes the gaps that it left as lost, until a snapshot heals them, and none that came after', () => {
    const front = new FrontHalf();
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    const lose = () => {
      journal.append();
      front.receive(...session.datagrams(journal.append()));
      front.pass(HOLD_MS);
    };
    lose();
    const revokedAtMs = front.wallMs + 1;
    front.pass(1_000);
    lose();
    expect(front.status.gate.gaps.map(({ from }) => from)).toEqual([1, 3]);
    front.intake.handleRevokedKey(revokedAtMs);
    front.poll();
    expect(front.status.gate.gaps.map(({ from }) => from)).toEqual([3]);
    expect(front.audited).toContainEqual(expect.objectContaining({ event: 'gap-lost', from: 1, to: 1 }));
    front.intake.handleRevokedKey(revokedAtMs);
    front.poll();
    expect(front.status.gate.gaps).toHaveLength(1);
  });

  it('is said with what it touches', () => {
    const bundle = (changes: Parameters<typeof signedBundle>[0]) => {
      const opened = reopenBundle(signedBundle(changes), firstRoot());
      if (isProblem(opened)) throw new Error(opened.seen);
      return opened;
    };
    const key = { signingKey: signingKeys.publicKey, activeFromMs: 0 };
    const senders = [
      { stream: STREAM, agreementKey: senderAgreementKeys.publicKey, keys: [{ ...key, revokedFromMs: WALL_MS }] },
    ];
    const before = bundle({ issuers: [issuerTrust([old])] });
    const after = bundle({ version: 2, senders, issuers: [issuerTrust([{ ...old, revokedFromMs: WALL_MS }])] });
    const touched = { liveKeys: [live], gaps: 2, missingFrames: 5, spooledFrames: 3 };
    const effects = revocationEffects(before, after, { touched, stream: STREAM, nowMs: WALL_MS });
    expect(effects.map(({ of, key: id }) => [of, id])).toEqual([
      [STREAM, signingKeyId(signingKeys.publicKey).toString('hex')],
      [ISSUER, 'old'],
    ]);
    expect(effects[0]?.effect).toContain('Missing: 5 frames (gaps: 2)');
    expect(effects[0]?.effect).toContain('published still once Kafka takes them: 3 frames');
    expect(effects[1]?.effect).toContain('12 that are current are taken back');
    expect(revocationEffects(after, after, { touched, stream: STREAM, nowMs: WALL_MS })).toEqual([]);
  });

  it('is named in an audit entry as long as there is room: it never grows beyond what the log takes', () => {
    const effectOf = (key: string) => ({ key, of: ISSUER, effect: '' });
    const many = Array.from({ length: 40 }, (_, at) => effectOf(`k${at}`));
    expect(auditedRevocations(many).revoked).toHaveLength(32);
    expect(auditedRevocations([effectOf('k'), effectOf('\0'.repeat(6_000))]).revoked).toEqual([`${ISSUER} k`]);
    expect(auditedRevocations([])).toEqual({});
  });
});

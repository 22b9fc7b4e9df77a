/** Tokens that are published sealed: once, although their text is another each time, and known after the disk was lost. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactDecrypt } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../../src/crypto/digest.ts';
import type { KafkaRecord } from '../../../../src/kafka/kafka-record.ts';
import { AudienceSeals } from '../../../../src/token/audience-seals.ts';
import { ISSUER, testToken, testVerdict } from '../../../support/back-half.ts';
import { GuardedHalf } from '../../../support/guarded-half.ts';
import { CREATED_AT_MS, spoolFrames } from '../../../support/signed-stream.ts';
import { snapshotFrame } from '../../../support/state-model.ts';

const { publicKey, privateKey } = generateKeyPairSync('x25519');
let seals: AudienceSeals;
let half: GuardedHalf;

beforeAll(async () => {
  const key = join(mkdtempSync(join(tmpdir(), 'sealed-tokens-')), 'api.jwk.json');
  writeFileSync(key, JSON.stringify(publicKey.export({ format: 'jwk' })));
  seals = await AudienceSeals.open([{ audience: 'api', key }]);
});

beforeEach(() => {
  half = sealing(new GuardedHalf());
});

function sealing(one: GuardedHalf): GuardedHalf {
  one.judge = (token, nowMs) => seals.seal(token.jws, testVerdict(token, nowMs));
  return one;
}

const headersOf = ({ headers }: KafkaRecord) => Object.fromEntries(headers);
const said = ({ kafka }: GuardedHalf) =>
  kafka.records('tokens').map((record) => [headersOf(record).ce_jti, record.value === null ? 'ended' : 'put']);

describe('a sealed token', () => {
  it('has the record of an open one, but for its value, and for what a rebuild must know of it', async () => {
    const token = testToken({ jti: 'one', keyId: 'k|1' });
    const open = new GuardedHalf();
    for (const each of [half, open]) await each.say(token);
    const [sealed, plain] = [half, open].map(({ kafka }) => kafka.records('tokens')[0] as KafkaRecord);
    if (sealed === undefined || plain === undefined) throw new Error('it was not published');
    const { plaintext } = await compactDecrypt(String(sealed.value), privateKey);
    expect(Buffer.from(plaintext).toString('latin1')).toBe(token.jws);
    expect(sealed.key).toBe(plain.key);
    expect(headersOf(sealed)).toEqual({
      ...headersOf(plain),
      'content-type': 'application/jose',
      ce_iat: new Date(CREATED_AT_MS).toISOString(),
      ce_kid: 'k%7C1',
      ce_sha256: sha256Hex(token.jws),
    });
  });

  it('is published once, whichever way a commit ends, and again by nothing that says it again', async () => {
    const token = testToken({ jti: 'one' });
    half.kafka.plan('committed-unclean');
    await half.say(token);
    half.restart();
    half.kafka.plan('aborted-unclean');
    await half.say(token, testToken({ jti: 'two', slot: 'other' }));
    expect(said(half)).toEqual([
      ['one', 'put'],
      ['two', 'put'],
    ]);
  });

  it('is known when the disk was lost: its key is revoked, and the same token is no other one', async () => {
    const older = testToken({ jti: 'one', keyId: 'stolen' });
    await half.say(older);
    const again = sealing(new GuardedHalf({ kafka: half.kafka }));
    again.skip(2);
    spoolFrames(again.store.spool, [snapshotFrame(2, {}, again.behindKafka)]);
    await again.run();
    expect(again.store.tokens.findToken(ISSUER, 'one')).toEqual(half.store.tokens.findToken(ISSUER, 'one'));
    await again.say(older);
    await again.say({ kind: 'revocation', issuer: ISSUER, target: { key: 'stolen' } });
    expect(said(again)).toEqual([
      ['one', 'put'],
      ['one', 'ended'],
    ]);
  });
});

/** Both halves over one disk, with real tokens: datagrams in, Kafka records out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TokenChecker } from '../../../src/token/token-checker.ts';
import { encodePayload, encodeRecord, type WireRecord } from '../../../src/wire/record.ts';
import { BackHalf, ISSUER } from '../../support/back-half.ts';
import { FrontHalf, HOLD_MS } from '../../support/front-half.ts';
import { ModelJournal, ModelSession, type SentFrame, signFrame, WALL_MS } from '../../support/model-sender.ts';
import { userPut } from '../../support/signed-stream.ts';

const AUDIENCE = 'https://inside.example';
const folder = mkdtempSync(join(tmpdir(), 'early-revocations-'));
let key: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
let checker: TokenChecker;

beforeAll(async () => {
  const pair = await generateKeyPair('EdDSA', { extractable: true });
  key = pair.privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'EdDSA' };
  const jwks = join(folder, 'jwks.json');
  writeFileSync(jwks, JSON.stringify({ keys: [jwk] }));
  checker = TokenChecker.open([
    {
      issuer: ISSUER,
      audience: [AUDIENCE],
      jwks,
      algorithms: ['EdDSA'],
      types: ['at+jwt'],
      maxLifetimeSeconds: 3_600,
      clockSkewSeconds: 60,
    },
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function token(jti: string, subject: string): Promise<WireRecord> {
  const iat = WALL_MS / 1_000;
  const claims = { iss: ISSUER, sub: subject, aud: AUDIENCE, jti, iat, exp: iat + 600 };
  const jws = await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid: 'k', typ: 'at+jwt' }).sign(key);
  return { kind: 'token', jws };
}

const revoke = (jti: string): WireRecord => ({ kind: 'revocation', issuer: ISSUER, target: { jti } });

describe('a revocation whose frame waits for one below it', () => {
  let front: FrontHalf;
  let back: BackHalf;
  let journal: ModelJournal;
  let session: ModelSession;
  beforeEach(() => {
    front = new FrontHalf();
    back = new BackHalf({ database: front.store });
    back.judge = ({ jws }, nowMs) => checker.check(jws, nowMs);
    journal = new ModelJournal();
    session = new ModelSession(journal);
    front.meet(session);
  });

  function sign(...records: readonly WireRecord[]): SentFrame {
    const { epoch, epochId, frames } = journal;
    const payload = encodePayload(records.map((record) => encodeRecord(record)));
    const previousDigest = frames.at(-1)?.digest ?? new Uint8Array();
    const place = { epoch, epochId, sequence: frames.length + 1, previousDigest, recordCount: records.length };
    const frame = signFrame(place, payload);
    frames.push(frame);
    return frame;
  }

  const receive = async (frame: SentFrame) => {
    front.receive(...session.datagrams(frame));
    await back.run();
  };
  const tokens = () => back.kafka.records('tokens').map(({ value }) => (value === null ? 'gone' : 'put'));

  it('takes the token back at once, refuses one that comes later, and is no news in its turn', async () => {
    await receive(sign(await token('one', 'alice')));
    expect(tokens()).toEqual(['put']);
    const missing = sign(await token('two', 'bob'));
    front.steps.length = 0;
    await receive(sign(userPut('a'), revoke('one'), revoke('two')));
    expect(front.steps).toEqual(['audit-sync', 'spooled 0']);
    expect(front.audited.at(-1)).toMatchObject({ event: 'revocations-early', sequence: 3, revocations: 2 });
    expect(front.status.gate).toMatchObject({ sequence: 1, heldFrames: 1 });
    expect(tokens()).toEqual(['put', 'gone']);
    expect(back.kafka.records('identity')).toEqual([]);
    await receive(missing);
    expect(tokens()).toEqual(['put', 'gone']);
    expect(back.store.progress).toMatchObject({
      sequence: 3,
      earlyFrames: [],
      totals: { published: 4, quarantined: 1 },
    });
    expect(back.kafka.records('identity')).toHaveLength(1);
  });

  it('is written once, however often its frame comes, and by a restarted receiver too', async () => {
    await receive(sign(await token('one', 'alice')));
    sign(userPut('a'));
    const waiting = sign(revoke('one'));
    await receive(waiting);
    await receive(waiting);
    front = new FrontHalf({ store: front.store });
    front.meet(session);
    back.restart();
    await receive(waiting);
    expect(back.kafka.records('tokens')).toHaveLength(2);
    expect(back.store.progress).toMatchObject({ earlyFrames: ['1.3'], totals: { published: 2 } });
    front.pass(HOLD_MS);
    await back.run();
    expect(back.store.progress).toMatchObject({ gaps: [[2, 2]], earlyFrames: [], totals: { published: 2 } });
  });

  it('leaves frames without revocations alone, and those whose order was only mixed up on the way', async () => {
    await receive(sign(await token('one', 'alice')));
    const [second, third] = [sign(userPut('a')), sign(revoke('one'))];
    front.intake.handleDatagram(front.nowMs, front.wallMs, session.datagrams(third)[0] as Buffer);
    await receive(second);
    expect(back.kafka.transactions).toHaveLength(2);
    sign(userPut('b'));
    await receive(sign(userPut('c')));
    expect(back.store.earlyFrames.names).toEqual([]);
    expect(front.audited.filter(({ event }) => event === 'revocations-early')).toHaveLength(1);
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SignedTokens, signTokens } from '../../../bench/benchmarks/tokens/signed-tokens.ts';
import { AUDIENCE, makeTokens } from '../../../bench/workload/tokens.ts';
import { type ReadAhead, TokenLookahead } from '../../../receiver/tokens/token-lookahead.ts';
import { TokenPolicy } from '../../../receiver/tokens/token-policy.ts';
import { type StartThread, startTokenThread, type ThreadRequest } from '../../../receiver/tokens/token-thread.ts';
import { TokenThreads } from '../../../receiver/tokens/token-threads.ts';
import { RECEIVER_LIMITS, WIRE_LIMITS } from '../../../src/limits.ts';
import type { IssuerTrust, TokenVerdict } from '../../../src/token/token-checker.ts';

const { tokenBatch, maxThreadBatches, minThreadBatches, tokenThreadRestartMs } = RECEIVER_LIMITS;
const NOW_MS = Date.parse('2026-11-22T10:00:00Z');
const BOUNDS = {
  clock: { maxSkewMs: 60_000 },
  identity: { resourceTypes: [{ type: 'User' }], tokenIssuers: ['*'] },
  sealedAudiences: [],
};

let signed: SignedTokens;
let policy: TokenPolicy;
const opened: TokenThreads[] = [];

beforeAll(() => {
  signed = signTokens('EdDSA', { count: 8 * tokenBatch, nowMs: NOW_MS });
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((threads) => threads.close()));
});

async function open(
  options: { readonly threads?: number; readonly startThread?: StartThread; readonly monotonicMs?: () => number } = {},
) {
  policy = await TokenPolicy.ofBundle([signed.issuer], BOUNDS);
  const failures: string[] = [];
  const threads = new TokenThreads({
    policy,
    threads: 2,
    startThread: startTokenThread,
    monotonicMs: () => performance.now(),
    ...options,
    onFailure: (reason) => failures.push(reason),
  });
  opened.push(threads);
  return { threads, failures };
}

/** Real threads, with what was posted to each, and a way to end them. */
function watchedThreads() {
  const posted: ThreadRequest[][] = [];
  const started: { stop(): Promise<unknown> }[] = [];
  const startThread: StartThread = (events) => {
    const thread = startTokenThread(events);
    const requests: ThreadRequest[] = [];
    posted.push(requests);
    started.push(thread);
    return {
      stop: () => thread.stop(),
      post: (request) => {
        requests.push(request);
        thread.post(request);
      },
    };
  };
  return { posted, started, startThread };
}

const revoked = (): IssuerTrust => ({
  ...signed.issuer,
  keys: signed.issuer.keys.map((key) => ({ ...key, revokedFromMs: NOW_MS })),
});

const ends = (verdicts: readonly TokenVerdict[]) =>
  new Set(verdicts.map((verdict) => (verdict.accepted ? 'accepted' : verdict.code)));

describe('token threads', () => {
  it('say of every kind of token, good and bad, what one thread says, in order', async () => {
    const workload = await makeTokens({ count: 120, badCount: 60, seed: 7, nowMs: NOW_MS });
    const others = (['ES256', 'RS256'] as const).map((name) => signTokens(name, { count: 40, nowMs: NOW_MS }));
    const directory = mkdtempSync(join(tmpdir(), 'token-threads-'));
    const sealKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    writeFileSync(join(directory, 'api.jwk.json'), JSON.stringify(sealKey));
    const keys = workload.jwks.keys.map((jwk) => ({ jwk, activeFromMs: 0 }));
    const idp = {
      issuer: 'https://idp.example',
      audience: [AUDIENCE],
      algorithms: ['EdDSA', 'ES256'],
      types: ['at+jwt'],
    };
    const issuers = [
      { ...idp, maxLifetimeSeconds: 7_200, clockSkewSeconds: 60, keys } as unknown as IssuerTrust,
      ...others.map(({ issuer }) => ({ ...issuer, audience: [AUDIENCE] })),
    ];
    const bounds = { ...BOUNDS, sealedAudiences: [{ audience: AUDIENCE, key: join(directory, 'api.jwk.json') }] };
    const tokens = [...workload.good.keys()].length === 0 ? [] : [...workload.good.values(), ...workload.bad.keys()];
    for (const { tokens: more, forged } of others) tokens.push(...more, forged);
    tokens.push('', '..', 'a.b.c', 'x'.repeat(70_000), 'é.é.é');
    const spoiled = tokens.map(
      (jws, at) => jws.slice(0, (at * 7) % (jws.length + 1)) + jws.slice(((at * 7) % (jws.length + 1)) + 1),
    );
    tokens.push(...spoiled);

    const judging = await TokenPolicy.ofBundle(issuers, bounds);
    const failures: string[] = [];
    const options = { policy: judging, startThread: startTokenThread, monotonicMs: () => performance.now() };
    const onFailure = (reason: string) => failures.push(reason);
    const several = new TokenThreads({ ...options, threads: 2, onFailure });
    const alone = new TokenThreads({ ...options, threads: 1, onFailure });
    opened.push(several, alone);
    const [beside, here] = await Promise.all([several.judge(tokens, NOW_MS), alone.judge(tokens, NOW_MS)]);
    rmSync(directory, { recursive: true });
    // Another JWE each time.
    const comparable = (verdicts: readonly TokenVerdict[]) =>
      verdicts.map((verdict) =>
        'sealed' in verdict ? { ...verdict, sealed: verdict.sealed?.split('.').length } : verdict,
      );
    expect(comparable(beside)).toEqual(comparable(here));
    expect(ends(here).size).toBeGreaterThan(8);
    expect(here.some((verdict) => verdict.accepted && verdict.sealed !== undefined)).toBe(true);
    expect(several.status).toMatchObject({ running: 2, waiting: 0, checked: tokens.length, failures: 0 });
    expect(alone.status.running).toBe(0);
    expect(failures).toEqual([]);
  });

  it('are not started for a few tokens', async () => {
    const { threads } = await open({ startThread: () => expect.unreachable() });
    const verdicts = await threads.judge(signed.tokens.slice(0, tokenBatch), NOW_MS);
    expect(ends(verdicts)).toEqual(new Set(['accepted']));
  });

  it('judge nothing by less than is trusted when it is decided', async () => {
    const { posted, startThread } = watchedThreads();
    const { threads } = await open({ startThread });
    const before = threads.judge(signed.tokens, NOW_MS);
    // Its batches are with the threads already.
    policy.replace([revoked()]);
    const behind = threads.judge(signed.tokens, NOW_MS);
    expect(ends(await before)).toEqual(new Set(['key-state']));
    expect(ends(await behind)).toEqual(new Set(['key-state']));
    expect(ends(await threads.judge(signed.tokens, NOW_MS))).toEqual(new Set(['key-state']));
    for (const requests of posted) {
      expect(requests.filter((request) => 'trust' in request)).toHaveLength(2);
      expect(requests[0]).toHaveProperty('trust');
    }
  });

  it.each([
    ['batches', () => Array(5).fill(signed.tokens).flat(), maxThreadBatches],
    ['bytes', () => Array(5 * tokenBatch).fill('x'.repeat(WIRE_LIMITS.maxTokenBytes)), minThreadBatches],
  ])('hold a bounded number of %s each; the rest waits here', async (_, tokensOf, most) => {
    const { posted, startThread } = watchedThreads();
    const { threads } = await open({ startThread });
    const tokens = tokensOf() as string[];
    const judged = threads.judge(tokens, NOW_MS);
    const batches = posted.map((requests) => requests.filter((request) => 'batch' in request).length);
    expect(batches).toEqual([most, most]);
    expect(threads.status.waiting).toBe(tokens.length);
    await judged;
    expect(threads.status.waiting).toBe(0);
  });

  it('that die lose no token: what they had is judged here, counted, and others start after a while', async () => {
    const { posted, started, startThread } = watchedThreads();
    let nowMs = 1_000;
    const { threads, failures } = await open({ startThread, monotonicMs: () => nowMs });
    const judged = threads.judge([...signed.tokens, signed.forged], NOW_MS);
    await Promise.all(started.map((thread) => thread.stop()));
    const verdicts = await judged;
    expect(verdicts.filter(({ accepted }) => accepted)).toHaveLength(signed.tokens.length);
    expect(verdicts.at(-1)).toMatchObject({ accepted: false, code: 'signature' });
    expect(threads.status).toMatchObject({ running: 0, failures: 2 });
    expect(failures).toHaveLength(2);

    await threads.judge(signed.tokens, NOW_MS);
    expect(posted).toHaveLength(2);
    nowMs += tokenThreadRestartMs;
    expect(ends(await threads.judge(signed.tokens, NOW_MS))).toEqual(new Set(['accepted']));
    expect(posted).toHaveLength(4);
    expect(threads.status).toMatchObject({ running: 2, failures: 2 });
  });

  it('that cannot start are told of, and everything is judged here', async () => {
    const startThread: StartThread = ({ onEnd }) => {
      queueMicrotask(() => onEnd('no memory'));
      return { post: () => {}, stop: async () => {} };
    };
    const { threads, failures } = await open({ startThread });
    expect(ends(await threads.judge(signed.tokens, NOW_MS))).toEqual(new Set(['accepted']));
    expect(failures).toEqual(['no memory', 'no memory']);
  });

  it('that the system has no room for cost no token either', async () => {
    const startThread: StartThread = () => {
      throw new Error('Worker initialization failure: EAGAIN');
    };
    const { threads, failures } = await open({ startThread });
    expect(ends(await threads.judge(signed.tokens, NOW_MS))).toEqual(new Set(['accepted']));
    expect(threads.status).toMatchObject({ running: 0, waiting: 0, failures: 2 });
    expect(failures).toEqual(Array(2).fill('Worker initialization failure: EAGAIN'));
  });

  it('end with the receiver, whatever is under way', async () => {
    const { threads, failures } = await open();
    const judged = threads.judge(signed.tokens, NOW_MS);
    await threads.close();
    expect(ends(await judged)).toEqual(new Set(['accepted']));
    expect(failures).toEqual([]);
  });
});

describe('the lookahead', () => {
  const judgedHere = () => {
    const asked: number[] = [];
    const judge = {
      judge: (tokens: readonly string[], nowMs: number) => {
        asked.push(tokens.length);
        return policy.judge(tokens, nowMs);
      },
    };
    return { asked, lookahead: new TokenLookahead(judge, policy) };
  };
  const few = () => signed.tokens.slice(0, 4);
  /** One frame behind position 7. */
  const behind = (tokens: readonly string[]) => ({ position: 7, read: () => [{ position: 8, tokens }] });

  it('has a verdict ready in turn, for those that it accepted, and for one group alone', async () => {
    await open();
    const { asked, lookahead } = judgedHere();
    const next = [...few(), signed.forged];
    lookahead.begin(tokenBatch + 1, NOW_MS, behind(next));
    const verdicts = await lookahead.judge(next, NOW_MS + 1_000);
    expect(verdicts.map(({ accepted }) => accepted)).toEqual([true, true, true, true, false]);
    expect(asked).toEqual([5, 1]);
    await lookahead.judge(next, NOW_MS + 1_000);
    expect(asked).toEqual([5, 1, 5]);
  });

  it('goes on behind what it has looked at, within its bounds, and forgets what was passed', async () => {
    await open();
    const { asked, lookahead } = judgedHere();
    const reads: number[] = [];
    const rooms: number[] = [];
    const frames = [0, 1, 2].map((at) => signed.tokens.slice(at * 40, at * 40 + 40));
    const read: ReadAhead = (position, { maxRecords }) => {
      reads.push(position);
      rooms.push(maxRecords);
      return frames.slice(0, 2).map((tokens, at) => ({ position: position + 1 + at, tokens }));
    };
    lookahead.begin(40, NOW_MS, { position: 0, read });
    // Of a frame in its turn, and those before it: not of those behind.
    await lookahead.judge(frames[0] as string[], NOW_MS);
    expect(asked).toEqual([40, 40, 0]);
    lookahead.begin(40, NOW_MS, { position: 1, read });
    expect(reads).toEqual([0, 2]);
    expect(rooms).toEqual([RECEIVER_LIMITS.maxAheadTokens, RECEIVER_LIMITS.maxAheadTokens - 40]);
    lookahead.begin(40, NOW_MS, { position: 9, read });
    expect(reads).toEqual([0, 2, 9]);
    expect(rooms.at(-1)).toBe(RECEIVER_LIMITS.maxAheadTokens);
  });

  it.each([
    ['tokens', 'x', RECEIVER_LIMITS.maxAheadTokens / 2 + 1],
    ['bytes', 'x'.repeat(64 * 1024), 33],
  ])('reads no more while it has half of the %s that it may have', async (_, jws, count) => {
    await open();
    const { lookahead } = judgedHere();
    const read = vi.fn(() => [{ position: 8, tokens: Array<string>(count).fill(jws) }]);
    for (let at = 0; at < 2; at++) lookahead.begin(tokenBatch + 1, NOW_MS, { position: 7, read });
    expect(read).toHaveBeenCalledOnce();
  });

  it('asks for small frames together', async () => {
    await open();
    const { asked, lookahead } = judgedHere();
    const frames = signed.tokens.slice(0, 40).map((jws, at) => ({ position: 8 + at, tokens: [jws] }));
    lookahead.begin(tokenBatch + 1, NOW_MS, { position: 7, read: () => frames });
    expect(asked).toEqual([tokenBatch + 1, 40 - tokenBatch - 1]);
    expect(ends(await lookahead.judge(signed.tokens.slice(0, 3), NOW_MS))).toEqual(new Set(['accepted']));
    expect(asked.at(-1)).toBe(0);
  });

  it('looks only where many come', async () => {
    await open();
    const { lookahead } = judgedHere();
    lookahead.begin(tokenBatch, NOW_MS, { position: 7, read: () => expect.unreachable() });
  });

  it.each([
    ['the trust changed', () => policy.replace([revoked()]), NOW_MS + 1_000, 'key-state'],
    ['the token expired', () => {}, NOW_MS + 3_660_000, 'expired'],
    ['the clock went back', () => {}, NOW_MS - 120_000, 'issued-in-future'],
  ])('does not count where %s meanwhile', async (_, change, nowMs, code) => {
    await open();
    const { asked, lookahead } = judgedHere();
    lookahead.begin(tokenBatch + 1, NOW_MS, behind(few()));
    change();
    expect(ends(await lookahead.judge(few(), nowMs))).toEqual(new Set([code]));
    expect(asked).toEqual([4, 4]);
  });
});

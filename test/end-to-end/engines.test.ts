/**
 * The main job with each engine: with the addon and without, with threads and without, one behind the other on one stream. All
 * suites of real programs run with one of them by DIODE_THREADS, DIODE_BATCHING and DIODE_ADDON (bench/support/engine.ts).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, engineOf } from '../../bench/support/engine.ts';
import { type IdentityWorkload, makeIdentities } from '../../bench/workload/identities.ts';
import { AUDIENCE, ISSUER, makeTokens, type TokenWorkload } from '../../bench/workload/tokens.ts';
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import { canMakeSite, createOneWaySite, type OneWaySite, settledRecords } from '../support/one-way-site.ts';
import { deliveryOf, readTopics } from '../support/site-delivery.ts';

const DELTAS = 1_000;
const TOKENS = 200;
const BAD_TOKENS = 20;
const SEED = 20_261_126;

/** Each value beside each other one. Without the addon nothing is batched, whatever the config wants. */
const ENGINES: readonly (readonly [string, Engine & { readonly threads: number }])[] = [
  ['no addon, one thread', { threads: 1, batching: 'segments', isAddonHidden: true }],
  ['no addon, several threads', { threads: 2, batching: 'datagrams', isAddonHidden: true }],
  ['no batches, several threads', { threads: 2, batching: 'none' }],
  ['recvmmsg, one thread', { threads: 1, batching: 'datagrams' }],
  ['recvmmsg, several threads', { threads: 2, batching: 'datagrams' }],
  ['UDP_GRO, one thread', { threads: 1, batching: 'segments' }],
  ['UDP_GRO, several threads', { threads: 2, batching: 'segments' }],
];

const ALL_RECORDS = ENGINES.length * (DELTAS + TOKENS);

describe.skipIf(!canMakeSite())('identities and tokens by every engine', () => {
  let site: OneWaySite;
  let identities: IdentityWorkload;
  let tokens: TokenWorkload;
  let totals: ReceiverStatus['totals'];

  beforeAll(async () => {
    identities = makeIdentities({ deltaCount: DELTAS * ENGINES.length, seed: SEED });
    const count = { count: TOKENS * ENGINES.length, badCount: BAD_TOKENS * ENGINES.length };
    tokens = await makeTokens({ ...count, seed: SEED, nowMs: Date.now() });
    const algorithms = ['EdDSA', 'ES256'];
    const issuer = { issuer: ISSUER, audience: [AUDIENCE], jwks: 'jwks.json', algorithms, maxLifetimeSeconds: 3_600 };
    site = await createOneWaySite({ name: 'engines', lossFraction: 0.03, receiverSettings: [[['issuers'], [issuer]]] });
    writeFileSync(join(site.pair.receiverDirectory, 'jwks.json'), JSON.stringify(tokens.jwks));
  }, 300_000);

  afterAll(() => site?.close());

  it.each(ENGINES)('with %s', async (_, engine) => {
    const { threads, batching, isAddonHidden = false } = engine;
    const at = ENGINES.findIndex(([, each]) => each === engine);
    const part = (lines: readonly string[]) => {
      const size = Math.ceil(lines.length / ENGINES.length);
      return lines.slice(at * size, (at + 1) * size);
    };
    site.setEngine(engine);
    await site.startBoth();
    // Tokens one behind the other: only many at once are worth a thread.
    site.append([...part(identities.lines), ...part(tokens.lines)]);
    const isLast = at === ENGINES.length - 1;
    const isDone = (seen: ReceiverStatus) =>
      seen.tokenChecks.checked >= TOKENS && seen.spool.frames === 0 && (!isLast || settledRecords(seen) >= ALL_RECORDS);
    const status = await site.until(isDone, 120_000);
    expect(status.batching).toEqual(
      isAddonHidden ? { kind: 'none', problem: expect.stringContaining('not compiled') } : { kind: batching },
    );
    expect(status.linkThread !== undefined).toBe(threads > 1);
    expect(status.tokenChecks).toMatchObject({ threads, running: threads > 1 ? threads : 0, failures: 0 });
    totals = status.totals;
    await site.stop('sender');
    await site.stop('receiver');
    expect(site.ownEnds).toEqual([]);
  });

  it('brings every record once, in order for each key, and nothing else', async () => {
    const verdict = await deliveryOf(await readTopics(site)).judge(identities, tokens);
    // A frame that healed out of turn brings older records of keys that have newer ones: superseded, and counted.
    expect(totals.superseded).toBeLessThan(0.1 * ENGINES.length * DELTAS);
    expect(verdict).toEqual({
      deltas: ENGINES.length * DELTAS - totals.superseded,
      goodTokens: ENGINES.length * (TOKENS - BAD_TOKENS),
      badTokens: ENGINES.length * BAD_TOKENS,
      duplicated: 0,
      outOfOrder: 0,
      unexpected: [],
    });
  });
});

describe('what the environment says of engines', () => {
  it('is read, and refused where it means nothing', () => {
    expect(engineOf({})).toEqual({});
    expect(engineOf({ DIODE_THREADS: '2', DIODE_BATCHING: 'none', DIODE_ADDON: 'hidden' })).toEqual({
      threads: 2,
      batching: 'none',
      isAddonHidden: true,
    });
    for (const wrong of [{ DIODE_THREADS: 'two' }, { DIODE_BATCHING: 'off' }, { DIODE_ADDON: 'no' }]) {
      expect(() => engineOf(wrong)).toThrow(Object.keys(wrong)[0]);
    }
  });
});

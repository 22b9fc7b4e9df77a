/**
 * The main job on the real thing: the real programs in two network namespaces whose reverse direction is dropped, 3%
 * random loss, a real Kafka, both programs and the broker restarted half way, and readers that are not ours.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudEvent, Kafka as KafkaBinding } from 'cloudevents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../bench/workload/delivery.ts';
import { type IdentityWorkload, makeIdentities } from '../../bench/workload/identities.ts';
import { AUDIENCE, ISSUER, makeTokens, type TokenWorkload } from '../../bench/workload/tokens.ts';
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import { canMakeSite, createOneWaySite, type OneWaySite, settledRecords } from '../support/one-way-site.ts';
import { deliveryOf, readTopics, type SiteTopics } from '../support/site-delivery.ts';

const DELTAS = 100_000;
const TOKENS = 10_000;
const BAD_TOKENS = 500;
const SEED = 20_261_122;

describe.skipIf(!canMakeSite())('identities and tokens over a one-way link into a real Kafka', () => {
  let site: OneWaySite;
  let identities: IdentityWorkload;
  let tokens: TokenWorkload;
  let topics: SiteTopics;
  let verdict: Verdict;
  let totals: ReceiverStatus['totals'];

  const waitForRecords = (count: number, timeoutMs: number) =>
    site.until((status) => settledRecords(status) >= count, timeoutMs);

  beforeAll(async () => {
    identities = makeIdentities({ deltaCount: DELTAS, seed: SEED });
    tokens = await makeTokens({ count: TOKENS, badCount: BAD_TOKENS, seed: SEED, nowMs: Date.now() });
    const algorithms = ['EdDSA', 'ES256'];
    const issuer = { issuer: ISSUER, audience: [AUDIENCE], jwks: 'jwks.json', algorithms, maxLifetimeSeconds: 3_600 };
    site = await createOneWaySite({ name: 'rig', lossFraction: 0.03, receiverSettings: [[['issuers'], [issuer]]] });
    writeFileSync(join(site.pair.receiverDirectory, 'jwks.json'), JSON.stringify(tokens.jwks));
    const lines = mixed(identities.lines, tokens.lines);
    const half = Math.floor(lines.length / 2);
    await site.startBoth();
    site.append(lines.slice(0, half));
    await waitForRecords(5_000, 120_000);

    // Half way both programs are restarted, the receiver as by a power cut, while lines keep coming; then the broker.
    await site.stop('sender');
    site.append(lines.slice(half));
    await site.kill('receiver');
    await site.startBoth();
    await waitForRecords(40_000, 180_000);
    await site.kafka.restart();
    ({ totals } = await waitForRecords(DELTAS + TOKENS, 300_000));

    topics = await readTopics(site);
    verdict = await deliveryOf(topics).judge(identities, tokens);
  }, 900_000);

  afterAll(() => site?.close());

  it('brings every record once, in order for each key, and nothing else', () => {
    // A frame that healed out of turn brings older records of keys that have newer ones: superseded, and counted.
    expect(totals.superseded).toBeLessThan(0.05 * DELTAS);
    expect(verdict).toEqual({
      deltas: DELTAS - totals.superseded,
      goodTokens: TOKENS - BAD_TOKENS,
      badTokens: BAD_TOKENS,
      duplicated: 0,
      outOfOrder: 0,
      unexpected: [],
    });
  });

  it('lets not one packet back, while the link lost some', async () => {
    const counters = await site.rig.counters();
    expect(counters.reversePassed).toBe(0);
    expect(counters.forwardLost / (counters.forwardLost + counters.forwardPassed)).toBeCloseTo(0.03, 2);
  });

  it('shows ordinary CloudEvents to the SDK, for every record with a value', () => {
    let checked = 0;
    for (const record of [...topics.identity, ...topics.tokens]) {
      if (record.value === null) continue;
      const headers = Object.fromEntries(record.headers);
      const message = { headers, key: record.key ?? '', value: record.value, body: record.value };
      const event = KafkaBinding.toEvent(message);
      expect(event).toBeInstanceOf(CloudEvent);
      checked++;
    }
    expect(checked).toBe(topics.identity.filter(({ value }) => value !== null).length + topics.tokens.length);
  });

  it('says in the headers of each tombstone what was deleted, when and why', () => {
    const tombstones = topics.identity.filter(({ value }) => value === null);
    expect(tombstones.length).toBeGreaterThan(1_000);
    for (const { headers, key } of tombstones) {
      const named = Object.fromEntries(headers);
      expect(named.ce_type).toBe('urn:ietf:params:scim:event:prov:delete');
      expect(named.ce_subject).toBe(key);
      expect(Date.parse(named.ce_time ?? '')).not.toBeNaN();
      expect(named.ce_reason).toMatch(/^[a-z0-9-]+$/);
    }
  });
});

function mixed(identityLines: readonly string[], tokenLines: readonly string[]): string[] {
  const step = Math.ceil(identityLines.length / tokenLines.length);
  const lines: string[] = [];
  let taken = 0;
  for (const [index, line] of identityLines.entries()) {
    lines.push(line);
    if (index % step === 0 && taken < tokenLines.length) lines.push(tokenLines[taken++] as string);
  }
  return [...lines, ...tokenLines.slice(taken)];
}

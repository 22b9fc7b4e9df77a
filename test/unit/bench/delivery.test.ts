/** What the demo and the rig test rest on: a verdict that sees every way in which a delivery can be wrong. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Delivery, type Verdict } from '../../../bench/workload/delivery.ts';
import { type IdentityWorkload, makeIdentities } from '../../../bench/workload/identities.ts';
import { makeTokens, type TokenWorkload } from '../../../bench/workload/tokens.ts';
import { sha256Hex } from '../../../src/crypto/digest.ts';
import type { ReadRecord } from '../../../src/kafka/kafka-record.ts';

type Topic = 'identity' | 'tokens' | 'quarantine';
type Feed = Record<Topic, ReadRecord[]>;

const DELTAS = 300;
const PERFECT: Verdict = {
  deltas: DELTAS,
  goodTokens: 10,
  badTokens: 10,
  duplicated: 0,
  outOfOrder: 0,
  unexpected: [],
};

function record(
  sequence: number,
  key: string,
  value: string | null,
  more: readonly [string, string][] = [],
): ReadRecord {
  const revision = `1.${sequence}.0`;
  const headers: [string, string][] = [['ce_id', `hr/${revision}`], ['ce_revision', revision], ...more];
  const text = value === null ? null : Buffer.from(value);
  return { topic: 'x', partition: 0, offset: sequence, timestampMs: 0, key, value: text, headers } as ReadRecord;
}

describe('the verdict on a delivery', () => {
  let identities: IdentityWorkload;
  let tokens: TokenWorkload;

  beforeAll(async () => {
    identities = makeIdentities({ deltaCount: DELTAS, seed: 7 });
    tokens = await makeTokens({ count: 20, badCount: 10, seed: 7, nowMs: Date.now() });
  });

  /** What must arrive, in an order that is right for each key. */
  function feed(): Feed {
    let sequence = 0;
    const identity = [...identities.expected].flatMap(([key, values]) =>
      values.map((value) => record(++sequence, key, value === null ? null : JSON.stringify(value))),
    );
    const good = [...tokens.good].map(([jti, jws]) => record(++sequence, `Token|${jti}`, jws, [['ce_jti', jti]]));
    const bad = [...tokens.bad].map(([jws, reason]) => {
      const sha256 = sha256Hex(jws);
      return record(++sequence, `Token|${sha256}`, JSON.stringify({ reason, sha256 }));
    });
    return { identity, tokens: good, quarantine: bad };
  }

  function judge({ identity, tokens: good, quarantine }: Feed): Promise<Verdict> {
    const delivery = new Delivery();
    for (const each of identity) delivery.handleIdentity(each);
    for (const each of good) delivery.handleToken(each);
    for (const each of quarantine) delivery.handleQuarantine(each);
    return delivery.judge(identities, tokens);
  }

  /** A key that was said more than once, and the places of its records. */
  function twice({ identity }: Feed): readonly number[] {
    for (const { key } of identity) {
      const places = [...identity.keys()].filter((place) => identity[place]?.key === key);
      if (places.length > 1) return places;
    }
    throw new Error('no key was said twice');
  }

  it('is perfect where all arrived', async () => {
    expect(await judge(feed())).toEqual(PERFECT);
  });

  it.each<[string, (feed: Feed) => void, Partial<Verdict>]>([
    ['misses a delta', ({ identity }) => void identity.pop(), { deltas: DELTAS - 1 }],
    ['misses a good token', (all) => void all.tokens.pop(), { goodTokens: 9 }],
    ['misses a quarantine record', ({ quarantine }) => void quarantine.pop(), { badTokens: 9 }],
    [
      'counts a record that came twice',
      ({ identity }) => void identity.push(identity[0] as ReadRecord),
      { duplicated: 1 },
    ],
    [
      'counts what came out of order, and takes it for nothing delivered',
      (all) => {
        const [first, second] = twice(all) as [number, number];
        const earlier = all.identity[first] as ReadRecord;
        all.identity[first] = all.identity[second] as ReadRecord;
        all.identity[second] = earlier;
      },
      { outOfOrder: 1, deltas: DELTAS - 1, unexpected: [expect.stringContaining('that the source never said')] },
    ],
    [
      'names a value that nobody said',
      ({ identity }) => {
        const value = Buffer.from('{"userName":"mallory"}');
        identity[0] = { ...(identity[0] as ReadRecord), value };
      },
      { deltas: DELTAS - 1, unexpected: ['a value of a User that the source never said'] },
    ],
    [
      'names a bad token on the trusted topic',
      (all) => {
        const jws = [...tokens.bad.keys()][0] as string;
        all.tokens.push(record(999, 'Token|x', jws, [['ce_jti', 'x']]));
      },
      { unexpected: [expect.stringContaining('a token on the trusted topic')] },
    ],
    [
      'names a token refused for another reason',
      ({ quarantine }) => {
        const { sha256 } = JSON.parse(quarantine[0]?.value?.toString() ?? '') as { sha256: string };
        const value = Buffer.from(JSON.stringify({ sha256, reason: 'revoked' }));
        quarantine[0] = { ...(quarantine[0] as ReadRecord), value };
      },
      { badTokens: 9, unexpected: [expect.stringContaining('quarantined as revoked instead of')] },
    ],
  ])('%s', async (_name, spoil, expected) => {
    const spoiled = feed();
    spoil(spoiled);
    expect(await judge(spoiled)).toEqual({ ...PERFECT, ...expected });
  });
});

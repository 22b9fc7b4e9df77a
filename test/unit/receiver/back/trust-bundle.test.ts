/** The trust bundle on the `trust` topic: once each, in the transaction whose progress says so. */
import { describe, expect, it } from 'vitest';
import { reopenBundle } from '../../../../src/trust/trust-bundle.ts';
import { isProblem } from '../../../../src/trust/trust-problem.ts';
import { BackHalf } from '../../../support/back-half.ts';
import { firstRoot, signedBundle } from '../../../support/root-ceremony.ts';
import { signedFrame, spoolFrames, userPut } from '../../../support/signed-stream.ts';

function bundle(version: number) {
  const opened = reopenBundle(signedBundle({ version }), firstRoot());
  if (isProblem(opened)) throw new Error(opened.seen);
  return opened;
}

const spool = (back: BackHalf, sequence: number) =>
  spoolFrames(back.store.spool, [signedFrame({ sequence, records: [userPut(`u${sequence}`)] })]);
const published = (back: BackHalf) => back.kafka.records('trust');

describe('the trust bundle', () => {
  it('is published with the first frames, as the root holders signed it, and not again', async () => {
    const back = new BackHalf();
    back.trustBundle = bundle(4);
    spool(back, 1);
    await back.run();
    spool(back, 2);
    await back.run();
    back.restart();
    spool(back, 3);
    await back.run();
    const [record, ...others] = published(back);
    expect(others).toEqual([]);
    expect(record).toMatchObject({ key: 'Bundle' });
    expect(record?.value).toBe(bundle(4).text);
    expect(Object.fromEntries(record?.headers ?? [])).toMatchObject({
      ce_id: 'hr/trust-bundle/1.4',
      ce_bundle: '1.4',
      'content-type': 'application/jose+json',
    });
    expect(back.store.progress).toMatchObject({ trustBundle: { root: 1, version: 4 }, topics: { trust: 1 } });
    expect(back.audit.entries.filter(({ event }) => event === 'trust-bundle-published')).toHaveLength(1);
  });

  it('is published by itself when a newer one is trusted, and an older one never', async () => {
    const back = new BackHalf();
    spool(back, 1);
    await back.run();
    expect(published(back)).toEqual([]);
    for (const version of [2, 5, 3]) {
      back.trustBundle = bundle(version);
      await back.run({ forMs: 100 });
    }
    expect(published(back).map(({ value }) => value)).toEqual([bundle(2).text, bundle(5).text]);
  });

  it('waits for the stream to begin', async () => {
    const back = new BackHalf();
    back.trustBundle = bundle(1);
    await back.run({ forMs: 100 });
    expect(back.kafka.transactions).toEqual([]);
  });

  it('is passed over when tables are read back from Kafka', async () => {
    const back = new BackHalf();
    back.trustBundle = bundle(1);
    spool(back, 1);
    await back.run();
    const fresh = new BackHalf({ kafka: back.kafka });
    await fresh.run({ forMs: 100 });
    expect(fresh.audit.entries).toContainEqual(expect.objectContaining({ event: 'tables-rebuilt', unreadable: 0 }));
  });
});

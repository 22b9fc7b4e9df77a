/** What a broker does to a publisher beside coming and going: it hangs, its disk fills, a topic or the producer's id is taken away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canRunKafka, type Kafka, type KafkaOptions, startKafka } from '../../bench/support/kafka.ts';
import { topicSpecs } from '../../receiver/publish/topics.ts';
import { ensureTopics } from '../../src/kafka/ensure-topics.ts';
import { kcatRead, runKafkaTool } from '../support/kafka-tools.ts';
import { expectAllOnce } from '../support/published-frames.ts';
import { frameRecords, kafkaConfig, type PublisherFixture, startPublisher } from '../support/publisher-fixture.ts';
import { requirement } from '../support/requirement.ts';
import { canMountDisks, mountDisk, type SmallDisk } from '../support/small-disk.ts';

const TRANSACTION_TIMEOUT_MS = 2_000;
const available = requirement('a real Kafka', canRunKafka(), 'run .ci/install');
const isRoot = requirement('a disk to fill', canMountDisks(), 'run as root, so that a tmpfs can be mounted');

describe.skipIf(!available)('the publisher and a broker with faults', () => {
  let folder: string;
  let kafka: Kafka | undefined;
  let fixtures: PublisherFixture[] = [];
  let disk: SmallDisk | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(`${tmpdir()}/diode-faults-`);
  });
  afterEach(async () => {
    for (const fixture of fixtures) await fixture.stop().catch(() => {});
    fixtures = [];
    await kafka?.stop();
    disk?.remove();
    disk = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  async function begin(
    options: KafkaOptions = {},
  ): Promise<{ readonly broker: Kafka; readonly first: PublisherFixture }> {
    kafka = await startKafka(options);
    const first = open('first');
    first.spoolUpTo(10);
    await first.drained(60_000);
    return { broker: kafka, first };
  }

  function open(name: string): PublisherFixture {
    const { brokers } = kafka as Kafka;
    const fixture = startPublisher({
      path: `${folder}/${name}.db`,
      brokers,
      transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
    });
    fixtures.push(fixture);
    return fixture;
  }

  it.each([1, 2, 3])('frozen past the transaction time-out, at moment %i of a transaction', async (moment) => {
    const { broker, first } = await begin();
    const { unclean } = first.publisher.counts;
    // Frames keep coming, so the broker hangs somewhere inside a transaction: the moments differ.
    for (let count = 11; count <= 30; count++) {
      first.spoolUpTo(count);
      await delay(7 * moment);
      if (count === 18 + moment) broker.freeze();
    }
    await delay(2 * TRANSACTION_TIMEOUT_MS);
    await expect.poll(() => first.publisher.counts.unclean, { timeout: 30_000 }).toBeGreaterThan(unclean);
    broker.thaw();
    first.spoolUpTo(40);
    await first.drained(90_000);
    await expectAllOnce(broker.brokers, 40);
  });

  it('fenced by a standby: publishes no more, spools on, and takes over again when it is started anew', async () => {
    const { broker, first } = await begin();
    // It heard the link from the beginning, as a standby does that was started together with the first one.
    const standby = open('standby');
    standby.spoolUpTo(10);
    await expect.poll(() => standby.publisher.isPublishing, { timeout: 30_000 }).toBe(true);
    expect(standby.events).toContainEqual(expect.objectContaining({ event: 'publishing', recovery: 'replayed' }));

    first.spoolUpTo(15);
    await expect.poll(() => first.publisher.waitingFor?.code, { timeout: 30_000 }).toBe('kafka-fenced');
    expect(first.publisher.isPublishing).toBe(false);
    expect(first.publisher.waitingFor?.message).toMatch(
      /^Another receiver of stream hr took over: .* start this one again/,
    );
    first.spoolUpTo(20);
    expect(first.store.spool.depth.frames).toBe(10);
    // The standby hears the same frames, and publishes them.
    standby.spoolUpTo(15);
    await standby.drained(60_000);
    await expectAllOnce(broker.brokers, 15);
    // It was not fenced in turn, although the first one wants to publish.
    expect(standby.publisher.counts.unclean).toBe(0);

    // Back again: stop the standby, start the first. What the standby published is not published twice.
    await standby.stop();
    await first.stop();
    fixtures = [];
    const again = open('first');
    await again.drained(60_000);
    expect(again.publisher.isPublishing).toBe(true);
    await expectAllOnce(broker.brokers, 20);
  });

  it('fenced by a standby that does not know the stream: that one publishes nothing either, and the first goes on', async () => {
    const { broker, first } = await begin();
    const stranger = open('stranger');
    await expect.poll(() => stranger.publisher.isPublishing, { timeout: 30_000 }).toBe(true);
    expect(stranger.events).toContainEqual(expect.objectContaining({ event: 'not-whole' }));
    first.spoolUpTo(15);
    stranger.spoolRange(11, 15);
    await expect.poll(() => first.publisher.waitingFor?.code, { timeout: 30_000 }).toBe('kafka-fenced');
    expect(stranger.store.spool.depth.frames).toBe(5);
    for (const fixture of fixtures) await fixture.stop();
    fixtures = [];
    const again = open('first');
    again.spoolUpTo(20);
    await again.drained(60_000);
    await expectAllOnce(broker.brokers, 20);
  });

  it('a topic that disappears is made anew with a warning, and all that comes is there once', async () => {
    const { broker, first } = await begin();
    const { brokers } = broker;
    // A commit that was answered becomes readable a moment later: Kafka writes the partitions' markers behind its answer.
    const tokens = async () => (await kcatRead({ brokers, topic: 'site-a.tokens', committed: true })).length;
    await expect.poll(tokens, { timeout: 30_000 }).toBe(10);
    // A broker that is slow to show what it just made is said at the start, and is nothing of this.
    const eventsBefore = first.events.length;
    await runKafkaTool('org.apache.kafka.tools.TopicCommand', [
      ...['--bootstrap-server', brokers, '--delete', '--topic', 'site-a.identity'],
    ]);
    for (let count = 11; count <= 30; count++) {
      first.spoolUpTo(count);
      await delay(20);
    }
    await first.drained(90_000);
    const header = (headers: readonly (readonly [string, string])[]) => headers.find(([name]) => name === 'ce_id')?.[1];
    // The others kept all of theirs.
    await expect.poll(tokens, { timeout: 30_000 }).toBe(30);
    const read = () => kcatRead({ brokers, topic: 'site-a.identity', committed: true });
    const expected = Array.from({ length: 20 }, (_, index) => index + 11).flatMap((sequence) =>
      frameRecords(sequence).flatMap(({ kind }, index) => (kind === 'delta' ? [`hr/1.${sequence}.${index}`] : [])),
    );
    await expect.poll(async () => (await read()).length, { timeout: 30_000 }).toBe(expected.length);
    expect((await read()).map(({ headers }) => header(headers)).sort()).toEqual(expected.sort());
    const checked = await ensureTopics({
      brokers,
      desired: topicSpecs({ kafka: kafkaConfig(brokers), identity: {} }),
      mayCreate: false,
    });
    expect(checked.problems).toEqual([]);
    const later = first.events.slice(eventsBefore);
    const problems = later.flatMap((event) => (event.event === 'topic-problem' ? [event.problem] : []));
    expect(problems).toEqual([
      expect.objectContaining({
        topic: 'site-a.identity',
        setting: 'content',
        cure: expect.stringContaining('export'),
      }),
    ]);
  });

  it('progress that disappears stops publishing, with an alarm: nobody could say what was published', async () => {
    const { broker, first } = await begin();
    const { brokers } = broker;
    await runKafkaTool('org.apache.kafka.tools.TopicCommand', [
      ...['--bootstrap-server', brokers, '--delete', '--topic', 'site-a.progress'],
    ]);
    const before = await kcatRead({ brokers, topic: 'site-a.identity', committed: true });
    first.spoolUpTo(15);
    await expect.poll(() => first.publisher.waitingFor?.code, { timeout: 30_000 }).toBe('state-lost');
    expect(first.store.spool.depth.frames).toBe(5);
    expect(await kcatRead({ brokers, topic: 'site-a.identity', committed: true })).toHaveLength(before.length);
  });

  it.skipIf(!isRoot)('a full broker disk is waited out, and all goes on when there is room', async () => {
    disk = mountDisk(192 << 20);
    const { broker, first } = await begin({ properties: { 'log.dirs': `${disk.path}/data` } });
    disk.fill(0);
    for (let count = 11; count <= 120; count++) first.spoolUpTo(count);
    await expect.poll(() => first.publisher.waitingFor?.code, { timeout: 60_000 }).toMatch(/^kafka-/);
    // Only what found room was published; the rest waits here.
    expect(first.store.spool.depth.frames).toBeGreaterThan(0);
    disk.clear();
    // Kafka ends itself when its only disk fails: its operator frees the disk and starts it again.
    await broker.restart();
    first.spoolUpTo(130);
    await first.drained(90_000);
    await expectAllOnce(broker.brokers, 130);
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import { topicSpecs } from '../../receiver/publish/topics.ts';
import { ensureTopics } from '../../src/kafka/ensure-topics.ts';
import { expectAllOnce } from '../support/published-frames.ts';
import { kafkaConfig, type PublisherFixture, startPublisher } from '../support/publisher-fixture.ts';
import { requirement } from '../support/requirement.ts';

const PUBLISHER_PROCESS = fileURLToPath(new URL('../support/publisher-process.ts', import.meta.url));
const available = requirement('a real Kafka', canRunKafka(), 'run .ci/install');

describe.skipIf(!available)('the publisher on a real Kafka', () => {
  let kafka: Kafka;
  let folder: string;
  let fixture: PublisherFixture | undefined;

  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(() => kafka?.stop());
  beforeEach(async () => {
    folder = await mkdtemp(`${tmpdir()}/diode-publisher-`);
  });
  afterEach(async () => {
    await fixture?.stop().catch(() => {});
    fixture = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  const open = (brokers = kafka.brokers) => {
    fixture = startPublisher({ path: `${folder}/receiver.db`, brokers });
    return fixture;
  };

  it('makes its topics as they must be, and each record arrives once, in order, over kills at any point', async () => {
    const frames = 300;
    const seed = Number(process.env.DIODE_SEED ?? 20261122);
    const random = seeded(seed);
    let kills = 0;
    for (let isDone = false; !isDone; ) {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', PUBLISHER_PROCESS, `${folder}/receiver.db`, kafka.brokers, String(frames)],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      isDone = await killAfter(child, kills < 8 ? 1 + Math.floor(random() * 30) : Number.POSITIVE_INFINITY, random);
      if (!isDone) kills += 1;
    }
    console.log(`publisher killed ${kills} times, seed ${seed}`);
    expect(kills).toBe(8);
    await expectAllOnce(kafka.brokers, frames);
    const config = kafkaConfig(kafka.brokers);
    const checked = await ensureTopics({
      brokers: kafka.brokers,
      desired: topicSpecs({ kafka: config, identity: {} }),
      mayCreate: false,
    });
    expect(checked.problems).toEqual([]);

    // The same cluster, and a receiver whose disk is gone: what it hears again is not published again.
    const fresh = open();
    fresh.spoolUpTo(frames + 2);
    await fresh.drained(60_000);
    expect(fresh.events).toContainEqual(expect.objectContaining({ event: 'publishing', recovery: 'same' }));
    await fresh.stop();
    fixture = undefined;
    await rm(folder, { recursive: true, force: true });
    folder = await mkdtemp(`${tmpdir()}/diode-publisher-`);
    const lost = open();
    lost.spoolRange(frames + 1, frames + 5);
    await lost.drained(60_000);
    expect(lost.events).toContainEqual(expect.objectContaining({ event: 'publishing', recovery: 'rebuilt' }));
    // It does not know what compaction forgot, so what came since waits for a whole snapshot.
    expect(lost.events).toContainEqual(expect.objectContaining({ event: 'not-whole' }));
    expect(lost.store.spool.depth.frames).toBe(5);
    await expectAllOnce(kafka.brokers, frames + 2);
  });
});

describe.skipIf(!available)('the publisher and a broker that comes and goes', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(`${tmpdir()}/diode-publisher-`);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('starts without it, spools, publishes when it comes, and goes on over its restarts', async () => {
    const port = await freePort();
    const fixture = startPublisher({
      path: `${folder}/receiver.db`,
      brokers: `127.0.0.1:${port}`,
      transactionTimeoutMs: 2_000,
    });
    let kafka: Kafka | undefined;
    try {
      fixture.spoolUpTo(10);
      await expect.poll(() => fixture.publisher.waitingFor?.code, { timeout: 30_000 }).toMatch(/^kafka-/);
      expect(fixture.store.spool.depth.frames).toBe(10);
      kafka = await startKafka({ port });
      await fixture.drained(60_000);
      await expectAllOnce(kafka.brokers, 10);

      for (const [index, end] of (['kill', 'shutdown'] as const).entries()) {
        // Under way while the broker ends.
        for (let count = 1; count <= 40; count++) {
          fixture.spoolUpTo(10 + index * 40 + count);
          if (count === 20) await kafka[end]();
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        await kafka.restart();
        await fixture.drained(90_000);
      }
      await expectAllOnce(kafka.brokers, 90);
    } finally {
      await fixture.stop();
      await kafka?.stop();
    }
  });
});

/** True where the child ended by itself; killed after so many steps, at a moment of its own. */
async function killAfter(child: ChildProcess, steps: number, random: () => number): Promise<boolean> {
  let seen = 0;
  let isDone = false;
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    if (line === 'done') isDone = true;
    seen += 1;
    if (seen !== steps) continue;
    const spins = Math.floor(random() * 20_000);
    for (let spin = 0; spin < spins; spin++) random();
    child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  // Only our own signal may end it early.
  if (!isDone && child.signalCode !== 'SIGKILL') throw new Error(`the publisher process ended with ${child.exitCode}`);
  return isDone;
}

/** Mulberry32: small, seeded, good enough to choose moments. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await once(server.close(), 'close');
  return port;
}

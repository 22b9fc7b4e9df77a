/** Each case of docs/operations.md, "Epochs, restored and cloned senders": what happens, what is read, what heals it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TOPICS } from '../../support/back-half.ts';
import { ModelKafka } from '../../support/model-kafka.ts';
import { StreamPair } from '../../support/stream-pair.ts';

const DAY_MS = 86_400_000;
/** All passes of a frame, and a few hellos. */
const LONG_MS = 75_000;
/** A hello, and the hold time behind it. */
const SHORT_MS = 15_000;

let pair: StreamPair;

beforeEach(() => {
  pair = new StreamPair();
});
afterEach(() => pair.close());

describe('a sender whose disk was set back', () => {
  it('halts the stream where it was started, and heals with the numbers that the alarm names', async () => {
    await backedUp();
    const restored = await pair.startSender('backup');
    await pair.run(SHORT_MS);
    expect(pair.gate.halted?.seen).toMatch(/^Restored or cloned sender: /);
    // It goes on and reads what was said meanwhile, and more: all of it under numbers that the receiver knows otherwise.
    pair.say(restored, ['bob', 'v3'], ['carol', undefined], ['eve', 'v1']);
    await pair.run(LONG_MS);
    pair.stopSender(restored);
    expect(pair.published).toEqual({ alice: 'v1', bob: 'v2', carol: 'v1', dave: 'v1' });

    pair.newEpoch('backup', pair.newEpochInCure);
    const healed = await pair.startSender('backup');
    await pair.run(SHORT_MS);
    expect(pair.gate.halted?.cure).toMatch(/diode-receiver accept-epoch DIR$/);
    pair.acceptEpoch();
    pair.say(healed, ['dave', 'v1']);
    await pair.run(LONG_MS);
    expect(pair.gate.halted).toBeUndefined();
    expect(pair.published).toEqual({ alice: 'v1', bob: 'v3', dave: 'v1', eve: 'v1' });
    pair.checkPublished();
  });

  it('begins a new epoch before it is started: nothing halts but for the word, and no old put comes back', async () => {
    const { carol } = await backedUp();
    expect(carol).toBe('v1');
    // Deleted after the backup, and the source says it no more.
    const last = await pair.startSender('live');
    pair.say(last, ['alice', undefined]);
    await pair.run(LONG_MS);
    pair.stopSender(last);
    pair.newEpoch('backup', { number: 2 });
    const restored = await pair.startSender('backup');
    await pair.run(SHORT_MS);
    expect(pair.gate.halted).toMatchObject({ reason: 'epoch-below' });
    pair.acceptEpoch();
    pair.say(restored, ['bob', 'v3']);
    await pair.run(LONG_MS);
    expect(pair.published).toEqual({ bob: 'v3', carol: 'v1', dave: 'v1' });
    pair.checkPublished();
  });

  /** A live sender, a copy of its disk, and what was said after it: alice, bob at v1; then bob at v2, carol, dave. */
  async function backedUp(): Promise<Readonly<Record<string, string>>> {
    const live = await pair.startSender('live');
    pair.say(live, ['alice', 'v1'], ['bob', 'v1']);
    await pair.run(LONG_MS);
    pair.copySender('live', 'backup');
    pair.say(live, ['bob', 'v2'], ['carol', 'v1'], ['dave', 'v1']);
    await pair.run(SHORT_MS);
    pair.say(live, ['bob', 'v2']);
    await pair.run(LONG_MS);
    pair.stopSender(live);
    return pair.published;
  }
});

describe('two clones at once', () => {
  it('halt the stream, whichever speaks first; one goes on in a new epoch, and the other halts it again', async () => {
    const one = await pair.startSender('one');
    pair.say(one, ['alice', 'v1']);
    await pair.run(LONG_MS);
    pair.copySender('one', 'two');
    const two = await pair.startSender('two');
    await pair.run(1_000);
    pair.say(one, ['alice', 'one']);
    pair.say(two, ['alice', 'two']);
    await pair.run(SHORT_MS);
    expect(pair.gate.halted?.seen).toMatch(/Restored or cloned sender|signed two frames/);
    pair.stopSender(one);
    pair.stopSender(two);
    pair.newEpoch('one', pair.newEpochInCure);
    const healed = await pair.startSender('one');
    await pair.run(SHORT_MS);
    if (pair.gate.halted !== undefined) pair.acceptEpoch();
    pair.say(healed, ['bob', 'v1']);
    await pair.run(LONG_MS);
    expect(pair.gate.halted).toBeUndefined();
    expect(pair.published).toEqual({ alice: 'one', bob: 'v1' });
    pair.checkPublished();
    const clone = await pair.startSender('two');
    await pair.run(SHORT_MS);
    expect(pair.gate.halted).toMatchObject({ reason: 'restored-sender' });
    pair.stopSender(clone);
  });
});

describe('a sender whose disk is lost', () => {
  it('takes the number from the receiver, and heals what it said from the empty disk before', async () => {
    await lived();
    const started = await pair.startSender('empty');
    pair.say(started, ['alice', 'v2'], ['bob', undefined]);
    await pair.run(LONG_MS);
    expect(pair.gate.halted).toBeDefined();
    pair.stopSender(started);
    pair.newEpoch('empty', pair.newEpochInCure);
    await heal();
    expect(pair.published).toEqual({ alice: 'v2', carol: 'v1' });
  });

  it('takes the number from the receiver, before it is started', async () => {
    await lived();
    pair.newEpoch('empty', { number: pair.gate.epoch + 1 });
    const started = await heal();
    expect(pair.events.filter(({ event }) => event === 'stream-halted').map(({ reason }) => reason)).toEqual([
      'epoch-below',
    ]);
    pair.say(started, ['alice', 'v2'], ['bob', undefined]);
    await pair.run(LONG_MS);
    expect(pair.published).toEqual({ alice: 'v2', carol: 'v1' });
    pair.checkPublished();
  });

  async function lived(): Promise<void> {
    const live = await pair.startSender('live');
    pair.say(live, ['alice', 'v1'], ['bob', 'v1']);
    await pair.run(LONG_MS);
    pair.stopSender(live);
  }

  async function heal() {
    const sender = await pair.startSender('empty');
    await pair.run(SHORT_MS);
    pair.acceptEpoch();
    await pair.run(SHORT_MS);
    expect(pair.gate.halted).toBeUndefined();
    pair.say(sender, ['carol', 'v1']);
    await pair.run(LONG_MS);
    pair.checkPublished();
    return sender;
  }
});

describe('a receiver whose disk was', () => {
  it.each(['set back', 'lost'] as const)(
    '%s: it goes on from what Kafka has, once each, when a snapshot made it whole',
    async (how) => {
      const sender = await pair.startSender('live');
      pair.say(sender, ['alice', 'v1']);
      await pair.run(LONG_MS);
      const copy = pair.copyReceiver();
      pair.say(sender, ['bob', 'v1'], ['alice', 'v2']);
      await pair.run(LONG_MS);
      pair.restartReceiver(how === 'lost' ? pair.emptyReceiverDisk() : copy);
      await pair.run(SHORT_MS);
      pair.say(sender, ['carol', 'v1'], ['alice', undefined]);
      await pair.run(LONG_MS);
      expect(pair.gate.halted).toBeUndefined();
      expect(pair.published).toEqual({ alice: 'v2', bob: 'v1' });
      pair.snapshot(sender);
      await pair.run(LONG_MS);
      expect(pair.gate.gaps).toEqual([]);
      expect(pair.published).toEqual({ bob: 'v1', carol: 'v1' });
      pair.checkPublished();
    },
  );
});

describe('a receiver that starts fresh against a sender that has run for long', () => {
  it('says what is missing before it, and publishes nothing until a snapshot made it whole', async () => {
    const sender = await pair.startSender('live');
    for (const value of ['v1', 'v2', 'v3']) {
      pair.say(sender, ['alice', value], ['old', value]);
      await pair.run(LONG_MS);
    }
    pair.kafka = new ModelKafka((name) => TOPICS[name]);
    pair.restartReceiver(pair.emptyReceiverDisk());
    await pair.run(SHORT_MS);
    expect(pair.gate.gaps.map(({ from, to }) => [from, to])).toEqual([[1, 3]]);
    pair.say(sender, ['alice', 'v4']);
    await pair.run(SHORT_MS);
    expect(pair.gate).toMatchObject({ sequence: 4 });
    expect(pair.gate.halted).toBeUndefined();
    expect(pair.published).toEqual({});
    pair.snapshot(sender);
    await pair.run(LONG_MS);
    expect(pair.published).toEqual({ alice: 'v4', old: 'v3' });
    expect(pair.gate.gaps).toEqual([]);
    pair.checkPublished();
  });
});

describe('a clock that jumps a day', () => {
  it.each([
    ['forward, on the sender', DAY_MS],
    ['back, on the sender', -DAY_MS],
  ])('%s: the stream goes on, over a restart too, and the alarm ends with the right time', async (_, jumpMs) => {
    let sender = await pair.startSender('live');
    pair.say(sender, ['alice', 'v1']);
    await pair.run(LONG_MS);
    sender.clockOffsetMs = jumpMs;
    pair.say(sender, ['alice', 'v2']);
    await pair.run(LONG_MS);
    expect(pair.intake.status(pair.nowMs).clock).toMatchObject({
      isTrusted: false,
      reason: jumpMs > 0 ? 'behind' : 'ahead',
    });
    pair.stopSender(sender);
    sender = await pair.startSender('live', 0);
    pair.say(sender, ['alice', 'v3']);
    await pair.run(LONG_MS);
    expect(pair.gate.halted).toBeUndefined();
    expect(pair.intake.status(pair.nowMs).clock.isTrusted).toBe(true);
    expect(pair.published).toEqual({ alice: 'v3' });
    pair.checkPublished();
  });

  it.each([
    ['forward, on the receiver', DAY_MS],
    ['back, on the receiver', -DAY_MS],
  ])('%s: identities go on, tokens wait, and neither silence nor a halt comes of it', async (_, jumpMs) => {
    const sender = await pair.startSender('live');
    pair.say(sender, ['alice', 'v1']);
    await pair.run(LONG_MS);
    pair.receiverOffsetMs = jumpMs;
    pair.say(sender, ['alice', 'v2']);
    await pair.run(LONG_MS);
    expect(pair.intake.status(pair.nowMs).clock).toMatchObject({ isTrusted: false });
    expect(pair.events.map(({ event }) => event)).not.toContain('link-silent');
    pair.restartReceiver();
    pair.say(sender, ['alice', 'v3']);
    await pair.run(LONG_MS);
    pair.receiverOffsetMs = 0;
    await pair.run(SHORT_MS);
    expect(pair.gate.halted).toBeUndefined();
    expect(pair.intake.status(pair.nowMs).clock.isTrusted).toBe(true);
    expect(pair.published).toEqual({ alice: 'v3' });
    pair.checkPublished();
  });
});

/** The sender's signing key is changed while it runs: real cores, a receiver that knows keys by its bundle alone. */
import { afterEach, describe, expect, it } from 'vitest';
import { TrustDesk } from '../../../receiver/trust/trust-desk.ts';
import { adopt, type TrustState } from '../../../receiver/trust/trust-state.ts';
import { senderAlarms } from '../../../sender/ops/status-view.ts';
import type { CarriedTrust } from '../../../sender/trust/carried-trust.ts';
import type { NextKey } from '../../../sender/trust/signing-keys.ts';
import { signingKeyId } from '../../../src/crypto/digest.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { bundleContent, firstRoot, signedBundle } from '../../support/root-ceremony.ts';
import { CREATED_AT_MS, STREAM } from '../../support/signed-stream.ts';
import { senderStatusSample } from '../../support/status-samples.ts';
import { SENDER_AGREEMENT, SIGNING, StreamPair } from '../../support/stream-pair.ts';

const NEXT = signingKeyPair(Buffer.alloc(32, 9));
const NEXT_ID = signingKeyId(NEXT.publicKey).toString('hex');
type Times = { readonly activeFromMs?: number; readonly passiveFromMs?: number };

function content(version: number, old: Times | undefined, next?: Times) {
  const keys = [
    ...(old ? [{ signingKey: SIGNING.publicKey, activeFromMs: 0, ...old }] : []),
    ...(next ? [{ signingKey: NEXT.publicKey, activeFromMs: 0, ...next }] : []),
  ];
  return { version, senders: [{ stream: STREAM, agreementKey: SENDER_AGREEMENT.publicKey, keys }] };
}

function carried(...of: Parameters<typeof content>): CarriedTrust {
  const changes = content(...of);
  return { statements: [signedBundle(changes).trim()], roots: [], bundle: bundleContent(changes) };
}

let pair: StreamPair;
afterEach(() => pair.close());

/** A receiver that trusts bundle 1, which names the old key; `stored`: what its disk says. */
function world(isInUse = false) {
  const took: string[] = [];
  const next: NextKey = { pair: NEXT, madeAtMs: CREATED_AT_MS, isInUse };
  let stored: TrustState = { roots: [firstRoot()], bundle: undefined };
  const judge = (texts: readonly string[], nowMs: number) => {
    const adoption = adopt(stored, texts, { stream: STREAM, nowMs });
    if (adoption.outcome === 'adopted') stored = adoption.state;
    return adoption;
  };
  judge([signedBundle(content(1, {}))], CREATED_AT_MS);
  pair = new StreamPair({
    rotation: { next, onTakeOver: (keyId) => took.push(keyId) },
    trust: (owner, wallMs) =>
      new TrustDesk({
        stream: STREAM,
        state: stored,
        read: () => stored,
        adopt: (texts) => judge(texts, wallMs()),
        nowMs: wallMs,
        onChange: () => owner.intake.handleTrust(owner.nowMs, wallMs()),
        onKeyStates: () => undefined,
        onRefused: ({ reason }) => {
          throw new Error(reason);
        },
      }),
  });
  return { took, stored: () => stored };
}

/** A user a second for so long, under numbers from `first` on. */
async function talk(sender: Awaited<ReturnType<StreamPair['startSender']>>, first: number, seconds: number) {
  for (let index = 0; index < seconds; index++) {
    pair.say(sender, [`u${first + index}`, `v${first + index}`]);
    await pair.run(1_000);
  }
}

/** Everything that was said is published once, and no frame was refused, missed or let go. */
function expectWhole(users: number) {
  pair.checkPublished();
  expect(Object.keys(pair.published)).toHaveLength(users);
  const { frames, gate } = pair.intake.status(pair.nowMs);
  expect(frames).not.toHaveProperty('key-ended');
  expect(frames).not.toHaveProperty('key-revoked');
  expect(frames).not.toHaveProperty('unknown-key-expired');
  expect(frames).not.toHaveProperty('signature');
  expect(gate.gaps).toEqual([]);
}

describe('a signing key that is changed', () => {
  it('takes over once the bundle that names it was sent often enough; no frame is lost or refused', async () => {
    const { took, stored } = world();
    const sender = await pair.startSender('a');
    await talk(sender, 0, 5);
    expect(sender.core.keys.status(CREATED_AT_MS)).toMatchObject({ next: { keyId: NEXT_ID, state: 'unlisted' } });
    sender.core.handleCarried(carried(2, {}, {}));
    await talk(sender, 5, 5);
    expect(stored().bundle?.version).toBe(2);
    expect(took).toEqual([]);
    const waitMs = (SENDER_LIMITS.takeOverPasses - 1) * SENDER_LIMITS.trustIntervalMs;
    await pair.run(waitMs - 10_000);
    expect(took).toEqual([]);
    await talk(sender, 10, 15);
    expect(took).toEqual([NEXT_ID]);
    expect(sender.core.keys.at(CREATED_AT_MS)).toBe(NEXT);
    // Old frames, repeated since, are the old key's, and the session went on.
    await pair.run(60_000);
    expectWhole(25);
    expect(pair.events.filter(({ event }) => event === 'session-accepted')).toHaveLength(1);
    expect(pair.intake.status(pair.nowMs).hellos).toMatchObject({ 'hello-key': 0 });
  });

  it('takes over at the very time at which the old one becomes passive', async () => {
    const { took } = world();
    const sender = await pair.startSender('a');
    await talk(sender, 0, 2);
    const cutOverMs = CREATED_AT_MS + pair.nowMs + 5_500;
    sender.core.handleCarried(carried(2, { passiveFromMs: cutOverMs }, { activeFromMs: cutOverMs }));
    expect([cutOverMs - 1, cutOverMs].map((atMs) => sender.core.keys.at(atMs))).toEqual([SIGNING, NEXT]);
    await talk(sender, 2, 10);
    expect(took).toEqual([NEXT_ID]);
    await pair.run(60_000);
    expectWhole(12);
  });

  it('is waited for by a receiver whose clock is behind: frames of a key that is pending there come in when its time comes', async () => {
    const { took } = world();
    const sender = await pair.startSender('a');
    await talk(sender, 0, 2);
    pair.receiverOffsetMs = -20_000;
    const cutOverMs = CREATED_AT_MS + pair.nowMs + 3_000;
    sender.core.handleCarried(carried(2, { passiveFromMs: cutOverMs }, { activeFromMs: cutOverMs }));
    await talk(sender, 2, 8);
    expect(took).toEqual([NEXT_ID]);
    expect(pair.intake.status(pair.nowMs).unknownKeyFrames).toBeGreaterThan(0);
    await pair.run(20_000);
    expect(pair.intake.status(pair.nowMs).unknownKeyFrames).toBe(0);
    expectWhole(10);
  });

  it('reaches a receiver that heard neither bundle nor hello of the new key before it took over', async () => {
    const { stored } = world();
    const first = await pair.startSender('a');
    await talk(first, 0, 2);
    pair.isLinkUp = false;
    first.core.handleCarried(carried(2, undefined, {}));
    await pair.run(1_000);
    pair.stopSender(first);
    // A new session, whose hellos the receiver cannot believe, carries the bundle all the same.
    const second = await pair.startSender('a');
    second.core.handleCarried(carried(2, undefined, {}));
    pair.isLinkUp = true;
    await talk(second, 2, 5);
    expect(stored().bundle?.version).toBe(2);
    await pair.run(15_000);
    expectWhole(7);
  });

  it('changes nothing where the sender ends in the middle: it takes over again, or has taken over', async () => {
    const { took } = world();
    const first = await pair.startSender('a');
    first.core.handleCarried(carried(2, {}, {}));
    await talk(first, 0, 3);
    pair.stopSender(first);
    const second = await pair.startSender('a');
    second.core.handleCarried(carried(2, {}, {}));
    await pair.run(SENDER_LIMITS.takeOverPasses * SENDER_LIMITS.trustIntervalMs);
    expect(took).toEqual([NEXT_ID]);
    await talk(second, 3, 3);
    expectWhole(6);
  });

  it('signs from the start where it took over in an earlier run, whatever a bundle says by mistake', async () => {
    world(true);
    const sender = await pair.startSender('a');
    sender.core.handleCarried(carried(2, {}, {}));
    expect(sender.core.keys.at(CREATED_AT_MS)).toBe(NEXT);
    await talk(sender, 0, 3);
    await pair.run(15_000);
    expectWhole(3);
    sender.core.handleCarried(carried(1, {}));
    expect(sender.core.keys.at(CREATED_AT_MS)).toBe(NEXT);
    expect(sender.core.keys.status(CREATED_AT_MS).state).toBe('unlisted');
  });

  it('is an alarm when the root holders forget it for a week, or when the key that signs is not in their bundle', async () => {
    world();
    const { core } = await pair.startSender('a');
    const alarms = (wallMs: number) =>
      senderAlarms({ ...senderStatusSample, signing: core.keys.status(wallMs) }).join('\n');
    expect(alarms(CREATED_AT_MS + SENDER_LIMITS.rotationAlarmMs)).not.toContain('signing key');
    expect(alarms(CREATED_AT_MS + SENDER_LIMITS.rotationAlarmMs + 1)).toContain(
      `The next signing key (${NEXT_ID}) waits since 2026`,
    );
    core.handleCarried(carried(2, { passiveFromMs: CREATED_AT_MS + 10 }));
    expect(alarms(CREATED_AT_MS + 9)).not.toContain('that is carried');
    expect(alarms(CREATED_AT_MS + 10)).toMatch(
      /The trust bundle that is carried has the key that signs \([0-9a-f]{32}\) as passive/,
    );
  });
});

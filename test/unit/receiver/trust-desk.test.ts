/** A running receiver with a root: its keys and issuers are those of the bundle, and change with it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { receiverAlarms, receiverNotReady } from '../../../receiver/ops/receiver-alarms.ts';
import { receiverStatusText } from '../../../receiver/ops/status-view.ts';
import type { KeyStateChange } from '../../../receiver/trust/key-state-watch.ts';
import { TrustDesk } from '../../../receiver/trust/trust-desk.ts';
import { adopt, type TrustState } from '../../../receiver/trust/trust-state.ts';
import { TrustedKeys } from '../../../receiver/trust/trusted-keys.ts';
import { signingKeyId } from '../../../src/crypto/digest.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { RECEIVER_LIMITS } from '../../../src/limits.ts';
import type { BundleContent } from '../../../src/trust/trust-bundle.ts';
import { FrontHalf, HOLD_MS } from '../../support/front-half.ts';
import { issuerTrust } from '../../support/issuer-trust.ts';
import {
  ModelJournal,
  ModelSession,
  STREAM,
  senderAgreementKeys,
  signingKeys,
  WALL_MS,
} from '../../support/model-sender.ts';
import { firstRoot, signedBundle } from '../../support/root-ceremony.ts';
import { receiverStatusSample } from '../../support/status-samples.ts';

const DAY_MS = 86_400_000;
const other = signingKeyPair(Buffer.alloc(32, 8));
type SenderKey = BundleContent['senders'][number]['keys'][number];
const keyOf = (times: Partial<SenderKey> = {}, pair = signingKeys): SenderKey => ({
  signingKey: pair.publicKey,
  activeFromMs: 0,
  ...times,
});
const sendersWith = (keys: readonly SenderKey[], agreementKey: Uint8Array = senderAgreementKeys.publicKey) => [
  { stream: STREAM, agreementKey, keys },
];

function adopted(state: TrustState, changes: Partial<BundleContent>): TrustState {
  const adoption = adopt(state, [signedBundle(changes)], { stream: STREAM, nowMs: WALL_MS });
  if (adoption.outcome !== 'adopted') throw new Error(JSON.stringify(adoption));
  return adoption.state;
}

const first = adopted({ roots: [firstRoot()], bundle: undefined }, {});

describe('the trust desk', () => {
  let stored = first;
  let nowMs = WALL_MS;
  let changes = 0;
  let states: KeyStateChange[] = [];
  beforeEach(() => {
    states = [];
    stored = first;
    nowMs = WALL_MS;
    changes = 0;
  });
  const open = () =>
    new TrustDesk({
      stream: STREAM,
      state: first,
      read: () => stored,
      adopt: () => ({ outcome: 'known', state: stored }),
      nowMs: () => nowMs,
      onChange: () => changes++,
      onKeyStates: (changed) => states.push(...changed),
      onRefused: () => undefined,
    });
  const ask = (desk: TrustDesk) => desk.requests.trust?.({ id: '1', kind: 'trust', body: {} });
  const alarmsOf = (desk: TrustDesk) => receiverAlarms({ ...receiverStatusSample, trust: desk.status }).join('\n');

  it('takes up what a command adopted, once', () => {
    const desk = open();
    expect(ask(desk)).toMatchObject({ outcome: 'done', detail: { bundle: 1, wasChanged: false } });
    stored = adopted(first, { version: 2, senders: sendersWith([keyOf(), keyOf({}, other)]) });
    expect(ask(desk)).toMatchObject({ outcome: 'done', detail: { root: 1, bundle: 2, wasChanged: true } });
    expect(ask(desk)).toMatchObject({ detail: { wasChanged: false } });
    expect(changes).toBe(1);
    expect(desk.senderKeys.find(signingKeyId(other.publicKey), WALL_MS)).toEqual(other.publicKey);
  });

  it('shows keys by state, and says in time when trust ends', () => {
    stored = adopted(first, {
      version: 2,
      senders: sendersWith([
        keyOf({ passiveFromMs: WALL_MS + DAY_MS }),
        keyOf({ activeFromMs: WALL_MS + DAY_MS }, other),
      ]),
    });
    const desk = open();
    ask(desk);
    expect(desk.status.keys.map(({ state }) => state)).toEqual(['active', 'pending']);
    const text = receiverStatusText({ ...receiverStatusSample, trust: desk.status });
    expect(text).toMatch(/root +version 1, 2 of 3 holders, expires 2029/);
    expect(text).toMatch(/signing key +[0-9a-f]{32} ACTIVE, until 2026-11-23T10:00:00\.000Z/);
    nowMs = WALL_MS + DAY_MS;
    expect(desk.status.keys.map(({ state }) => state)).toEqual(['passive', 'active']);
    expect(alarmsOf(desk)).not.toContain('Trust ');
    nowMs = WALL_MS + 84 * DAY_MS;
    expect(alarmsOf(desk)).toContain('Trust expires at 2027-02-20T10:00:00.000Z');
  });

  it('is not ready once the bundle has expired, and its keys go on', () => {
    const desk = open();
    nowMs = WALL_MS + 90 * DAY_MS;
    const notReady = receiverNotReady({ ...receiverStatusSample, trust: desk.status });
    expect(notReady.join('\n')).toContain('Trust has expired since 2027-02-20T10:00:00.000Z (bundle 1)');
    expect(desk.status.isExpired).toBe(true);
    expect(desk.senderKeys.find(signingKeyId(signingKeys.publicKey), nowMs)).toEqual(signingKeys.publicKey);
  });

  it('tells when a key becomes active, and when one is revoked as planned', () => {
    const revokedFromMs = WALL_MS + 2 * DAY_MS;
    stored = adopted(first, {
      version: 2,
      senders: sendersWith([keyOf({ revokedFromMs }), keyOf({ activeFromMs: WALL_MS + DAY_MS }, other)]),
    });
    const desk = open();
    desk.poll(0);
    ask(desk);
    expect(changes).toBe(1);
    desk.poll(1);
    expect(changes).toBe(1);
    nowMs = WALL_MS + DAY_MS;
    desk.poll(2);
    desk.poll(3);
    expect(changes).toBe(2);
    nowMs = revokedFromMs;
    desk.poll(4);
    expect(changes).toBe(3);
    // A clock that is set back takes the states back.
    nowMs = WALL_MS + DAY_MS;
    desk.poll(5);
    expect(changes).toBe(4);
    nowMs = WALL_MS + DAY_MS - 1;
    desk.poll(6);
    expect(changes).toBe(5);
    nowMs = WALL_MS + DAY_MS;
    desk.poll(7);
    expect(changes).toBe(6);
  });

  it('says of each key when its state is another, by its time or by a bundle, once', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(other.publicKey).toString('base64url'), kid: 'k' };
    const plan = { activeFromMs: 0, passiveFromMs: WALL_MS + DAY_MS };
    stored = adopted(first, {
      version: 2,
      senders: sendersWith([keyOf(), keyOf({ activeFromMs: WALL_MS + DAY_MS }, other)]),
      issuers: [issuerTrust([{ jwk, ...plan }])],
    });
    const [own, next] = [signingKeys, other].map(({ publicKey }) => signingKeyId(publicKey).toString('hex'));
    const desk = open();
    ask(desk);
    desk.poll(0);
    expect(states).toEqual([]);
    nowMs = WALL_MS + DAY_MS;
    desk.poll(1);
    desk.poll(2);
    expect(states.splice(0)).toEqual([
      { of: STREAM, key: next, from: 'pending', to: 'active' },
      { of: 'https://idp.example', key: 'k', from: 'active', to: 'passive' },
    ]);
    stored = adopted(stored, {
      version: 3,
      senders: sendersWith([keyOf({ revokedFromMs: WALL_MS }), keyOf({ activeFromMs: WALL_MS + DAY_MS }, other)]),
      issuers: [issuerTrust([{ jwk, ...plan }])],
    });
    ask(desk);
    expect(states).toEqual([{ of: STREAM, key: own, from: 'active', to: 'revoked' }]);
  });

  it('walks the keys of issuers only for another bundle, or where the time of one comes', () => {
    const jwkOf = (fill: number) => ({
      kty: 'OKP',
      crv: 'Ed25519',
      x: Buffer.from(signingKeyPair(Buffer.alloc(32, fill)).publicKey).toString('base64url'),
      kid: `k${fill}`,
    });
    const issuerWith = (secondMs: number) =>
      issuerTrust([
        { jwk: jwkOf(1), activeFromMs: 0, revokedFromMs: WALL_MS },
        { jwk: jwkOf(2), activeFromMs: 0, revokedFromMs: secondMs },
      ]);
    const idsOf = (keys: TrustDesk['revokedKeys']) => keys.map(({ keyId }) => keyId);
    stored = adopted(first, { version: 2, issuers: [issuerWith(WALL_MS + DAY_MS)] });
    const desk = open();
    expect(desk.revokedKeys).toEqual([]);
    ask(desk);
    const one = desk.revokedKeys;
    expect(idsOf(one)).toEqual(['k1']);
    nowMs = WALL_MS + DAY_MS - 1;
    expect(desk.revokedKeys).toBe(one);
    nowMs = WALL_MS + DAY_MS;
    const both = desk.revokedKeys;
    expect(idsOf(both)).toEqual(['k1', 'k2']);
    expect(desk.revokedKeys).toBe(both);
    nowMs -= 1;
    expect(idsOf(desk.revokedKeys)).toEqual(['k1']);
  });

  it('says that another agreement key needs a start', () => {
    const desk = open();
    stored = adopted(first, { version: 2, senders: sendersWith([keyOf()], Buffer.alloc(32, 5)) });
    ask(desk);
    expect(alarmsOf(desk)).toContain('names another agreement key');
  });
});

describe('frames of a sender whose keys the bundle names', () => {
  let nowMs = WALL_MS;
  let keys: TrustedKeys;
  let front: FrontHalf;
  beforeEach(() => {
    nowMs = WALL_MS;
    keys = new TrustedKeys([keyOf()], () => nowMs);
    front = new FrontHalf({ changes: { senderKeys: keys } });
  });

  it('pass while their key is active, and until its cut-over when it is passive', () => {
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    front.receive(...session.datagrams(journal.append(100, { header: { createdAtMs: WALL_MS } })));
    keys.replace([keyOf({ passiveFromMs: WALL_MS + 1_000 })]);
    nowMs = WALL_MS + 5_000;
    front.receive(...session.datagrams(journal.append(100, { header: { createdAtMs: WALL_MS + 999 } })));
    front.receive(...session.datagrams(journal.append(100, { header: { createdAtMs: WALL_MS + 1_000 } })));
    expect(front.status.frames).toMatchObject({ released: 2, 'key-ended': 1 });
    expect(front.audited.at(-1)).toMatchObject({ event: 'frame-refused', reason: 'key-ended' });
  });

  it('are refused from the next on when their key is revoked, whatever time they say', () => {
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    front.receive(...session.datagrams(journal.append()));
    keys.replace([keyOf({ revokedFromMs: WALL_MS })]);
    front.receive(...session.datagrams(journal.append(100, { header: { createdAtMs: WALL_MS - DAY_MS } })));
    expect(front.status.frames).toMatchObject({ released: 1, 'key-revoked': 1 });
  });

  it('wait within their bound while their key is pending, and come in once it is active', () => {
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    keys.replace([keyOf({ activeFromMs: WALL_MS + 1_000 })]);
    for (let count = 0; count <= RECEIVER_LIMITS.maxUnknownKeyFrames; count++) {
      front.receive(...session.datagrams(journal.append(10)));
    }
    expect(front.status).toMatchObject({ unknownKeyFrames: RECEIVER_LIMITS.maxUnknownKeyFrames });
    expect(front.spooled).toEqual([]);
    nowMs = WALL_MS + 1_000;
    front.intake.handleTrust(front.nowMs, nowMs);
    front.pass(HOLD_MS);
    expect(front.status).toMatchObject({ unknownKeyFrames: 0, frames: { 'unknown-key-expired': 1 } });
    expect(front.spooled).toHaveLength(RECEIVER_LIMITS.maxUnknownKeyFrames);
    // The oldest gave way, and is missing by number.
    expect(front.status.gate.gaps).toMatchObject([{ from: 1, to: 1 }]);
  });
});

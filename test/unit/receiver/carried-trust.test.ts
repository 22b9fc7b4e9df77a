/** Bundles that come through the link: over the sender's announcer, the intake, and the files of a receiver with a root. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiverAlarms } from '../../../receiver/ops/receiver-alarms.ts';
import { receiverStatusText } from '../../../receiver/ops/status-view.ts';
import { TrustDesk } from '../../../receiver/trust/trust-desk.ts';
import { adoptInto, readTrustState } from '../../../receiver/trust/trust-store.ts';
import { UnpinnedTrust } from '../../../receiver/trust/unpinned-trust.ts';
import { TrustAnnouncer } from '../../../sender/transmit/trust-announcer.ts';
import { judgeCarried } from '../../../sender/trust/carried-trust.ts';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { signingKeyId, trustControlKey } from '../../../src/crypto/digest.ts';
import { DatagramCipher, signingKeyPair } from '../../../src/crypto/sodium.ts';
import { RECEIVER_LIMITS } from '../../../src/limits.ts';
import { takeLock } from '../../../src/ops/run-lock.ts';
import { judgeFirstRoot, type RootStatement } from '../../../src/trust/root-statement.ts';
import type { BundleContent } from '../../../src/trust/trust-bundle.ts';
import { FrontHalf } from '../../support/front-half.ts';
import {
  codec,
  ModelJournal,
  ModelSession,
  macKey,
  STREAM,
  senderAgreementKeys,
  signingKeys,
  WALL_MS,
} from '../../support/model-sender.ts';
import { firstRoot, rootContent, signedBundle, signedRoot } from '../../support/root-ceremony.ts';
import { receiverStatusSample } from '../../support/status-samples.ts';

const DAY_MS = 86_400_000;
const other = signingKeyPair(Buffer.alloc(32, 8));
const sendersWith = (...keys: BundleContent['senders'][number]['keys']): BundleContent['senders'] => [
  { stream: STREAM, agreementKey: senderAgreementKeys.publicKey, keys },
];
const oldKey = { signingKey: other.publicKey, activeFromMs: 0 };
const newKey = { signingKey: signingKeys.publicKey, activeFromMs: 0 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'carried-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface WorldOptions {
  readonly liveKeys?: Parameters<typeof adoptInto>[2]['liveKeys'];
  readonly pinned?: RootStatement;
}

/** A receiver that trusts bundle 1 under root 1: of the sender it knows `other` alone. */
function world({ liveKeys = [], pinned = firstRoot() }: WorldOptions = {}) {
  const layout = directoryLayout('diode-receiver', folder);
  mkdirSync(layout.data, { recursive: true });
  const approve = () => undefined;
  const first = signedBundle({ root: pinned.version, senders: sendersWith(oldKey) });
  adoptInto(layout, [first], { root: pinned, stream: STREAM, nowMs: WALL_MS, approve });
  const state = readTrustState(layout);
  if (state === undefined) throw new Error('nothing is trusted');
  const refusals: string[] = [];
  const now = { adoptions: 0, liveKeys };
  const desk: TrustDesk = new TrustDesk({
    stream: STREAM,
    state,
    read: () => readTrustState(layout),
    adopt: (texts) => {
      now.adoptions++;
      return adoptInto(layout, texts, {
        stream: STREAM,
        nowMs: front.wallMs,
        liveKeys: now.liveKeys,
        lockMs: 0,
        approve,
      });
    },
    nowMs: () => front.wallMs,
    onChange: () => front.intake.handleTrust(front.nowMs, front.wallMs),
    onKeyStates: () => undefined,
    onRefused: ({ reason }) => refusals.push(reason),
  });
  const front: FrontHalf = new FrontHalf({ changes: { senderKeys: desk.senderKeys, trust: desk } });
  const session = new ModelSession(new ModelJournal());
  return { layout, desk, front, session, refusals, now, first };
}

function announcerOf(session: ModelSession): TrustAnnouncer {
  const handle = Buffer.from(session.id).readUInt32BE(0);
  return new TrustAnnouncer({
    session: { handle, receivers: [{ trustCipher: new DatagramCipher(trustControlKey(macKey, handle)) }] },
    symbolBytes: 1_408,
    repairPercent: 20,
    encoder: codec,
    wireMs: () => 0.1,
  });
}

/** One sending of these texts, in a session of its own. */
function sendings(number: number, ...texts: readonly string[]): readonly Buffer[] {
  const announcer = announcerOf(new ModelSession(new ModelJournal(), { number }));
  const lines = texts.map((text) => text.trim());
  announcer.replace(lines);
  return drained(announcer, 0);
}

function drained(announcer: TrustAnnouncer, nowMs: number): readonly Buffer[] {
  const datagrams: Buffer[] = [];
  for (let next = announcer.poll(nowMs); next !== undefined; next = announcer.poll(nowMs)) datagrams.push(next);
  return datagrams;
}

describe('a trust bundle that the sender carries', () => {
  it('is adopted on its signatures, where no key of the sender is trusted yet, and frames that waited for it come in', () => {
    const { layout, desk, front } = world();
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    // Its frames are signed with a key that bundle 1 does not name; the session is known by an earlier hello.
    front.meet(session);
    expect(front.status.hellos['hello-key']).toBe(1);
    front.receive(...sendings(1, signedBundle({ version: 2, senders: sendersWith(oldKey, newKey) })));
    expect(desk.status).toMatchObject({ bundle: { version: 2 }, carried: { outcomes: { adopted: 1 }, waiting: 0 } });
    expect(readTrustState(layout)?.bundle?.version).toBe(2);
    front.meet(session);
    front.receive(...session.datagrams(journal.append(100, { header: { createdAtMs: WALL_MS } })));
    expect(front.status.frames).toMatchObject({ released: 1 });
  });

  it('lets frames in at once that waited for its key', () => {
    const { desk, front } = world();
    desk.senderKeys.replace([newKey]);
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    desk.senderKeys.replace([oldKey]);
    front.receive(...session.datagrams(journal.append(100, { header: { createdAtMs: WALL_MS } })));
    expect(front.status).toMatchObject({ unknownKeyFrames: 1 });
    front.receive(...sendings(1, signedBundle({ version: 2, senders: sendersWith(oldKey, newKey) })));
    expect(front.status).toMatchObject({ unknownKeyFrames: 0, frames: { released: 1 } });
  });

  it('comes with root statements of a rotation; what is known of them already is no error', () => {
    const { desk, front } = world();
    const root2 = signedRoot(rootContent(['alice', 'bob', 'dave'], { version: 2 }), ['alice', 'bob']);
    const root3 = signedRoot(rootContent(['alice', 'carol', 'dave'], { version: 3 }), ['alice', 'dave']);
    const under3 = (version: number) =>
      signedBundle({ root: 3, version, senders: sendersWith(newKey) }, ['carol', 'dave']);
    front.receive(...sendings(1, root2, root3, under3(1)));
    expect(desk.status).toMatchObject({ root: { version: 3 }, bundle: { version: 1 } });
    front.receive(...sendings(2, root2, root3, under3(2)));
    expect(desk.status).toMatchObject({ bundle: { version: 2 }, carried: { outcomes: { adopted: 2 } } });
  });

  it('is taken where a root travels along from before the one that is pinned here', () => {
    const text = signedRoot(rootContent(['alice', 'bob', 'dave'], { version: 2 }), ['alice', 'bob']);
    const { desk, front } = world({ pinned: judgeFirstRoot(text) as RootStatement });
    front.receive(
      ...sendings(1, firstRoot().text, text, signedBundle({ root: 2, version: 2, senders: sendersWith(newKey) })),
    );
    expect(desk.status).toMatchObject({
      root: { version: 2 },
      bundle: { version: 2 },
      carried: { outcomes: { adopted: 1 } },
    });
  });

  it('is taken up where a command adopted it and ended before it told the receiver', () => {
    const { layout, desk, front } = world();
    const text = signedBundle({ version: 2, senders: sendersWith({ ...oldKey, revokedFromMs: WALL_MS }, newKey) });
    adoptInto(layout, [text], { stream: STREAM, nowMs: WALL_MS, approve: () => undefined });
    expect(desk.status.bundle.version).toBe(1);
    front.receive(...sendings(1, text));
    expect(desk.status).toMatchObject({ bundle: { version: 2 }, carried: { outcomes: { known: 1 } } });
    expect(desk.senderKeys.find(signingKeyId(other.publicKey), WALL_MS)).toBe('key-revoked');
  });

  it('costs nothing where it was judged before, by turns with others of old sessions', () => {
    const { desk, front, first, now } = world();
    const second = signedBundle({ version: 2, senders: sendersWith(oldKey) });
    const third = signedBundle({ version: 3, senders: sendersWith(newKey) });
    const foreign = signedBundle({ version: 4 }, ['alice', 'dave']);
    for (const [index, text] of [third, first, second, third, first, second, third].entries()) {
      front.receive(...sendings(index + 1, text));
    }
    expect(desk.status.carried.outcomes).toEqual({ adopted: 1, 'bundle-rollback': 2 });
    front.receive(...sendings(8, foreign));
    expect(desk.status.carried.refused).toMatchObject({ reason: 'signature-unknown' });
    front.receive(...sendings(9, first));
    expect(desk.status.carried.refused).toMatchObject({ reason: 'signature-unknown' });
    front.receive(...sendings(10, third));
    expect(desk.status.carried.refused).toBeUndefined();
    expect(now.adoptions).toBe(1);
  });

  it('costs nothing where it is known: the same number again is not put together, the same bytes are not judged', () => {
    const { front, now, desk } = world();
    const text = signedBundle({ version: 2, senders: sendersWith(oldKey, newKey) });
    const announcer = announcerOf(new ModelSession(new ModelJournal()));
    announcer.replace([text.trim()]);
    front.receive(...drained(announcer, 0));
    const before = front.status;
    expect(now.adoptions).toBe(1);
    const again = drained(announcer, 60_000);
    front.receive(...again);
    expect(front.status.datagrams.unneeded - before.datagrams.unneeded).toBe(again.length);
    expect(front.status.controls).toEqual(before.controls);
    front.receive(...sendings(2, text));
    expect(front.status.controls.trust).toBe(2);
    expect(now.adoptions).toBe(1);
    expect(desk.status.carried.outcomes).toEqual({ adopted: 1 });
  });

  const root2 = signedRoot(rootContent(['alice', 'bob', 'dave'], { version: 2 }), ['alice', 'bob']);
  it.each([
    ['signatures-missing', [signedBundle({ version: 2 }, ['alice'])]],
    ['signature-unknown', [signedBundle({ version: 2 }, ['alice', 'bob', 'dave'])]],
    ['other-boundary', [signedBundle({ version: 2, boundary: 'site-b' })]],
    ['bundle-conflict', [signedBundle({ senders: sendersWith(newKey) })]],
    ['stream-missing', [signedBundle({ version: 2, senders: [] })]],
    [
      'bundle-expired',
      [signedBundle({ version: 2, issuedMs: WALL_MS - DAY_MS, expiresMs: WALL_MS, senders: sendersWith(oldKey) })],
    ],
    ['root-needed', [signedBundle({ root: 2, version: 1 })]],
    ['root-superseded', [root2, signedBundle({ version: 2 })]],
    ['trust-form', ['{"payload":"x"}']],
  ])('is refused as %s, told once, and nothing of it is trusted', (reason, texts) => {
    const { desk, front, refusals, now } = world();
    front.receive(...sendings(1, ...texts));
    front.receive(...sendings(2, ...texts));
    expect(refusals).toEqual([reason]);
    expect(now.adoptions, 'disk and lock').toBe(0);
    expect(desk.status).toMatchObject({ root: { version: 1 }, bundle: { version: 1 } });
    expect(desk.status.carried.outcomes[reason as 'trust-form']).toBeGreaterThanOrEqual(1);
    const alarm = receiverAlarms({ ...receiverStatusSample, trust: desk.status }).join('\n');
    expect(alarm).toContain(`The trust bundle that the sender carries is refused (${reason})`);
  });

  it('is adopted although all kinds of bad ones came before it', () => {
    const { desk, front, first, now } = world();
    const jws = JSON.parse(first);
    const bad = [
      signedBundle({ version: 2 ** 53 - 1 }, ['alice']),
      JSON.stringify({ ...jws, payload: JSON.parse(signedBundle({ version: 2 ** 53 - 1 })).payload }),
      ...Array.from({ length: RECEIVER_LIMITS.maxWaitingTrust + 1 }, (_, at) =>
        signedBundle({ version: 9 + at }, ['dave']),
      ),
      signedRoot(rootContent(['dave'], { version: 2, threshold: 1 }), ['dave']),
      '{',
    ];
    for (const [at, text] of bad.entries()) front.receive(...sendings(at + 1, text));
    expect(desk.status).toMatchObject({ root: { version: 1 }, bundle: { version: 1 } });
    front.receive(...sendings(bad.length + 1, signedBundle({ version: 2, senders: sendersWith(newKey) })));
    expect(desk.status).toMatchObject({ bundle: { version: 2 }, carried: { outcomes: { adopted: 1 } } });
    expect(desk.status.carried.refused).toBeUndefined();
    expect(now.adoptions).toBe(1);
  });

  it('is no alarm where an old one is played again', () => {
    const { desk, front, first, refusals } = world();
    front.receive(...sendings(1, signedBundle({ version: 2, senders: sendersWith(newKey) })));
    front.receive(...sendings(2, first));
    expect(refusals).toEqual(['bundle-rollback']);
    expect(desk.status.carried).toEqual({ outcomes: { adopted: 1, 'bundle-rollback': 1 }, waiting: 0 });
  });

  it('is no alarm either where its holders are none any more', () => {
    const { desk, front, first } = world();
    const given = signedRoot(rootContent(['carol', 'bob', 'dave'], { version: 2 }), ['carol', 'bob']);
    front.receive(...sendings(1, given, signedBundle({ root: 2, senders: sendersWith(newKey) }, ['bob', 'dave'])));
    front.receive(...sendings(2, first));
    const outcomes = { adopted: 1, 'signature-unknown': 1 };
    expect(desk.status.carried).toEqual({ outcomes, waiting: 0 });
  });

  it('is judged again every minute where time may change the answer, and adopted then', () => {
    const liveKey = {
      issuer: 'https://idp',
      keyId: 'k',
      tokens: 2,
      lastIssuedAtMs: WALL_MS,
      lastExpiresAtMs: WALL_MS + 1,
    };
    const { desk, front, refusals, now } = world({ liveKeys: [liveKey] });
    front.receive(...sendings(1, signedBundle({ version: 2, senders: sendersWith(newKey) })));
    expect(desk.status.carried).toMatchObject({ waiting: 1, refused: { reason: 'tokens-orphaned' } });
    now.liveKeys = [];
    front.pass(RECEIVER_LIMITS.trustRetryMs - 1);
    expect(desk.status.bundle.version).toBe(1);
    front.pass(1);
    expect(desk.status.bundle.version).toBe(2);
    expect(desk.status.carried).toEqual({ outcomes: { 'tokens-orphaned': 1, adopted: 1 }, waiting: 0 });
    expect(refusals).toEqual(['tokens-orphaned']);
  });

  it('is adopted once the root whose holders signed it was given by hand', () => {
    const { layout, desk, front } = world();
    front.receive(...sendings(1, signedBundle({ root: 2, senders: sendersWith(newKey) }, ['bob', 'dave'])));
    expect(desk.status.carried).toMatchObject({ waiting: 1, refused: { reason: 'signature-unknown' } });
    const given = signedRoot(rootContent(['alice', 'bob', 'dave'], { version: 2 }), ['alice', 'bob']);
    adoptInto(layout, [given], { stream: STREAM, nowMs: WALL_MS, approve: () => undefined });
    front.pass(RECEIVER_LIMITS.trustRetryMs);
    expect(desk.status).toMatchObject({ root: { version: 2 }, bundle: { version: 1 }, carried: { waiting: 0 } });
    expect(desk.senderKeys.find(signingKeyId(signingKeys.publicKey), WALL_MS)).toEqual(signingKeys.publicKey);
  });

  it('waits while a command adopts, and never holds the link up for it', () => {
    const { layout, desk, front } = world();
    const lock = takeLock(layout.trustLock, { waitMs: 0, seen: '', cure: '' });
    front.receive(...sendings(1, signedBundle({ version: 2, senders: sendersWith(newKey) })));
    expect(desk.status.carried).toMatchObject({ waiting: 1, outcomes: { 'trust-unwritten': 1 } });
    lock.release();
    front.pass(RECEIVER_LIMITS.trustRetryMs);
    expect(desk.status.bundle.version).toBe(2);
  });
});

describe('what a sender takes along', () => {
  const context = { boundary: 'site-a', stream: STREAM, nowMs: WALL_MS };
  const bundle = signedBundle({ version: 2 });
  const root2 = signedRoot(rootContent(['alice', 'bob', 'dave'], { version: 2 }), ['alice', 'bob']);
  const root3 = signedRoot(rootContent(['alice', 'carol', 'dave'], { version: 3 }), ['alice', 'dave']);

  it('is one line for each statement, roots as their versions rise, then the bundle', () => {
    const spread = JSON.stringify(JSON.parse(bundle), null, 2);
    const carried = judgeCarried([root3, spread, root2], context);
    expect(carried).toMatchObject({
      statements: [root2.trim(), root3.trim(), bundle.trim()],
      roots: [2, 3],
      bundle: { version: 2 },
    });
  });

  it.each([
    ['other-boundary', 0, [signedBundle({ boundary: 'site-b' })]],
    [
      'other-boundary',
      1,
      [bundle, signedRoot(rootContent(['alice'], { boundary: 'site-b', threshold: 1 }), ['alice'])],
    ],
    ['stream-missing', 0, [signedBundle({ senders: [] })]],
    ['bundle-expired', 0, [signedBundle({ issuedMs: WALL_MS - DAY_MS, expiresMs: WALL_MS })]],
    ['trust-type', 1, [bundle, signedBundle({ version: 3 })]],
    ['trust-type', 0, [root2]],
    ['trust-form', 0, ['{}']],
    ['root-gap', 8, [...Array.from({ length: 8 }, () => root2), bundle]],
  ])('is refused as %s', (reason, at, texts) => {
    expect(judgeCarried(texts, context)).toMatchObject({ problem: { reason }, at });
  });

  it('is not judged by its signatures: a sender pins no root', () => {
    expect(judgeCarried([signedBundle({}, ['alice'])], context)).toMatchObject({ bundle: { version: 1 } });
  });
});

describe('a trust bundle that comes to a receiver without a root', () => {
  const unpinned = new UnpinnedTrust({ stream: STREAM, signingKey: other.publicKey });
  const front = new FrontHalf({ changes: { trust: unpinned } });
  let session = 0;
  const shown = (...texts: readonly string[]) => {
    front.receive(...sendings(++session, ...texts));
    const status = { ...receiverStatusSample, unpinned: unpinned.status };
    return { alarms: receiverAlarms(status).join('\n'), text: receiverStatusText(status) };
  };
  const bundle = (version: number, ...keys: BundleContent['senders'][number]['keys']) =>
    signedBundle({ version, senders: sendersWith(...keys) });

  it('is shown as unused, with the cure, and is no alarm while the key of the card is the only one', () => {
    for (const keys of [[oldKey], [oldKey, { ...newKey, revokedFromMs: 1 }]]) {
      const { alarms, text } = shown(bundle(3, ...keys));
      expect(text).toMatch(/carried +bundle 3 under root 1, .*unused: `diode-receiver trust DIR bundle\.json --root/);
      expect(alarms).not.toContain('No root');
    }
  });

  it.each([
    ['names another signing key', [oldKey, { ...newKey, activeFromMs: WALL_MS + DAY_MS }]],
    ["lets the signing key of the sender's card end", [{ ...oldKey, passiveFromMs: WALL_MS + DAY_MS }, newKey]],
    ["lets the signing key of the sender's card end", [{ ...oldKey, revokedFromMs: WALL_MS }]],
    ["does not name the signing key of the sender's card", [newKey]],
  ])('is an alarm where it %s', (concern, keys) => {
    const root = signedRoot(rootContent(undefined, { version: 2 }), ['alice', 'bob']);
    expect(shown(root, bundle(4, ...keys)).alarms).toMatch(`No root is pinned here, and the trust bundle that the`);
    expect(shown(root, bundle(4, ...keys)).alarms).toContain(concern);
  });

  it('neither raises nor clears the alarm where an older one is played again, under this root or one before', () => {
    const alarmOf = (text: string) => shown(text).alarms.includes('No root');
    const under = (root: number, version: number, ...keys: Parameters<typeof bundle>[1][]) =>
      signedBundle({ root, version, senders: sendersWith(...keys) }, ['alice', 'bob']);
    expect(alarmOf(bundle(6, newKey))).toBe(true);
    expect(alarmOf(bundle(5, oldKey))).toBe(true);
    expect(alarmOf(bundle(7, oldKey))).toBe(false);
    expect(alarmOf(bundle(6, newKey))).toBe(false);
    expect(alarmOf(under(2, 8, newKey))).toBe(true);
    expect(alarmOf(bundle(9, oldKey))).toBe(true);
    expect(unpinned.status.last).toEqual({ root: 2, version: 8, concern: 'unlisted' });
    expect(alarmOf(under(2, 9, oldKey))).toBe(false);
  });

  it('is counted, and forgets nothing of what was read before where it cannot be read', () => {
    const before = unpinned.status;
    shown('{"payload":"x"}');
    expect(unpinned.status).toEqual({ ...before, bundles: before.bundles + 1 });
    expect(shown(signedBundle({ root: 2, version: 10, senders: [] })).alarms).not.toContain('No root');
  });
});

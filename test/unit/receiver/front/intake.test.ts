import { describe, expect, it, vi } from 'vitest';
import { readGate } from '../../../../receiver/gate/gate-store.ts';
import { SqliteIntakeStore } from '../../../../receiver/intake/intake-store.ts';
import { sha256Hex } from '../../../../src/crypto/digest.ts';
import { DiodeError } from '../../../../src/ops/diode-error.ts';
import { HOLD_MS } from '../../../support/front-half.ts';
import {
  ModelJournal,
  ModelSession,
  type SentFrame,
  senderKeys,
  signFrame,
  WALL_MS,
} from '../../../support/model-sender.ts';
import { HALVES } from '../../../support/threaded-half.ts';

describe.each(HALVES)('intake, %s', (_half, newHalf) => {
  it('spools what a sender sends, in sequence', () => {
    const { front, journal, session } = started(newHalf);
    for (const size of [10, 5_000, 400_000]) front.receive(...session.datagrams(journal.append(size)));
    expect(front.spooled).toEqual(['1', '2', '3']);
    const spooled = front.spool.next(0, { maxFrames: 9, maxBytes: 1e9, maxRecords: 9 });
    expect(spooled.map(({ bytes }) => sha256Hex(bytes))).toEqual(journal.frames.map(({ bytes }) => sha256Hex(bytes)));
  });

  it('syncs the audit log before the spool shows a frame', () => {
    const { front, journal, session } = started(newHalf);
    front.steps.length = 0;
    front.receive(...session.datagrams(journal.append()));
    expect(front.steps).toEqual(['audit-sync', 'spooled 1']);
    expect(front.audited.at(-1)).toMatchObject({ event: 'frame-accepted', epoch: 1, sequence: 1, records: 1 });
  });

  it('commits a burst of frames once', () => {
    const { front, journal, session } = started(newHalf);
    front.steps.length = 0;
    front.receive(...Array.from({ length: 20 }, () => session.datagrams(journal.append())).flat());
    expect(front.steps).toEqual(['audit-sync', 'spooled 20']);
  });

  it('keeps datagrams that came before the first hello, and handles them once it came', () => {
    const front = newHalf();
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    const hello = session.hello();
    front.receive(...session.datagrams(journal.append()));
    expect(front.spooled).toEqual([]);
    front.meet(session, hello);
    expect(front.spooled).toEqual(['1']);
    expect(front.status.recalledDatagrams).toBe(3);
  });

  it('drops a datagram with any one bit flipped, and takes the frame from the good ones', () => {
    const { front, journal, session } = started(newHalf);
    const [good] = session.datagrams(journal.append(20), { maxSymbolBytes: 512 }) as [Buffer];
    for (let bit = 0; bit < good.length * 8; bit++) {
      const forged = Buffer.from(good);
      forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7));
      front.receive(forged);
    }
    expect(front.spooled).toEqual([]);
    expect(front.status.openBlocks).toBe(0);
    const { accepted, forged, session: unknown } = front.status.datagrams;
    expect({ accepted, unknown }).toEqual({ accepted: 0, unknown: 32 });
    expect(forged).toBeGreaterThan(good.length * 8 - 100);
    front.receive(good);
    expect(front.spooled).toEqual(['1']);
  });

  it('releases a frame once, however often its datagrams come', () => {
    const { front, journal, session } = started(newHalf);
    const frame = journal.append();
    const first = session.datagrams(frame);
    front.receive(...first, ...first, ...session.datagrams(frame));
    expect(front.spooled).toEqual(['1']);
    expect(front.status.datagrams).toMatchObject({ accepted: 1, replayed: 3, unneeded: 5 });
  });

  it('joins the symbols of two sessions to one frame', () => {
    const { front, journal, session } = started(newHalf);
    const frame = journal.append(10 * 1_408 - 500);
    front.receive(...session.datagrams(frame).slice(0, 5));
    const next = new ModelSession(journal, { number: 2 });
    front.meet(next);
    front.receive(...next.datagrams(frame).slice(5, 10));
    expect(front.spooled).toEqual(['1']);
  });

  it('records a lost frame as a gap after the hold time, and heals it when it comes', () => {
    const { front, journal, session } = started(newHalf);
    const frames = [journal.append(), journal.append(), journal.append()] as const;
    front.receive(...session.datagrams(frames[0]), ...session.datagrams(frames[2]));
    front.pass(HOLD_MS - 1);
    expect(front.spooled).toEqual(['1']);
    front.pass(1);
    expect(front.spooled).toEqual(['1', '3']);
    expect(front.status.gate.gaps).toEqual([{ from: 2, to: 2, sinceMs: front.wallMs }]);
    front.receive(...session.datagrams(frames[1]));
    expect(front.spooled).toEqual(['1', '3', '2 healed']);
    expect(front.status.gate.gaps).toEqual([]);
    expect(front.eventNames()).toContain('gap-closed');
  });

  it('notices a lost tail by the hello, but not while the sender is still at it', () => {
    const { front, journal, session } = started(newHalf);
    front.receive(...session.datagrams(journal.append()));
    const lost = journal.append();
    const large = journal.append(50 * 1_408);
    front.meet(session);
    for (const datagram of session.datagrams(large).slice(0, 30)) {
      front.pass(1_000);
      front.receive(datagram);
    }
    expect(front.status.gate.gaps).toEqual([]);
    front.pass(HOLD_MS);
    expect(front.status.gate.gaps).toMatchObject([{ from: 2, to: 3 }]);
    front.receive(...session.datagrams(lost), ...session.datagrams(large));
    expect(front.spooled).toEqual(['1', '2 healed', '3 healed']);
  });

  it('goes on after a restart where it stood, with the session of the stored hello', () => {
    const { front, journal, session } = started(newHalf);
    front.receive(...session.datagrams(journal.append()));
    const again = newHalf({ store: front.store });
    again.open(session);
    expect(again.eventNames()).toEqual(['session-restored']);
    again.receive(...session.datagrams(journal.frames[0] as never), ...session.datagrams(journal.append()));
    expect(again.spooled).toEqual(['1', '2']);
    expect(again.status.lastHelloAgeMs).toBeUndefined();
  });

  it('keeps gaps and their digests over a restart', () => {
    const { front, journal, session } = started(newHalf);
    const lost = journal.append();
    front.receive(...session.datagrams(journal.append()));
    front.pass(HOLD_MS);
    const again = newHalf({ store: front.store });
    again.open(session);
    again.receive(...session.datagrams(lost));
    expect(again.spooled).toEqual(['2', '1 healed']);
  });

  it('remembers over a restart whether the sender confirmed what Kafka told', () => {
    const journal = new ModelJournal();
    journal.append();
    const { digest } = journal.append();
    const session = new ModelSession(journal);
    const front = newHalf();
    const epochId = Buffer.from(journal.epochId).toString('hex');
    const told = { epoch: 1, epochId, sequence: 2, digest: Buffer.from(digest).toString('hex'), gaps: [] };
    front.intake.adoptProgress(front.wallMs, told);
    front.poll();
    expect(readGate(front.store).state?.adopted).toBe(2);
    const again = newHalf({ store: front.store });
    again.meet(session);
    expect(readGate(front.store).state).toMatchObject({ sequence: 2 });
    expect(readGate(front.store).state?.adopted).toBeUndefined();
  });

  it.each(['a full disk kept', 'this turn released'])(
    'halts for another history than was published, and spools nothing of it, not even what %s',
    (kept) => {
      const { front, journal, session } = started(newHalf);
      if (kept === 'a full disk kept') {
        vi.spyOn(SqliteIntakeStore.prototype, 'commit').mockImplementationOnce(() => {
          throw new DiodeError('disk-full', 'The disk is full.', 'Free it.');
        });
        front.receive(...session.datagrams(journal.append()));
      } else {
        for (const datagram of session.datagrams(journal.append())) {
          front.arrive(datagram);
        }
      }
      const epochId = Buffer.from(journal.epochId).toString('hex');
      const told = { epoch: 1, epochId, sequence: 1, digest: '07'.repeat(32), gaps: [] };
      expect(front.intake.adoptProgress(front.wallMs, told)).toBe(false);
      front.pass(5_000);
      expect(front.spooled).toEqual([]);
      expect(front.audited).toContainEqual({ event: 'frames-discarded', through: '1.1', discardedFrames: 1 });
      expect(front.audited).toContainEqual(expect.objectContaining({ event: 'stream-halted', reason: 'equivocation' }));
      expect(front.eventNames()).not.toContain('progress-adopted');
      expect(readGate(front.store).state?.halt).toMatchObject({ reason: 'equivocation' });
    },
  );

  it.each([
    ['an epoch', 2, 'to a receiver that heard the one before'],
    ['a head', 1, 'to one that knows nothing'],
  ])('takes a hello from before %s that Kafka told for a late one, and halts for one signed since', (_, epoch) => {
    const journal = new ModelJournal();
    journal.append();
    const session = new ModelSession(journal);
    const front = newHalf();
    if (epoch === 2) front.meet(session);
    const held = [1, 2].map(() => session.hello({ sentAtMs: WALL_MS + 2_000 }));
    const told = { epoch, epochId: `0${epoch}`.repeat(16), sequence: 9, digest: '07'.repeat(32), gaps: [] };
    front.intake.adoptProgress(front.wallMs, { ...told, signedAtMs: WALL_MS + 2_000 });
    front.pass(HOLD_MS + 1);
    front.meet(session, held[0]);
    expect(front.status.hellos['hello-stale']).toBe(1);
    const again = newHalf({ store: front.store });
    again.meet(session, held[1]);
    expect([front.status.gate.halted, again.status.gate.halted]).toEqual([undefined, undefined]);
    again.meet(session, session.hello({ sentAtMs: WALL_MS + 2_001 }));
    again.pass(HOLD_MS + 1);
    again.meet(session, session.hello({ sentAtMs: WALL_MS + 2_002 }));
    expect(again.status.gate.halted).toMatchObject({ reason: 'restored-sender' });
  });

  it('starts in the middle of a long stream with one named gap', () => {
    const journal = new ModelJournal();
    for (let count = 0; count < 50; count++) journal.append();
    const session = new ModelSession(journal);
    const front = newHalf();
    front.meet(session);
    front.receive(...session.datagrams(journal.append()), ...session.datagrams(journal.append()));
    front.pass(HOLD_MS);
    expect(front.spooled).toEqual(['51', '52']);
    expect(front.status.gate.gaps).toMatchObject([{ from: 1, to: 50 }]);
  });

  it('refuses frames while the spool is full, says so, and goes on when there is room', () => {
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    const front = newHalf({ maxBytes: 800 });
    front.meet(session);
    front.receive(...session.datagrams(journal.append(300)));
    const second = journal.append(300);
    front.receive(...session.datagrams(second));
    expect(front.spooled).toEqual(['1']);
    expect(front.status.accepting).toMatchObject({ isAccepting: false, reason: 'spool-full' });
    expect(front.status.frames['spool-full']).toBe(1);
    front.spool.prune(1, []);
    front.pass(5_000);
    expect(front.status.accepting).toEqual({ isAccepting: true });
    front.receive(...session.datagrams(second));
    expect(front.spooled).toEqual(['2']);
    expect(front.eventNames()).toEqual(expect.arrayContaining(['not-accepting', 'accepting']));
  });

  it('receives and spools on while the clock jumps by a day either way, and says so', () => {
    for (const jumpMs of [86_400_000, -86_400_000]) {
      const { front, journal, session } = started(newHalf);
      front.wallOffsetMs += jumpMs;
      front.pass(1);
      front.receive(...session.datagrams(journal.append()));
      expect(front.spooled).toEqual(['1']);
      expect(front.intake.time.isTrusted).toBe(false);
      expect(front.audited).toContainEqual(
        expect.objectContaining({ event: 'clock-untrusted', reason: 'jump', jumpMs }),
      );
    }
  });

  it('refuses and audits a frame that is signed for another stream, once for all symbols of a pass', () => {
    const { front, journal, session } = started(newHalf);
    front.receive(...session.datagrams(journal.append(100, { header: { stream: 'it' } })));
    expect(front.spooled).toEqual([]);
    expect(front.status.frames).toMatchObject({ stream: 1 });
    expect(front.audited.filter(({ event }) => event === 'frame-refused')).toMatchObject([
      { reason: 'stream', sequence: 1 },
    ]);
  });

  it('halts where the sender signed two frames of one sequence, and publishes nothing after', () => {
    const { front, journal, session } = started(newHalf);
    front.receive(...session.datagrams(journal.append(100)));
    const { epoch, epochId, sequence, previousDigest } = (journal.frames[0] as SentFrame).header;
    front.receive(...session.datagrams(signFrame({ epoch, epochId, sequence, previousDigest }, Buffer.alloc(200, 9))));
    expect(front.status.gate.halted).toMatchObject({ reason: 'equivocation', sinceMs: front.wallMs });
    front.receive(...session.datagrams(journal.append()));
    expect(front.spooled).toEqual(['1']);
    expect(front.audited.at(-1)).toMatchObject({ event: 'stream-halted', reason: 'equivocation' });
  });

  it.each(['from a bundle', 'once its key was trusted'])(
    'knows the other of two frames of one sequence, where the first came %s',
    (how) => {
      let isTrusted = true;
      const find = (id: Uint8Array) => (isTrusted ? senderKeys.find(id) : undefined);
      const front = newHalf({ changes: { senderKeys: { find } } });
      const journal = new ModelJournal();
      const session = new ModelSession(journal);
      front.meet(session);
      isTrusted = false;
      const first = journal.append(100);
      if (how === 'from a bundle') {
        isTrusted = true;
        front.intake.handleBundleFrame(front.nowMs, front.wallMs, first.bytes);
      } else {
        front.receive(...session.datagrams(first));
        isTrusted = true;
        front.intake.handleTrust(front.nowMs, front.wallMs);
      }
      front.poll();
      expect(front.spooled).toEqual(['1']);
      front.pass(1_000);
      const { epoch, epochId, sequence, previousDigest } = first.header;
      front.receive(
        ...session.datagrams(signFrame({ epoch, epochId, sequence, previousDigest }, Buffer.alloc(200, 9))),
      );
      expect(front.status.gate.halted).toMatchObject({ reason: 'equivocation' });
    },
  );

  it('refuses and audits nothing of what was on its way when the stream halted', () => {
    const { front, journal, session } = started(newHalf);
    front.receive(...session.datagrams(journal.append(100)));
    const { epoch, epochId, sequence, previousDigest } = (journal.frames[0] as SentFrame).header;
    const twin = signFrame({ epoch, epochId, sequence, previousDigest }, Buffer.alloc(200, 9));
    front.receive(
      ...session.datagrams(twin),
      ...Array.from({ length: 20 }, () => session.datagrams(journal.append())).flat(),
    );
    expect(front.status.gate.halted).toBeDefined();
    expect(front.status.frames.halted ?? 0).toBeLessThanOrEqual(1);
    expect(front.audited.filter(({ event }) => event === 'frame-refused').length).toBeLessThanOrEqual(1);
  });

  it('holds frames of an unknown key, and takes them once the key is trusted', () => {
    let isTrusted = false;
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    const waiting = newHalf({
      changes: { senderKeys: { find: (id) => (isTrusted ? senderKeys.find(id) : undefined) } },
    });
    isTrusted = true;
    waiting.meet(session);
    isTrusted = false;
    waiting.receive(...session.datagrams(journal.append()));
    expect(waiting.spooled).toEqual([]);
    expect(waiting.status.unknownKeyFrames).toBe(1);
    isTrusted = true;
    waiting.intake.handleTrust(waiting.nowMs, waiting.wallMs);
    waiting.poll();
    expect(waiting.spooled).toEqual(['1']);
  });
});

function started(newHalf: (typeof HALVES)[number][1]) {
  const front = newHalf();
  const journal = new ModelJournal();
  const session = new ModelSession(journal);
  front.meet(session);
  return { front, journal, session };
}

import { describe, expect, it } from 'vitest';
import { Spool } from '../../../../receiver/gate/spool.ts';
import { type VerifiedFrame, verifyFrame } from '../../../../receiver/intake/frame-verifier.ts';
import { SqliteIntakeStore } from '../../../../receiver/intake/intake-store.ts';
import { RECEIVER_MIGRATIONS } from '../../../../receiver/receiver-store.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { openStore } from '../../../../src/store/database.ts';
import { FrontHalf } from '../../../support/front-half.ts';
import { ModelJournal, ModelSession, senderKeys } from '../../../support/model-sender.ts';

const ALL = { maxFrames: 1_000, maxBytes: 1e9, maxRecords: 1e9 };

describe('spool', () => {
  it('hands frames out in the order in which they were released, within the limits, and at least one', () => {
    const { spool } = filled(5);
    expect(sequencesOf(spool.next(0, ALL))).toEqual([1, 2, 3, 4, 5]);
    expect(sequencesOf(spool.next(2, { ...ALL, maxFrames: 2 }))).toEqual([3, 4]);
    expect(sequencesOf(spool.next(0, { ...ALL, maxBytes: 1 }))).toEqual([1]);
    expect(sequencesOf(spool.next(0, { ...ALL, maxRecords: 3 }))).toEqual([1, 2, 3]);
    expect(spool.next(5, ALL)).toEqual([]);
  });

  it('prunes what is applied but frames that wait, and never gives a position twice', () => {
    const { spool, append } = filled(5);
    expect(spool.prune(4, [2])).toBe(3);
    expect(sequencesOf(spool.next(0, ALL))).toEqual([2, 5]);
    expect(spool.frame(1, 2)?.position).toBe(2);
    expect(spool.frame(1, 1)).toBeUndefined();
    expect(spool.prune(5, [])).toBe(2);
    append();
    expect(spool.next(0, ALL).map(({ position }) => position)).toEqual([6]);
    expect(spool.lastPosition).toBe(6);
  });

  it('tells its depth, also when it is opened again and after a rollback', () => {
    const { spool, store, frames } = filled(3);
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
    const depth = { frames: 3, records: 3, bytes, oldestReceivedAtMs: 100 };
    expect(spool.depth).toEqual(depth);
    expect(new Spool(store, { maxBytes: 1 }).depth).toEqual(depth);
    const failing = store.transaction(() => {
      spool.prune(3, []);
      throw new Error('the caller gave up');
    });
    expect(failing).toThrow('gave up');
    spool.recount();
    expect(spool.depth).toEqual(depth);
    spool.prune(3, []);
    expect(spool.depth).toEqual({ frames: 0, records: 0, bytes: 0, oldestReceivedAtMs: undefined });
  });

  it('refuses the same frame twice: that would be a fault of the gate', () => {
    const { spool, frames } = filled(1);
    expect(() => spool.append({ frame: frames[0] as VerifiedFrame, isHealed: false, receivedAtMs: 1 })).toThrow(
      'UNIQUE',
    );
  });
});

describe('intake store', () => {
  it('asks the file system from time to time, and accepts nothing where little is left', () => {
    let freeBytes = RECEIVER_LIMITS.minFreeDiskBytes;
    const { store, spool } = filled(0);
    const intakeStore = new SqliteIntakeStore({
      store,
      spool,
      path: '/data/receiver.db',
      freeDiskBytes: () => freeBytes,
    });
    expect(intakeStore.fullReason(1)).toBeUndefined();
    freeBytes -= 1;
    expect(intakeStore.fullReason(RECEIVER_LIMITS.maxCommitBytes)).toBeUndefined();
    expect(intakeStore.fullReason(1)).toBe('disk-full');
    freeBytes += 1;
    expect(intakeStore.fullReason(1)).toBeUndefined();
  });

  it('takes a full spool for open again once a sixteenth of it is free', () => {
    const { store, spool: first } = filled(1);
    const { bytes } = first.depth;
    const spool = new Spool(store, { maxBytes: 1_600 + bytes });
    const intakeStore = new SqliteIntakeStore({ store, spool, path: '/data/receiver.db', freeDiskBytes: () => 1e12 });
    const most = 1_600 - Math.ceil((1_600 + bytes) / 16);
    expect(intakeStore.fullReason(most + 1)).toBeUndefined();
    expect(intakeStore.fullReason(most + 1, 'reopen')).toBe('spool-full');
    expect(intakeStore.fullReason(most, 'reopen')).toBeUndefined();
  });

  it('takes what was released into an empty spool, however much that is: nothing could make more room', () => {
    const { store, append } = filled(0);
    const open = () => {
      const spool = new Spool(store, { maxBytes: 1_600 });
      return new SqliteIntakeStore({ store, spool, path: '/data/receiver.db', freeDiskBytes: () => 1e12 });
    };
    expect(open().fullReason(5_000, 'commit')).toBeUndefined();
    expect(open().fullReason(5_000, 'reopen')).toBeUndefined();
    expect(open().fullReason(5_000)).toBe('spool-full');
    append();
    expect(open().fullReason(5_000, 'reopen')).toBe('spool-full');
  });

  it('writes frames, state, gaps and hello together or not at all', () => {
    const front = new FrontHalf();
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    front.store.exec("CREATE TRIGGER fails BEFORE INSERT ON recent_frame BEGIN SELECT raise(ABORT, 'no'); END");
    expect(() => front.receive(...session.datagrams(journal.append()))).toThrow('TRIGGER');
    expect(front.spooled).toEqual([]);
    expect(front.spool.depth.frames).toBe(0);
  });

  it('keeps what was released while the disk is full, and commits it when there is room', () => {
    const front = new FrontHalf();
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    const pages = front.store.pragma('page_count', { simple: true }) as number;
    front.store.pragma(`max_page_count = ${pages}`);
    front.receive(...session.datagrams(journal.append(40_000)));
    expect(front.spooled).toEqual([]);
    expect(front.status.accepting).toMatchObject({ isAccepting: false, reason: 'disk-full' });
    front.receive(...session.datagrams(journal.append(10)));
    expect(front.status.datagrams['not-accepting']).toBe(3);
    front.store.pragma('max_page_count = 1000000');
    front.pass(RECEIVER_LIMITS.storeRetryMs);
    expect(front.spooled).toEqual(['1']);
    expect(front.status.accepting).toEqual({ isAccepting: true });
  });

  it('leaves the audit log alone on a disk that others filled, until there is room', () => {
    let freeBytes = 1e12;
    const database = openStore(':memory:', RECEIVER_MIGRATIONS);
    const spool = new Spool(database, { maxBytes: 1e9 });
    const path = '/data/receiver.db';
    const store = new SqliteIntakeStore({ store: database, spool, path, freeDiskBytes: () => freeBytes });
    const front = new FrontHalf({ store: database, changes: { store } });
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    front.receive(...session.datagrams(journal.append()));
    const missing = journal.append();
    front.receive(...session.datagrams(journal.append()));
    freeBytes = 0;
    front.steps.length = 0;
    // The gap of frame 2 is due meanwhile, which is a decision to audit.
    for (let look = 0; look < 3; look++) front.pass(RECEIVER_LIMITS.storeRetryMs);
    front.receive(...session.datagrams(journal.append()));
    expect(front.steps).toEqual([]);
    expect(front.status.accepting).toMatchObject({ isAccepting: false, reason: 'disk-full' });
    expect(front.eventNames()).not.toContain('accepting');
    freeBytes = 1e12;
    front.pass(RECEIVER_LIMITS.storeRetryMs);
    front.receive(...session.datagrams(missing));
    expect(front.spooled).toEqual(['1', '3', '2 healed']);
  });

  it('stops for any other failure of the disk: never again over a failed sync', () => {
    const front = new FrontHalf();
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    front.store.pragma('query_only = ON');
    expect(() => front.receive(...session.datagrams(journal.append()))).toThrow(
      expect.objectContaining({ code: 'disk-failed' }),
    );
  });

  it('remembers no more digests than its bound', () => {
    const front = new FrontHalf();
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    front.meet(session);
    const count = RECEIVER_LIMITS.maxRecentDigests + 10;
    for (let at = 0; at < count; at += 256) {
      const datagrams = Array.from({ length: 256 }, () => session.datagrams(journal.append(10))[0] as Buffer);
      front.receive(...datagrams);
    }
    const rows = front.store.prepare('SELECT count(*) AS rows FROM recent_frame').get();
    expect(rows).toEqual({ rows: RECEIVER_LIMITS.maxRecentDigests });
  });
});

function filled(count: number) {
  const store = openStore(':memory:', RECEIVER_MIGRATIONS);
  const spool = new Spool(store, { maxBytes: 1e9 });
  const journal = new ModelJournal();
  const frames: VerifiedFrame[] = [];
  const append = () => {
    const frame = verifyFrame(journal.append().bytes, senderKeys) as VerifiedFrame;
    frames.push(frame);
    spool.append({ frame, isHealed: false, receivedAtMs: 99 + frames.length });
  };
  for (let at = 0; at < count; at++) append();
  return { store, spool, frames, append };
}

function sequencesOf(frames: readonly { readonly sequence: number }[]): readonly number[] {
  return frames.map(({ sequence }) => sequence);
}

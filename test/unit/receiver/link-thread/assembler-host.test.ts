import { afterEach, describe, expect, it } from 'vitest';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { DATAGRAM_KIND } from '../../../../src/wire/datagram.ts';
import { ModelJournal, ModelSession, type SentFrame, signFrame } from '../../../support/model-sender.ts';
import { ThreadedHalf } from '../../../support/threaded-half.ts';

const LIMITS = { ...RECEIVER_LIMITS };

afterEach(() => {
  Object.assign(RECEIVER_LIMITS, LIMITS);
});

describe('the thread that reads the link', () => {
  it('takes frames while the other thread hears nothing, and loses none of them', () => {
    const { half, journal, session } = started();
    const frames = [journal.append(), journal.append(3_000), journal.append()];
    for (const datagram of frames.flatMap((frame) => session.datagrams(frame))) half.host.handleDatagram(0, datagram);
    half.pass(60_000);
    expect(half.spooled).toEqual(['1', '2', '3']);
  });

  it('copies what it passes on: the link puts another datagram there', () => {
    const { half, session } = started();
    const hello = session.hello();
    half.host.handleDatagram(half.nowMs, hello);
    hello.fill(0xee);
    half.poll();
    expect(half.status.hellos.accepted).toBe(2);
    expect(half.status.datagrams.hello).toBe(2);
  });

  it('does not put a frame together again that is known, also after a restart', () => {
    const { half, journal, session } = started();
    const frame = journal.append();
    half.receive(...session.datagrams(frame));
    half.pass(RECEIVER_LIMITS.completedQuietMs + 1);
    half.receive(...session.datagrams(frame));
    expect([half.status.datagrams.accepted, half.status.datagrams.unneeded]).toEqual([1, 5]);
    const again = new ThreadedHalf({ store: half.store });
    again.open(session);
    again.receive(...session.datagrams(frame));
    expect([again.status.datagrams.accepted, again.status.datagrams.unneeded]).toEqual([0, 3]);
  });

  it('wants the other frame of a sequence that a sender signed twice: it is the evidence', () => {
    const { half, journal, session } = started();
    half.receive(...session.datagrams(journal.append(100)));
    const { epoch, epochId, sequence, previousDigest } = (journal.frames[0] as SentFrame).header;
    half.receive(...session.datagrams(signFrame({ epoch, epochId, sequence, previousDigest }, Buffer.alloc(200, 9))));
    expect(half.status.gate.halted).toMatchObject({ reason: 'equivocation' });
  });

  it('releases what came before a hello that halts, also in one report', () => {
    const { half, journal, session } = started();
    half.receive(...session.datagrams(journal.append()));
    const other = session.hello({ head: { ...journal.head, digest: Buffer.alloc(32, 5) } });
    for (const datagram of [...session.datagrams(journal.append()), other])
      half.host.handleDatagram(half.nowMs, datagram);
    half.poll();
    expect(half.status.gate.halted).toMatchObject({ reason: 'equivocation' });
    expect(half.spooled).toEqual(['1', '2']);
  });

  it('takes the frames of a new epoch, though one of the old, of that sequence and length, comes after it', () => {
    const { half, journal, session } = started();
    const late = session.datagrams(journal.append());
    for (const datagram of late) half.host.handleDatagram(half.nowMs, datagram);
    half.report();
    const [report] = half.reports.splice(0);
    const next = new ModelJournal({ epoch: 2 });
    const epoch = new ModelSession(next, { number: 2 });
    half.meet(epoch, epoch.hello({ previousEpoch: { ...new ModelJournal().head } }));
    expect(half.status.gate.epoch).toBe(2);
    half.reports.push(report as NonNullable<typeof report>);
    half.takeReports();
    half.poll();
    half.receive(...epoch.datagrams(next.append()));
    expect(half.spooled).toEqual(['1']);
    expect(half.status.gate.sequence).toBe(1);
  });

  it('is told of the epoch before the session: what waited for it is wanted at once', () => {
    const { half } = started();
    const next = new ModelJournal({ epoch: 2 });
    const session = new ModelSession(next, { number: 2 });
    const hello = session.hello({ previousEpoch: { ...new ModelJournal().head } });
    half.receive(...session.datagrams(next.append()));
    expect(half.status.waitingDatagrams).toBe(3);
    half.meet(session, hello);
    expect(half.spooled).toEqual(['1']);
    expect(half.status.recalledDatagrams).toBe(3);
  });

  it('counts what it refuses while spool or disk is full', () => {
    const { half, journal, session } = started(new ThreadedHalf({ maxBytes: 800 }));
    half.receive(...session.datagrams(journal.append(300)));
    half.receive(...session.datagrams(journal.append(300)));
    expect(half.status.accepting.isAccepting).toBe(false);
    half.receive(...session.datagrams(journal.append(300)));
    expect(half.status.datagrams['not-accepting']).toBe(3);
  });

  it('is full while too much waits for the other thread, and goes on once that is taken', () => {
    Object.assign(RECEIVER_LIMITS, { maxReportedBytes: 1_000 });
    const { half, journal, session } = started();
    for (const datagram of session.datagrams(journal.append(2_000))) half.host.handleDatagram(half.nowMs, datagram);
    expect(half.host.isFull).toBe(false);
    half.report();
    expect([half.host.isFull, half.host.isPausing]).toEqual([true, true]);
    // What was read before the link is left alone still counts.
    for (const datagram of session.datagrams(journal.append(2_000))) half.host.handleDatagram(half.nowMs, datagram);
    half.poll();
    expect(half.host.isFull).toBe(false);
    expect(half.spooled).toEqual(['1', '2']);
    half.pass(1_000);
    expect(half.intake.status(half.nowMs).datagrams['not-accepting']).toBe(0);
  });

  it('refuses and counts what comes then, where the link cannot wait', () => {
    Object.assign(RECEIVER_LIMITS, { maxReportedBytes: 1_000 });
    const { half, journal, session } = started(new ThreadedHalf({ canWait: false }));
    for (const datagram of session.datagrams(journal.append(2_000))) half.host.handleDatagram(half.nowMs, datagram);
    half.report();
    expect([half.host.isFull, half.host.isPausing]).toEqual([true, false]);
    const refused = session.datagrams(journal.append());
    for (const datagram of [...refused, session.hello()]) half.host.handleDatagram(half.nowMs, datagram);
    half.poll();
    expect(half.spooled).toEqual(['1']);
    expect(half.status.hellos.accepted).toBe(2);
    expect(half.status.datagrams['not-accepting']).toBe(refused.length);
    half.receive(...session.datagrams(journal.append()));
    expect(half.status.gate.heldFrames).toBe(1);
  });

  it('leaves no room of frames to forged hellos and control datagrams: beyond a bound they are refused and counted', () => {
    Object.assign(RECEIVER_LIMITS, { maxReportedBytes: 20_000, maxReportedDeskBytes: 20_000 });
    const { half, journal, session } = started();
    for (let count = 0; count < 25; count++) {
      for (const kind of [DATAGRAM_KIND.hello, DATAGRAM_KIND.control]) {
        // Of lane 255.
        const forged = Buffer.alloc(8_940, 255);
        forged.set(session.hello().subarray(0, 3));
        forged[3] = kind << 4;
        half.host.handleDatagram(half.nowMs, forged);
      }
    }
    half.report();
    expect(half.reports[0]?.datagrams.length).toBe(2);
    expect(half.host.isFull).toBe(false);
    for (const datagram of [session.hello(), ...session.datagrams(journal.append())]) {
      half.host.handleDatagram(half.nowMs, datagram);
    }
    half.poll();
    expect(half.spooled).toEqual(['1']);
    expect(half.status.datagrams).toMatchObject({ 'not-accepting': 49, accepted: 1 });
    // What the other thread took leaves room again.
    half.receive(session.hello());
    expect(half.status.hellos.accepted).toBe(2);
    half.poll();
    expect(half.orders).toEqual([]);
  });

  it('reports at once what the other thread waits for, and figures alone once they have waited for others', () => {
    const { half, journal, session } = started();
    const { host, nowMs } = half;
    const [first, ...others] = session.datagrams(journal.append(3_000));
    host.handleDatagram(nowMs, first as Buffer);
    host.handleDatagram(nowMs + 5, first as Buffer);
    expect([host.poll(nowMs + 19), host.nextDeadlineMs()]).toEqual([undefined, nowMs + 20]);
    expect(host.poll(nowMs + 20)?.figures.datagrams).toMatchObject({ accepted: 1, replayed: 1 });
    expect([host.poll(nowMs + 90), host.nextDeadlineMs()]).toEqual([undefined, undefined]);
    for (const datagram of others) host.handleDatagram(nowMs + 100, datagram);
    expect(host.poll(nowMs + 100)?.frames.length).toBe(1);
    expect(host.nextDeadlineMs()).toBe(undefined);
  });

  it('says how often so much waited', () => {
    Object.assign(RECEIVER_LIMITS, { maxReportedBytes: 4_000 });
    const { half, journal, session } = started();
    for (let round = 0; round < 3; round++) half.receive(...session.datagrams(journal.append(8_000)));
    expect(half.host.takeReport().figures.pauses).toBe(3);
  });

  it('leaves a frame whose payload is another than its header names to the thread that refuses it', () => {
    const { half, journal, session } = started();
    const frame = journal.append(300);
    const forged = Buffer.from(frame.bytes);
    forged[forged.length - 1] = 0xff;
    half.receive(...session.datagrams({ sequence: 1, bytes: forged }));
    expect(half.status.frames['payload-digest']).toBe(1);
    expect(half.spooled).toEqual([]);
  });
});

function started(half = new ThreadedHalf()) {
  const journal = new ModelJournal();
  const session = new ModelSession(journal);
  half.meet(session);
  return { half, journal, session };
}

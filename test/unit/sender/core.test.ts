import { describe, expect, it } from 'vitest';
import { coreStatus } from '../../../sender/ops/core-status.ts';
import { sha256 } from '../../../src/crypto/digest.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { decompress } from '../../../src/wire/compression.ts';
import { DATAGRAM_KIND, datagramKind } from '../../../src/wire/datagram.ts';
import { decodeFrame, decodeFrameHeader, type FrameHeader } from '../../../src/wire/frame.ts';
import { decodeHello, decodeHelloBody, decodeHelloDatagram } from '../../../src/wire/hello.ts';
import { decodePayload, type WireRecord } from '../../../src/wire/record.ts';
import { assemble, coreRig, drive, entriesOf, userLine } from '../../support/sender-rig.ts';

const wallMs = 1_800_000_000_000;

function recordsOf(frame: Buffer): { header: FrameHeader; records: readonly WireRecord[] } {
  const parts = decodeFrame(frame);
  if (typeof parts === 'string') throw new Error(parts);
  const header = decodeFrameHeader(parts.header);
  if (typeof header === 'string') throw new Error(header);
  const body = header.compression === 'zstd' ? decompress(parts.payload, header.bodyBytes) : parts.payload;
  if (typeof body === 'string') throw new Error(body);
  const records = decodePayload(body, header.recordCount);
  if (typeof records === 'string') throw new Error(records);
  return { header, records };
}

const symbolsOf = (sent: readonly { datagram: Buffer }[]) =>
  sent.map(({ datagram }) => datagram).filter((datagram) => datagramKind(datagram) === DATAGRAM_KIND.symbol);
const hellosOf = (sent: readonly { atMs: number; datagram: Buffer }[]) =>
  sent.filter(({ datagram }) => datagramKind(datagram) === DATAGRAM_KIND.hello);

function headOf(hello: Buffer): number {
  const parts = decodeHelloDatagram(hello);
  const pair = typeof parts === 'string' ? parts : decodeHello(parts.hello);
  const body = typeof pair === 'string' ? pair : decodeHelloBody(pair.body);
  if (typeof body === 'string') throw new Error(body);
  return body.head.sequence;
}

describe('sender core', () => {
  it('says hello over a slow link of small symbols, whose bursts are shorter than a hello', async () => {
    const { core } = await coreRig({ link: { symbolBytes: 64, rateBitsPerSecond: 200_000 } });
    const [hello] = hellosOf(drive(core, 0, 1_000));
    expect(hello?.datagram.length).toBeGreaterThan(64 + 44);
  });

  it('brings lines to signed frames on the wire, in order, after the linger where the link is slow', async () => {
    const { core, audit } = await coreRig({ link: { rateBitsPerSecond: 5_000_000 } });
    core.handleEntries(0, entriesOf([userLine('a'), userLine('b'), { type: 'User', op: 'delete', id: 'a' }]));
    const sent = drive(core, 0, 500);
    expect(sent.filter(({ atMs }) => atMs < 50)).toEqual(hellosOf(sent).slice(0, 1));
    const frames = assemble(symbolsOf(sent));
    expect([...frames.keys()]).toEqual([1]);
    const { header, records } = recordsOf(frames.get(1) as Buffer);
    expect(header).toMatchObject({ epoch: 1, sequence: 1, recordCount: 3, createdAtMs: wallMs + 50 });
    expect(records.map((record) => record.kind === 'delta' && [record.operation, record.id])).toEqual([
      ['create', 'a'],
      ['create', 'b'],
      ['delete', 'a'],
    ]);
    expect(audit.of('frame-signed')).toEqual([expect.objectContaining({ epoch: 1, sequence: 1, records: 3 })]);
  });

  it('sends a change that comes alone at once, and gathers what follows it', async () => {
    const { core } = await coreRig();
    core.handleEntries(1_000, entriesOf([userLine('a')]));
    drive(core, 1_000, 1_010);
    core.handleEntries(1_010, entriesOf([userLine('b')], 2));
    core.handleEntries(1_040, entriesOf([userLine('c')], 3));
    const sent = symbolsOf(drive(core, 1_040, 1_900));
    const created = core.journal
      .framesAfter(0, { frames: 9, bytes: 1e6 })
      .map(({ bytes }) => recordsOf(Buffer.from(bytes)));
    expect(created.map(({ header, records }) => [header.createdAtMs - wallMs, records.length])).toEqual([
      [1_000, 1],
      [1_050, 2],
    ]);
    expect([...assemble(sent).keys()]).toEqual([2]);
  });

  it('writes passes down with the next lines, and apart from them only where none come within a second', async () => {
    const { core } = await coreRig();
    core.handleEntries(0, entriesOf([userLine('a')]));
    drive(core, 0, 900);
    expect(core.journal.hasUnrecordedPasses).toBe(true);
    core.handleEntries(900, entriesOf([userLine('b')], 2));
    drive(core, 900, 910);
    expect(core.nextJournalMs(910)).toBeGreaterThanOrEqual(1_900);
    drive(core, 910, 2_000);
    expect(core.nextJournalMs(2_000)).toBeGreaterThan(2_000);
  });

  it('gathers on media, where nobody waits for a frame', async () => {
    const { core } = await coreRig({ isMediaOnly: true });
    core.handleEntries(1_000, entriesOf([userLine('a')]));
    drive(core, 1_000, 1_049);
    expect(core.journal.head.sequence).toBe(0);
    drive(core, 1_049, 1_050);
    expect(core.journal.head.sequence).toBe(1);
  });

  it('costs 3 datagrams for a 1 KB change, and 4 with its first repeat', async () => {
    const { core } = await coreRig();
    // Text that zstd cannot shrink below 1 KB, as of a signed assertion or a photo's thumbprint.
    const noise = Array.from({ length: 32 }, (_, at) => sha256(Buffer.of(at)).toString('base64url')).join('');
    const text = userLine('u1', noise.slice(0, 700)) as { resource: object };
    Object.assign(text.resource, { title: noise.slice(700, 1_000), externalId: noise.slice(1_000, 1_060) });
    core.handleEntries(0, entriesOf([text]));
    const first = symbolsOf(drive(core, 0, 900));
    const frameBytes = core.journal.depth.bytes;
    expect(JSON.stringify(text.resource).length).toBeGreaterThan(1_000);
    expect(first).toHaveLength(3);
    const repeat = symbolsOf(drive(core, 900, 5_000));
    expect(repeat).toHaveLength(1);
    const wire = (datagrams: readonly Buffer[]) => datagrams.reduce((sum, { length }) => sum + length + 66, 0);
    const { wireBytes } = coreStatus(core, 5_000);
    expect(wireBytes.source + wireBytes.repair).toBe(wire(first));
    expect(wireBytes.repeat).toBe(wire(repeat));
    expect({ frameBytes, firstBytes: wire(first), repeatBytes: wire(repeat) }).toMatchInlineSnapshot(`
      {
        "firstBytes": 3978,
        "frameBytes": 1168,
        "repeatBytes": 1326,
      }
    `);
  });

  it('writes down no pass while the link takes nothing, though it journals, and all once it takes again', async () => {
    const { core, journal } = await coreRig();
    const wallMs = 1_800_000_000_000;
    core.handleEntries(0, entriesOf([userLine('a')]));
    drive(core, 0, 900);
    expect(core.isDrained).toBe(true);
    for (const nowMs of [1_100, 5_000]) {
      core.keepJournal(nowMs, wallMs + nowMs);
      expect(core.nextJournalMs(nowMs)).toBeGreaterThan(nowMs);
    }
    core.handleEntries(5_000, entriesOf([userLine('b')], 2));
    core.keepJournal(5_100, wallMs + 5_100);
    expect(journal.head.sequence).toBe(2);
    expect(journal.hasUnrecordedPasses).toBe(true);
    core.poll(5_200, wallMs + 5_200);
    expect(journal.hasUnrecordedPasses).toBe(false);
  });

  it('finds out while the link takes nothing that the disk has room again', async () => {
    let freeBytes = 1e12;
    const { core } = await coreRig({ freeDiskBytes: () => freeBytes });
    const wallMs = 1_800_000_000_000;
    core.handleEntries(0, entriesOf([userLine('a')]));
    drive(core, 0, 900);
    freeBytes = 0;
    core.requestSnapshot('1', { isSourceRead: true });
    drive(core, 900, 950);
    expect(core.pauseReason).toBe('disk-full');
    freeBytes = 1e12;
    core.keepJournal(60_000, wallMs + 60_000);
    expect(core.pauseReason).toBeUndefined();
  });

  it('is journaled, audited and synced before the first datagram of a frame', async () => {
    const { core, audit, journal } = await coreRig();
    core.handleEntries(0, entriesOf([userLine('a')]));
    core.poll(0, wallMs);
    const before = audit.entries.length;
    const datagram = core.poll(50, wallMs + 50);
    expect(datagram && datagramKind(datagram)).toBe(DATAGRAM_KIND.symbol);
    expect(journal.head.sequence).toBe(1);
    expect(audit.entries.length).toBeGreaterThan(before);
    expect(audit.synced).toBe(audit.entries.length);
  });

  it('makes a Group’s members records of their own, over as many frames as they need, in one transaction', async () => {
    const { core, journal } = await coreRig({ packer: { batchRecords: 10 } });
    const members = Array.from({ length: 25 }, (_, index) => ({ value: `u${index}` }));
    const resource = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], id: 'g', displayName: 'g', members };
    core.handleEntries(0, entriesOf([{ type: 'Group', op: 'put', resource }]));
    expect(core.flush(0, wallMs)).toBe(true);
    expect(journal.head.sequence).toBe(3);
    expect(core.totals.records).toMatchObject({ delta: 1, member: 25 });
    expect(core.sourcePosition).toEqual({ offset: 1 });
  });

  it('refuses a bad line, says which, and goes on with the rest', async () => {
    const { core, rejected, audit, events } = await coreRig();
    core.handleEntries(0, [
      ...entriesOf([userLine('a'), '{"type":"User"', userLine('b')]),
      { kind: 'refused', lineNumber: 4, code: 'utf8', positionAfter: { offset: 4 } },
    ]);
    core.flush(0, wallMs);
    expect(rejected.map(({ lineNumber, source }) => [lineNumber, source])).toEqual([
      [2, 'test'],
      [4, 'test'],
    ]);
    expect(core.totals.lines).toEqual({ delivered: 2, refused: 2 });
    expect(core.sourcePosition).toEqual({ offset: 4 });
    expect(audit.of('lines-refused')).toEqual([expect.objectContaining({ lines: 2 })]);
    expect(events).toEqual([expect.objectContaining({ kind: 'lines-refused' })]);
  });

  it('saves the position of a file that moved on without a line', async () => {
    const { core, journal } = await coreRig();
    core.handleEntries(0, [{ kind: 'moved', positionAfter: { file: 2 } }]);
    core.flush(0, wallMs);
    expect(core.sourcePosition).toEqual({ file: 2 });
    expect(journal.head.sequence).toBe(0);
  });

  it('neither loses nor doubles a line when it dies between any two steps', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => userLine(`u${index}`));
    for (let steps = 0; steps < 30; steps++) {
      let rig = await coreRig({ packer: { batchRecords: 3 } });
      const { store } = rig;
      const seen: string[] = [];
      for (let run = 1; run <= 20 && rig.core.sourcePosition?.offset !== 40; run++) {
        const from = Number(rig.core.sourcePosition?.offset ?? 0);
        rig.core.handleEntries(0, entriesOf(lines.slice(from, from + 20), from + 1));
        for (let step = 0; step < steps + run; step++) rig.core.poll(step * 7, wallMs);
        rig = await coreRig({ store, packer: { batchRecords: 3 } });
      }
      let sequence = 0;
      for (const frame of rig.journal.framesAfter(0, { frames: 1e9, bytes: 1e9 })) {
        const { header, records } = recordsOf(Buffer.from(frame.bytes));
        expect(header.sequence).toBe(++sequence);
        for (const record of records) if (record.kind === 'delta') seen.push(record.id);
      }
      if (rig.core.sourcePosition?.offset === 40) expect(seen).toEqual(lines.map((_, index) => `u${index}`));
      else
        expect(seen).toEqual(
          lines.slice(0, Number(rig.core.sourcePosition?.offset ?? 0)).map((_, index) => `u${index}`),
        );
    }
  });

  it('sends after a crash what it had not sent, and the repeats that were left', async () => {
    const first = await coreRig();
    first.core.handleEntries(0, entriesOf([userLine('a')]));
    drive(first.core, 0, 3_000);
    first.core.handleEntries(3_000, entriesOf([userLine('b')], 2));
    first.core.flush(3_000, wallMs + 3_000);
    const second = await coreRig({ store: first.store, wallMs: wallMs + 3_000 });
    const sent = drive(second.core, 0, 100_000, wallMs + 3_000);
    const frames = assemble(symbolsOf(sent), 2);
    expect([...frames.keys()].sort()).toEqual([1, 2]);
    expect(second.core.totals.frames).toEqual({ journaled: 0, sent: 1, repeated: 5 });
    expect(second.audit.of('session-started')).toEqual([expect.objectContaining({ session: 2, sequence: 2 })]);
    // The first run wrote down that frame 1 was audited only with frame 2, which it audited without writing that down.
    expect(second.audit.of('frame-signed').map(({ sequence }) => sequence)).toEqual([2]);
    expect(second.audit.of('epoch-created')).toEqual([]);
  });

  it('announces the tail soon after the journal went idle, with the head that shows it', async () => {
    const { core } = await coreRig();
    drive(core, 0, 40_500);
    core.handleEntries(40_500, entriesOf([userLine('a')]));
    const hellos = hellosOf(drive(core, 40_500, 45_000));
    expect(hellos[0]?.atMs).toBeLessThan(41_501);
    expect(headOf(hellos[0]?.datagram as Buffer)).toBe(1);
  });

  it('stops reading at a full journal, says so, and resumes once frames went through their repeats', async () => {
    const { core, events, journal } = await coreRig({ journalBytes: 20_000, packer: { batchRecords: 10 } });
    let line = 0;
    let nowMs = 0;
    while (core.pauseReason === undefined) {
      core.handleEntries(nowMs, entriesOf([userLine(`u${line++}`)], line));
      core.flush(nowMs, wallMs + nowMs);
      nowMs++;
    }
    expect(core.pauseReason).toBe('journal-full');
    expect(events).toContainEqual({ kind: 'paused', reason: 'journal-full' });
    const head = journal.head.sequence;
    core.handleEntries(nowMs, entriesOf([userLine('waits')], ++line));
    drive(core, nowMs, 59_000);
    expect(journal.head.sequence).toBe(head);
    expect(journal.head.oldestSequence).toBe(1);
    drive(core, 59_000, 70_000);
    expect(core.pauseReason).toBeUndefined();
    expect(events).toContainEqual({ kind: 'resumed', reason: 'journal-full' });
    expect(journal.head.sequence).toBe(head + 1);
    expect(journal.head.oldestSequence).toBeGreaterThan(1);
    expect(core.totals.prunedFrames).toBeGreaterThan(0);
  });

  it('writes no pass down as done whose last datagram the pacer holds back', async () => {
    const slow = { rateBitsPerSecond: 20_000, repeatAfterMs: [1_000] };
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const first = await coreRig({ link: slow, packer: { batchRecords: 1 } });
    first.core.handleEntries(0, entriesOf(ids.map((id) => userLine(id))));
    const { outlet, transmitter } = first.core;
    const heldBack = () =>
      transmitter.counter - outlet.datagrams.source - outlet.datagrams.repair - outlet.datagrams.repeat;
    let nowMs = 0;
    for (; outlet.datagrams.repeat < ids.length - 1 || heldBack() === 0; nowMs += 10) {
      expect(nowMs).toBeLessThan(100_000);
      while (first.core.poll(nowMs, wallMs + nowMs) !== undefined)
        expect(outlet.datagrams.repeat).toBeLessThan(ids.length);
    }
    first.core.close(wallMs + nowMs);
    const second = await coreRig({ link: slow, store: first.store, wallMs: wallMs + nowMs });
    drive(second.core, 0, 100_000, wallMs + nowMs);
    expect(second.core.outlet.datagrams).toMatchObject({ source: 0, repair: 0, repeat: 1 });
  });

  it('sends hellos alone while an operator has it paused, and then all the rest with its repeats', async () => {
    const { core, store } = await coreRig();
    core.handleEntries(0, entriesOf([userLine('a')]));
    for (let polls = 0; core.outlet.datagrams.source === 0; polls++) {
      expect(polls).toBeLessThan(1_000);
      core.poll(polls, wallMs + polls);
    }
    // In the midst of the first pass: a datagram of it may have been built already.
    core.pause.pause(wallMs, 'export');
    expect(core.pauseReason).toBe('operator');
    core.handleEntries(100, entriesOf([userLine('b')], 2));
    const paused = drive(core, 100, 3_600_000);
    expect(paused.length).toBeGreaterThan(300);
    expect(symbolsOf(paused)).toEqual([]);
    expect(core.journal.head.sequence).toBe(1);
    const again = await coreRig({ store, nowMs: 3_600_000 });
    expect(again.core.pause.current).toEqual({ sinceMs: wallMs, reason: 'export' });
    expect(symbolsOf(drive(again.core, 3_600_000, 3_700_000))).toEqual([]);
    core.pause.resume();
    core.handleResumed(7_200_000);
    const resumed = drive(core, 7_200_000, 7_300_000);
    expect([...assemble(symbolsOf(resumed)).keys()]).toEqual([1, 2]);
    expect(coreStatus(core, 7_300_000)).toMatchObject({
      frames: { journaled: 2, sent: 2, repeated: 6 },
      repeats: { skipped: 0 },
    });
  });

  it('calls no repeat late that came due while it was paused', async () => {
    const { core } = await coreRig({ packer: { batchRecords: 1 } });
    core.handleEntries(0, entriesOf([userLine('a'), userLine('b'), userLine('c')]));
    drive(core, 0, 500);
    core.pause.pause(wallMs, '');
    drive(core, 500, 3_600_000);
    core.pause.resume();
    core.handleResumed(3_600_000);
    drive(core, 3_600_000, 3_601_000);
    expect(coreStatus(core, 3_601_000).repeats).toEqual({ done: 9, skipped: 0, waiting: 0 });
  });

  it('waits out a full disk, keeps the lines, and goes on', async () => {
    const { core, store, events, journal } = await coreRig();
    const pages = store.pragma('page_count', { simple: true }) as number;
    store.pragma(`max_page_count = ${pages}`);
    const large = Array.from({ length: 200 }, (_, index) => userLine(`u${index}`, `${index ** 5}`.repeat(30)));
    core.handleEntries(0, entriesOf(large));
    drive(core, 0, 20_000);
    expect(core.pauseReason).toBe('disk-full');
    expect(events.filter(({ kind }) => kind === 'paused')).toHaveLength(1);
    expect(journal.head.sequence).toBe(0);
    store.pragma('max_page_count = 1000000');
    drive(core, 20_000, 20_000 + SENDER_LIMITS.diskRetryMs);
    expect(core.pauseReason).toBeUndefined();
    expect(core.totals.lines.delivered).toBe(200);
    expect(events.at(-1)).toEqual({ kind: 'resumed', reason: 'disk-full' });
  });

  it('stops before the audit log is the first to find no room, and goes on', async () => {
    let freeBytes = SENDER_LIMITS.minFreeDiskBytes - 1;
    const { core, audit, events, journal } = await coreRig({ freeDiskBytes: () => freeBytes });
    const { synced } = audit;
    core.handleEntries(0, entriesOf([userLine('a')]));
    drive(core, 0, 20_000);
    expect(core.pauseReason).toBe('disk-full');
    expect(journal.head.sequence).toBe(0);
    expect(audit.synced).toBe(synced);
    freeBytes += 1;
    drive(core, 20_000, 20_000 + SENDER_LIMITS.diskRetryMs);
    expect(core.pauseReason).toBeUndefined();
    expect(core.totals.lines.delivered).toBe(1);
    expect(events.map(({ kind }) => kind)).toEqual(['paused', 'resumed']);
  });

  it('throws what no retry may follow: a failed disk, an audit log that cannot be written', async () => {
    const failed = await coreRig();
    failed.core.handleEntries(0, entriesOf([userLine('a')]));
    failed.store.exec('DROP TABLE frame');
    expect(() => failed.core.flush(0, wallMs)).toThrow(expect.objectContaining({ code: 'disk-failed' }));
    const unaudited = await coreRig();
    unaudited.core.handleEntries(0, entriesOf([userLine('a')]));
    unaudited.audit.sync = () => {
      throw new Error('audit-failed');
    };
    expect(() => drive(unaudited.core, 0, 100)).toThrow('audit-failed');
    expect(unaudited.core.outlet.datagrams.source).toBe(0);
  });

  it('asks the source to wait when its queue is full', async () => {
    const { core } = await coreRig();
    const line = 'x'.repeat(1_000_000);
    while (core.pauseReason === undefined) core.handleEntries(0, entriesOf([line]));
    expect(core.pauseReason).toBe('queue-full');
    expect(core.queue.byteCount).toBeLessThan(SENDER_LIMITS.maxQueuedLineBytes + 1_000_001);
    core.flush(0, wallMs);
    expect(core.pauseReason).toBeUndefined();
  });

  it('sends what is due although lines wait to be journaled all the time', async () => {
    let watchMs = 0;
    const { core } = await coreRig({
      stopwatchMs: () => (watchMs += 10),
      packer: { batchRecords: 2 },
      link: { rateBitsPerSecond: 50_000_000 },
    });
    // Its hellos were heard, and nothing waits for them.
    drive(core, 0, 1_000);
    core.handleEntries(1_000, entriesOf(Array.from({ length: 16_000 }, (_, index) => userLine(`u${index}`))));
    let unsentAtMost = 0;
    let repeatedAtMs: number | undefined;
    // Each flush takes 16 frames of 2 records and holds the thread for 10 ms: 500 of them take 5 s.
    for (let nowMs = 1_000; nowMs < 4_000; ) {
      const journaled = core.journal.head.sequence;
      const datagram = core.poll(nowMs, wallMs + nowMs);
      if (core.journal.head.sequence > journaled) nowMs += 10;
      else if (datagram === undefined)
        nowMs = Math.max(nowMs + 1, Math.min(Math.ceil(core.nextDeadlineMs(nowMs)), nowMs + 10));
      unsentAtMost = Math.max(unsentAtMost, core.journal.unsent.frames);
      if (coreStatus(core, nowMs).datagrams.repeat > 0) repeatedAtMs ??= nowMs;
    }
    expect(core.queue.lineCount).toBeGreaterThan(1_000);
    expect(unsentAtMost).toBeLessThan(2 * SENDER_LIMITS.maxCommitFrames);
    expect(repeatedAtMs).toBeLessThan(2_200);
  });

  it('reads on in an eighth of the time once the link has enough to send', async () => {
    let watchMs = 0;
    // Each flush looks twice: it takes 10 ms.
    const { core, journal } = await coreRig({
      stopwatchMs: () => (watchMs += 10),
      link: { rateBitsPerSecond: 1_000_000 },
    });
    const noise = Array.from({ length: 20_000 }, (_, at) => sha256(Buffer.from(`${at}`)).toString('base64url')).join(
      '',
    );
    const large = (index: number) => entriesOf([userLine(`u${index}`, noise.slice(index, index + 800_000))], index + 1);
    let index = 0;
    const flushedAt = (nowMs: number) => {
      const before = journal.head.sequence;
      core.handleEntries(nowMs, large(index++));
      for (let polls = 0; polls < 64 && core.poll(nowMs, wallMs + nowMs); polls++);
      return journal.head.sequence > before;
    };
    let nowMs = 0;
    // Below that it rests as long as a flush took.
    for (; journal.unsent.bytes < SENDER_LIMITS.maxInFlightBytes; nowMs += 20) expect(flushedAt(nowMs)).toBe(true);
    const lastMs = nowMs - 20;
    expect(flushedAt(lastMs + 1)).toBe(false);
    expect(flushedAt(lastMs + 79)).toBe(false);
    expect(flushedAt(lastMs + 10 * (1 + SENDER_LIMITS.backlogRestFactor))).toBe(true);
  });

  it('keeps to the rate, hello and repeats included', async () => {
    const rateBitsPerSecond = 1_000_000;
    const { core } = await coreRig({ link: { rateBitsPerSecond }, packer: { batchRecords: 50 } });
    const many = Array.from({ length: 2_000 }, (_, index) =>
      userLine(`u${index}`, `${(index * 7_919) % 100_003}@example.org`),
    );
    core.handleEntries(0, entriesOf(many));
    const sent = drive(core, 0, 4_000);
    const bits = sent.reduce((sum, { datagram }) => sum + 8 * (datagram.length + 66), 0);
    expect(bits).toBeLessThanOrEqual(rateBitsPerSecond * 4 + 8 * 1_600);
    for (const [index, { atMs }] of sent.entries()) {
      const spanBits = sent.slice(0, index + 1).reduce((sum, { datagram }) => sum + 8 * (datagram.length + 66), 0);
      expect(spanBits).toBeLessThanOrEqual((rateBitsPerSecond * atMs) / 1_000 + 8 * 1_600);
    }
  });

  it('lets a hello leave that is larger than the datagrams of small symbols at a low rate', async () => {
    const { core } = await coreRig({ link: { rateBitsPerSecond: 100_000, symbolBytes: 64 } });
    core.handleEntries(0, entriesOf([userLine('a')]));
    const sent = drive(core, 0, 2_000);
    expect(hellosOf(sent).length).toBeGreaterThan(0);
    expect(assemble(symbolsOf(sent)).has(1)).toBe(true);
  });

  it('sends repeats only in what fresh frames leave, and later rather than never', async () => {
    const rateBitsPerSecond = 200_000;
    const { core } = await coreRig({
      link: { rateBitsPerSecond, repeatAfterMs: [1_000] },
      packer: { batchRecords: 1 },
    });
    core.handleEntries(0, entriesOf(Array.from({ length: 100 }, (_, index) => userLine(`u${index}`))));
    drive(core, 0, 1_000);
    const during = coreStatus(core, 1_000);
    expect(during.frames.sent).toBeLessThan(100);
    drive(core, 1_000, 30_000);
    const after = coreStatus(core, 30_000);
    expect(after.frames).toEqual({ journaled: 100, sent: 100, repeated: 100 });
    expect(after.repeats).toEqual({ done: 100, skipped: 0, waiting: 0 });
  });
});

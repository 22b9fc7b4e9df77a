import { describe, expect, it } from 'vitest';
import { offlineReceiverAlarms, receiverAlarms, receiverNotReady } from '../../../receiver/ops/receiver-alarms.ts';
import type { ReceiverStatus } from '../../../receiver/ops/receiver-status.ts';
import { offlineReceiverStatusText, receiverStatusText } from '../../../receiver/ops/status-view.ts';
import { emptyProgress } from '../../../receiver/publish/progress.ts';
import { type WitnessStatus, witnessText } from '../../../receiver/witness/witness-view.ts';
import { offlineSenderStatusText, senderAlarms, senderStatusText } from '../../../sender/ops/status-view.ts';
import { duration, rate, size } from '../../../src/cli/status-table.ts';
import { receiverStatusSample, senderStatusSample } from '../../support/status-samples.ts';

const { intake } = receiverStatusSample;

describe('the status of a sender', () => {
  it('shows a person the figures of the metrics', () => {
    const text = senderStatusText(senderStatusSample, 1_000_000);
    for (const line of [
      'Stream hr of boundary site-a, running',
      'head                frame 1,234',
      'last hello          2.0 s ago (3 sent)',
      'lines refused       1: json-syntax 1',
      'unsent              1 frames, 12 records, 2.9 KiB',
      'oldest unsent       1 min 40 s',
      'records             56: delta 40, member 9, token 5, revocation 1, key-set 1',
      'repeats             done 2, waiting 1, skipped 2',
      'UDP                 in batches of segments',
      'lost here           queue of eth0 1,234, eth0 itself 5',
      'link errors         ENETUNREACH 3',
      'at most 50 Mbit/s',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).toMatch(/Alarms\n {2}none/);
  });

  it('raises an alarm for a failure, a full journal or disk, and a link that takes no hello', () => {
    const { source, hello } = senderStatusSample;
    expect(senderAlarms(senderStatusSample)).toEqual([]);
    expect(
      senderAlarms({ ...senderStatusSample, failure: { code: 'x', seen: 'It broke.', cure: 'Mend it.' } }),
    ).toEqual(['It broke. Mend it.']);
    const full = { ...source, isPaused: true, pausedBy: 'journal-full' as const };
    expect(senderAlarms({ ...senderStatusSample, source: full })[0]).toContain(
      'raise link.rateBitsPerSecond or journal.maxBytes',
    );
    expect(senderAlarms({ ...senderStatusSample, hello: { ...hello, lastAgeMs: 90_000 } })).toEqual([
      'No hello has been sent for 1 min 30 s: the link does not take datagrams.',
    ]);
  });

  it('raises an alarm for ten minutes where this machine lost datagrams, and says unknown, not 0, what it cannot tell', () => {
    const { link } = senderStatusSample;
    const drops = { interfaceName: 'eth0', queue: undefined, interface: 2, seenAgeMs: 30_000 };
    expect(senderAlarms({ ...senderStatusSample, link: { ...link, drops } })).toEqual([
      'Datagrams are lost on this machine since the start (queue of eth0 unknown, eth0 itself 2; seen to rise 30.0 s ago): compare link.rateBitsPerSecond with what the interface takes (diode-sender check DIR).',
    ]);
    expect(senderAlarms({ ...senderStatusSample, link: { ...link, drops: { ...drops, seenAgeMs: 600_001 } } })).toEqual(
      [],
    );
    const unanswered = { interfaceName: 'eth0', queue: 0, interface: 0, unanswered: '192.0.2.7' };
    expect(senderAlarms({ ...senderStatusSample, link: { ...link, drops: unanswered } })).toEqual([
      'Nothing reaches the diode: nobody tells the hardware address of 192.0.2.7, as nobody does behind a diode: ip neigh replace 192.0.2.7 lladdr MAC-OF-THE-DIODE nud permanent dev eth0.',
    ]);
    const { drops: _, ...without } = link;
    expect(senderStatusText({ ...senderStatusSample, link: without }, 0)).not.toContain('lost here');
  });

  it('raises an alarm where a frame has waited in the spool for over an hour', () => {
    const waiting = (oldestAgeMs: number) => ({
      ...receiverStatusSample,
      intake: { ...intake, gate: { ...intake.gate, gaps: [] } },
      spool: { ...receiverStatusSample.spool, oldestAgeMs },
    });
    expect(receiverAlarms(waiting(3_600_000))).toEqual([]);
    expect(receiverAlarms(waiting(7_380_000))).toEqual([
      'The oldest frame has waited in the spool for 2 h 3 min; none is dropped for its age.',
    ]);
  });

  it('tells who met the link late that repeats may make it whole, and who lost its tables that only a snapshot does', () => {
    const unwhole = (reason: 'joined' | 'rebuilt') =>
      receiverAlarms({ ...receiverStatusSample, unwhole: { reason, sinceMs: 0 } }).find((text) =>
        /not whole/.test(text),
      );
    expect(unwhole('joined')).toContain(
      'until all of those have come, as repeats bring them for a minute, or a whole snapshot',
    );
    expect(unwhole('rebuilt')).toContain('Nothing is published until a whole snapshot has come');
  });

  it('raises an alarm where the sender’s log was written anew, and shows what nobody witnessed', () => {
    const seen = (entries: number, frame: string) => ({ entries, frame, root: '' });
    const rewritten = { epoch: 1, known: seen(400, '1.1200'), found: seen(399, '1.1201') };
    const senderLog = { ...receiverStatusSample.senderLog, rewritten } as ReceiverStatus['senderLog'];
    const alarm = expect.stringContaining("The sender's audit log was written anew in epoch 1: its heads (400 entries");
    expect(receiverNotReady({ ...receiverStatusSample, senderLog } as ReceiverStatus)).toContainEqual(alarm);
    const spool = { frames: 0, records: 0, bytes: 0 };
    const offline = { running: true, boundary: 'a', spool, ...(senderLog && { senderLog }) };
    expect(offlineReceiverAlarms(offline)).toContainEqual(alarm);
    const row = "sender's log        400 entries as of frame 1.1200, unwitnessed: 100 to 149";
    expect(receiverStatusText(receiverStatusSample)).toContain(row);
    expect(offlineReceiverStatusText(offline)).toContain(row);
  });

  it('raises an alarm over lost frames, whichever half knows of them', () => {
    const gate = { ...intake.gate, gaps: [] };
    const lost = { through: 9_041, frames: 12 };
    const alarm =
      '12 frames are lost, up to frame 9,041: they are in no gap, so no ticket brings them. Have `diode-sender snapshot DIR` typed at the sender.';
    const quiet = { ...receiverStatusSample, intake: { ...intake, gate } };
    expect(receiverAlarms({ ...quiet, intake: { ...intake, gate: { ...gate, lost } } })).toEqual([alarm]);
    const progress = { ...emptyProgress('site-a', 'hr'), lost };
    expect(receiverAlarms({ ...quiet, progress })).toEqual([alarm]);
    const ended = { ...emptyProgress('site-a', 'hr'), lost: { through: 0, frames: 1 } };
    expect(receiverAlarms({ ...quiet, progress: ended })[0]).toContain('1 frame is lost, of an epoch that ended: ');
    const spool = { frames: 0, records: 0, bytes: 0 };
    expect(offlineReceiverStatusText({ running: false, boundary: 'a', spool, progress })).toContain(alarm);
  });

  it('says who paused it, since when, and what lets it go on', () => {
    const paused = { sinceMs: 0, reason: 'export, Ana' };
    const alarm =
      'The sender is paused since 1970-01-01T00:00:00.000Z (export, Ana): diode-sender resume DIR lets it go on.';
    expect(senderAlarms({ ...senderStatusSample, paused })).toEqual([alarm]);
    const journal = { frames: 0, records: 0, bytes: 0, unsentFrames: 0 };
    expect(offlineSenderStatusText({ running: false, boundary: 'a', stream: 'hr', journal, paused })).toContain(alarm);
    const receiver = { ...receiverStatusSample, paused: { sinceMs: 0, reason: '' } };
    expect(receiverNotReady({ ...receiver, kafka: { ...receiver.kafka, publishing: false } })).toEqual([
      'The receiver is paused since 1970-01-01T00:00:00.000Z: diode-receiver resume DIR lets it go on.',
    ]);
  });

  it('says that nothing runs and what the journal holds', () => {
    const text = offlineSenderStatusText({
      running: false,
      boundary: 'site-a',
      stream: 'hr',
      journal: { frames: 2, records: 20, bytes: 512, unsentFrames: 1 },
    });
    expect(text).toContain('not running: as it was left');
    expect(text).toContain('kept                2 frames, 20 records, 512 bytes');
  });
});

describe('the status of a receiver', () => {
  it('shows a person the figures of the metrics', () => {
    const progress = {
      ...emptyProgress('site-a', 'hr'),
      signedAtMs: Date.UTC(2026, 10, 22, 10),
      publishedAtMs: Date.UTC(2026, 10, 22, 10, 0, 2),
    };
    const text = receiverStatusText({ ...receiverStatusSample, progress });
    for (const line of [
      'freshness           signed 2026-11-22T10:00:00.000Z, published 2.0 s later',
      'received to         frame 1,230 of 1,234',
      'last hello          4.0 s ago',
      'gaps                1200–1201',
      'published           1,234',
      'spooled             3 frames, 30 records, 8.8 KiB of 8.0 GiB',
      'oldest              1.5 s',
      'kafka               up, publishing',
      'FEC gave back 5 symbols',
      'UDP                 in batches of single datagrams: this kernel has no UDP_GRO',
      'kernel drops        socket 6, interface 2',
      '!                   2 frames are missing in 1 gap: 1200–1201.',
    ]) {
      expect(text).toContain(line);
    }
  });

  it('is ready in spite of a gap, which is an alarm all the same', () => {
    expect(receiverNotReady(receiverStatusSample)).toEqual([]);
    expect(receiverAlarms(receiverStatusSample)).toHaveLength(1);
  });

  it('says why it is not ready: halted, Kafka, space, clock, silence', () => {
    const gate = {
      ...intake.gate,
      halted: { reason: 'equivocation' as never, seen: 'Two frames 7.', cure: 'Ask.', sinceMs: 0 },
    };
    const kafka = {
      ...receiverStatusSample.kafka,
      publishing: false,
      waitingFor: { code: 'kafka-unreachable', text: 'No Kafka broker answers.' },
    };
    const reasons = receiverNotReady({
      ...receiverStatusSample,
      kafka,
      intake: {
        ...intake,
        gate,
        accepting: { isAccepting: false, reason: 'spool-full' as never },
        clock: { isTrusted: false, reason: 'jump' },
        link: { isSilent: true, intervalMs: 10_000, sinceMs: 0, ageMs: 30_000 },
      },
    });
    expect(reasons).toEqual([
      'The stream is halted since 1970-01-01T00:00:00.000Z: Two frames 7. Ask.',
      'Nothing is published: No Kafka broker answers.',
      'Frames are refused (spool-full): free the disk or let the spool drain.',
      "The clock is not trusted (jump), so tokens wait: compare it with the sender's.",
      'No hello has arrived since 1970-01-01T00:00:00.000Z, although one is due every 10.0 s: look at sender and link.',
    ]);
  });

  it('is not ready from the start until the first hello, and tells one that is overdue from silence', () => {
    const at = (link: object) => ({
      ...receiverStatusSample,
      intake: { ...intake, link: { isSilent: false, intervalMs: 10_000, ...link } },
    });
    expect(receiverNotReady(at({ ageMs: 10_001 }))).toEqual([]);
    expect(receiverStatusText(at({ ageMs: 10_001 }))).toContain('10.0 s ago, overdue: one is due every 10.0 s');
    expect(receiverStatusText(at({ ageMs: 10_000 }))).not.toContain('overdue');
    expect(receiverNotReady(at({}))[0]).toContain('No hello has arrived since the start');
    const hellos = { ...intake.hellos, 'hello-receiver': 36 };
    const told = (link: object) => {
      const status = at({ isSilent: true, sinceMs: 0, ...link });
      return receiverNotReady({ ...status, intake: { ...status.intake, hellos } })[0];
    };
    const cards =
      'for another card, of another sender or damaged \\(hello-receiver 36 since the start\\): compare the cards';
    expect(told({})).toMatch(new RegExp(`^No hello has arrived since 1970.*: what came is ${cards}`));
    // A good one came: the cable may be cut since then.
    expect(told({ ageMs: 60_000 })).toMatch(new RegExp(`: look at sender and link; some that came are ${cards}`));
    expect(receiverStatusText(at({ sinceMs: 0 }))).toContain('none in this run, none since 1970-01-01T00:00:00.000Z');
  });

  it('says that nothing runs and what was published', () => {
    const spool = { frames: 0, records: 0, bytes: 0 };
    expect(offlineReceiverStatusText({ running: false, boundary: 'site-a', spool })).toContain(
      '(no sender is trusted yet)',
    );
    expect(offlineReceiverStatusText({ running: true, boundary: 'site-a', stream: 'hr', spool })).toContain(
      'running but not answering',
    );
  });

  it('says why nothing is done, and where the reason stands, also while nothing runs', () => {
    const left = { boundary: 'site-a', stream: 'hr', spool: { frames: 0, records: 0, bytes: 0 } };
    const paused = { sinceMs: 0, reason: 'export' };
    const halted = { reason: 'chain', seen: 'Frame 3 does not continue frame 2.', cure: 'Find the other sender.' };
    expect(
      offlineReceiverAlarms({ ...left, running: false, gate: { epoch: 1, epochId: 'ab', halted }, paused }),
    ).toEqual([
      "It does not run. Its log, or the service's (journalctl -u diode-receiver), says at the end why; `diode-receiver check DIR` says whether it could.",
      'Frame 3 does not continue frame 2. Find the other sender.',
      'The receiver is paused since 1970-01-01T00:00:00.000Z (export): diode-receiver resume DIR lets it go on.',
    ]);
    expect(offlineReceiverAlarms({ ...left, running: true })).toEqual([
      'It runs and does not answer within 2.0 s: its log says what it does.',
    ]);
    expect(offlineReceiverStatusText({ ...left, running: true })).toContain('Alarms');
  });
});

describe('what was witnessed', () => {
  it('says also how much of it is remembered no longer', () => {
    const { senderLog } = receiverStatusSample;
    expect(witnessText({ ...(senderLog as WitnessStatus), droppedRuns: 5 })).toBe(
      '400 entries as of frame 1.1200, unwitnessed: 100 to 149, and 5 ranges before those are remembered no longer',
    );
  });
});

describe('figures', () => {
  it.each([
    [950, '950 ms'],
    [59_940, '59.9 s'],
    [90_000, '1 min 30 s'],
    [3_599_999, '59 min 59 s'],
    [5_400_000, '1 h 30 min'],
    [129_600_000, '1 d 12 h'],
  ])('%d ms read as %s', (durationMs, text) => expect(duration(durationMs)).toBe(text));

  it('sizes and rates have units', () => {
    expect([size(900), size(1_536), size(8 * 2 ** 30)]).toEqual(['900 bytes', '1.5 KiB', '8.0 GiB']);
    expect([rate(9_600), rate(50e6), rate(1e9)]).toEqual(['9.6 kbit/s', '50 Mbit/s', '1 Gbit/s']);
  });
});

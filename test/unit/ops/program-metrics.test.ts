import { describe, expect, it } from 'vitest';
import { DATAGRAM_OUTCOMES } from '../../../receiver/intake/assembler.ts';
import { HELLO_OUTCOMES } from '../../../receiver/intake/hello-desk.ts';
import { receiverMetrics } from '../../../receiver/ops/receiver-metrics.ts';
import { senderMetrics } from '../../../sender/ops/sender-metrics.ts';
import type { MetricsRegistry } from '../../../src/ops/metrics-registry.ts';
import { receiverStatusSample, senderStatusSample } from '../../support/status-samples.ts';

const zeros = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 0]));

function exposedSender() {
  const { registry, observer } = senderMetrics(
    () => senderStatusSample,
    () => 1_000_000,
  );
  observer.framesJournaled({ frames: 1, records: 3, bytes: 900, waitedMs: 50, tookMs: 3 });
  observer.framePassed({ pass: 1, ageMs: 20 });
  observer.framePassed({ pass: 3, ageMs: 10_000 });
  return registry;
}

function exposedReceiver() {
  const intake = {
    ...receiverStatusSample.intake,
    datagrams: {
      ...(zeros(DATAGRAM_OUTCOMES) as typeof receiverStatusSample.intake.datagrams),
      accepted: 90,
      forged: 2,
    },
    hellos: { ...(zeros(HELLO_OUTCOMES) as typeof receiverStatusSample.intake.hellos), accepted: 4 },
  };
  const { registry, observer } = receiverMetrics(() => ({ ...receiverStatusSample, intake }));
  observer.intake?.blockCompleted?.({ missingSymbols: 1, repairBudgetSymbols: 2, outcome: 'recovered' });
  observer.intake?.frameReleased?.({ ageMs: 30, isHealed: false });
  observer.intake?.framesSpooled?.({ frames: 2, records: 20, bytes: 4_000 });
  observer.publisher?.records?.([
    { kind: 'delta', outcome: 'published', count: 7 },
    { kind: 'token', outcome: 'quarantined', reason: 'signature', count: 1 },
  ]);
  observer.publisher?.transaction?.({ records: 8, bytes: 5_000, frames: 2, durationMs: 12 });
  observer.publisher?.freshness?.({ sinceCreationMs: 120, sinceFrameMs: 80 });
  observer.publisher?.unclean?.({ code: 'kafka-fenced', isFatal: true, isFenced: true });
  return registry;
}

async function samples(registry: MetricsRegistry): Promise<ReadonlyMap<string, number>> {
  const { text } = await registry.expose();
  const lines = text.split('\n').filter((line) => /^diode_/.test(line));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('a scrape', () => {
  it('asks for the status once, since that may scan a table, and each scrape anew', async () => {
    let asked = 0;
    const { registry } = senderMetrics(() => {
      asked++;
      return { ...senderStatusSample, recordBytes: asked };
    });
    for (const scrape of [1, 2]) {
      expect((await samples(registry)).get('diode_sender_record_bytes_total')).toBe(scrape);
      expect(asked).toBe(scrape);
    }
  });
});

describe("the sender's metrics", () => {
  it('tell records, frames, datagrams and bytes by kind and outcome, journal depth, age and the last hello', async () => {
    const found = await samples(exposedSender());
    expect(Object.fromEntries(found)).toMatchObject({
      'diode_sender_records_total{kind="delta"}': 40,
      'diode_sender_frames_total{outcome="journaled"}': 5,
      'diode_sender_datagrams_total{kind="repair"}': 10,
      'diode_sender_wire_bytes_total{kind="source"}': 70_000,
      diode_sender_record_bytes_total: 30_000,
      diode_sender_frame_bytes_total: 12_000,
      diode_sender_hellos_total: 3,
      diode_sender_journal_records: 90,
      diode_sender_journal_bytes: 40_000,
      diode_sender_source_queued_lines: 4,
      diode_sender_source_oldest_queued_age_seconds: 0.03,
      diode_sender_line_wait_seconds_count: 1,
      'diode_sender_lines_total{outcome="refused"}': 1,
      'diode_sender_lines_refused_total{code="json-syntax"}': 1,
      diode_sender_journal_unsent_records: 12,
      diode_sender_journal_oldest_unsent_age_seconds: 100,
      diode_sender_hello_age_seconds: 2,
      'diode_sender_repeats_total{outcome="skipped"}': 2,
      'diode_sender_link_errors_total{code="ENETUNREACH"}': 3,
      'diode_sender_link_drops_total{place="queue"}': 1_234,
      'diode_sender_link_drops_total{place="interface"}': 5,
      'diode_sender_foreign_fetches_total{outcome="timeout"}': 2,
      'diode_sender_foreign_fetches_total{outcome="private-key"}': 0,
      'diode_sender_foreign_answer_age_seconds{issuer="https://idp.example"}': 300,
      'diode_sender_foreign_failing{issuer="https://idp.example"}': 0,
      'diode_sender_foreign_waiting{issuer="https://idp.example"}': 0,
      diode_sender_journal_commit_seconds_count: 1,
      'diode_sender_frame_pass_age_seconds_count{pass="repeat"}': 1,
    });
  });

  it('have no gauges and only zeros before the sender has started', async () => {
    const found = await samples(senderMetrics(() => undefined).registry);
    expect([...found.keys()].filter((name) => !/_total|_seconds_/.test(name))).toEqual([]);
    expect(new Set(found.values())).toEqual(new Set([0]));
  });
});

describe("the receiver's metrics", () => {
  it('tell datagrams and frames by outcome, FEC, gaps, spool, freshness, clock, hello, drops and Kafka', async () => {
    const found = await samples(exposedReceiver());
    expect(Object.fromEntries(found)).toMatchObject({
      'diode_receiver_datagrams_total{outcome="forged"}': 2,
      'diode_receiver_datagrams_total{outcome="replayed"}': 0,
      diode_receiver_datagram_bytes_total: 120_000,
      'diode_receiver_hellos_total{outcome="accepted"}': 4,
      'diode_receiver_frames_total{outcome="released"}': 9,
      diode_receiver_spooled_bytes_total: 4_000,
      'diode_receiver_blocks_total{outcome="recovered"}': 3,
      'diode_receiver_blocks_total{outcome="failed"}': 1,
      diode_receiver_symbols_recovered_total: 5,
      diode_receiver_gaps: 1,
      diode_receiver_gap_frames: 2,
      diode_receiver_spool_records: 30,
      diode_receiver_spool_bytes: 9_000,
      diode_receiver_spool_oldest_age_seconds: 1.5,
      diode_receiver_held_frames: 1,
      diode_receiver_head_sequence: 1_234,
      diode_receiver_hello_age_seconds: 4,
      diode_receiver_clock_offset_seconds: 0.02,
      diode_receiver_clock_trusted: 1,
      'diode_receiver_link_batching{kind="datagrams"}': 1,
      'diode_receiver_link_drops_total{place="socket"}': 6,
      'diode_receiver_link_drops_total{place="interface"}': 2,
      'diode_receiver_stream_records{outcome="published"}': 1_234,
      diode_receiver_kafka_bytes_total: 5_000,
      'diode_receiver_frame_release_age_seconds_count{kind="in-order"}': 1,
      diode_receiver_kafka_up: 1,
      'diode_receiver_records_total{kind="delta",outcome="published"}': 7,
      'diode_receiver_records_refused_total{outcome="quarantined",reason="signature"}': 1,
      diode_receiver_publish_seconds_count: 1,
      diode_receiver_last_freshness_seconds: 0.12,
      'diode_receiver_freshness_seconds_count{since="record"}': 1,
      'diode_receiver_kafka_unclean_total{code="kafka-fenced"}': 1,
      'diode_receiver_block_repair_share_bucket{le="0.5",outcome="recovered"}': 1,
      'diode_receiver_block_repair_share_bucket{le="0.25",outcome="recovered"}': 0,
    });
  });

  it('leave out what is not known: drops that the platform does not count, a hello that never came', async () => {
    const { lastHelloAgeMs, ...intake } = receiverStatusSample.intake;
    expect(lastHelloAgeMs).toBeDefined();
    const status = { ...receiverStatusSample, intake, drops: { socket: undefined, interface: undefined } };
    const found = await samples(receiverMetrics(() => status).registry);
    expect([...found.keys()].filter((name) => /drops|hello_age/.test(name))).toEqual([]);
  });
});

describe('names', () => {
  it('call a point in time a timestamp, and nothing else', async () => {
    for (const { registry } of [senderMetrics(() => undefined), receiverMetrics(() => undefined)]) {
      const { text } = await registry.expose();
      const helps = [...text.matchAll(/^# HELP (diode_\w+) (.*)$/gm)].map(([, name = '', help = '']) => ({
        name,
        help,
      }));
      const points = helps.filter(({ help }) => /Unix time|since 1970/.test(help));
      expect(points.length).toBeGreaterThan(0);
      expect(points).toEqual(helps.filter(({ name }) => name.endsWith('_timestamp_seconds')));
    }
  });
});

describe('labels', () => {
  it('never name a subject: each label is one of a fixed list, and each value a word of the code, or an issuer of the config', async () => {
    for (const registry of [exposedSender(), exposedReceiver()]) {
      const labels = [...(await samples(registry)).keys()].flatMap((name) => [...name.matchAll(/(\w+)="([^"]*)"/g)]);
      expect(labels.length).toBeGreaterThan(20);
      for (const [, name, value] of labels) {
        if (name === 'issuer') {
          expect(value).toBe(receiverStatusSample.issuers[0]?.issuer);
          continue;
        }
        expect(['kind', 'outcome', 'code', 'reason', 'pass', 'place', 'since', 'table', 'problem', 'le']).toContain(
          name,
        );
        expect(value).toMatch(name === 'le' ? /^(\d+(\.\d+)?|\+Inf)$/ : /^([A-Za-z]+(-[a-z]+)*|E[A-Z]+)$/);
      }
    }
  });

  it('carry nothing of what a status names beside its counters', async () => {
    for (const registry of [exposedSender(), exposedReceiver()]) {
      const { text } = await registry.expose();
      expect(text).not.toMatch(/hr\.jsonl|site-a|0123456789abcdef/);
    }
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyProgress } from '../../../receiver/progress.ts';
import { receiverMetrics } from '../../../receiver/receiver-metrics.ts';
import { receiverAlarms } from '../../../receiver/status-view.ts';
import { senderMetrics } from '../../../sender/sender-metrics.ts';
import { senderAlarms } from '../../../sender/status-view.ts';
import { addAuditMetrics } from '../../../src/cli/audit-metrics.ts';
import type { MetricsRegistry } from '../../../src/ops/metrics-registry.ts';
import { receiverStatusSample, senderStatusSample } from '../../support/status-samples.ts';
import { firstColumn, readPage, section } from './page.ts';
import { ROOT } from './recipe-run.ts';

const line = {
  device: '/dev/ttyUSB0',
  baud: 9_600,
  reopened: 0,
  bytes: 5_000,
  discarded: { overlong: 0, 'cut-short': 0, empty: 0 },
};

const page = readPage('docs/operations.md');

/** As a running program has it. */
function whole({ registry }: { readonly registry: MetricsRegistry }): MetricsRegistry {
  const verifier = { name: 'x', publicKey: Buffer.alloc(32) };
  addAuditMetrics(registry, () => ({ size: 1, checkpoint: { size: 1, atMs: 0 }, verifier }));
  return registry;
}

async function metricNames(registry: MetricsRegistry): Promise<readonly string[]> {
  const { text } = await registry.expose();
  return [...text.matchAll(/^# TYPE (diode_\S+)/gm)].map(([, name = '']) => name);
}

/** The string literals of a union type, as its file has them. */
function members(file: string, type: string): readonly string[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const body = new RegExp(`type ${type} =([^;]*);`).exec(source)?.[1] ?? '';
  const found = [...body.matchAll(/'([^']+)'/g)].map(([, name = '']) => name);
  expect(found.length, `${type} in ${file}`).toBeGreaterThan(2);
  return found;
}

function literals(file: string, pattern: RegExp): readonly string[] {
  const found = [...readFileSync(join(ROOT, file), 'utf8').matchAll(pattern)].map(([, text = '']) => text);
  expect(found.length, file).toBeGreaterThan(2);
  return found;
}

const missingIn = (text: string, names: readonly string[]) => names.filter((name) => !text.includes(`\`${name}\``));

describe('docs/operations.md', () => {
  it.each([
    ['### Sender', whole(senderMetrics(() => senderStatusSample))],
    ['### Receiver', whole(receiverMetrics(() => receiverStatusSample))],
  ])('has every metric under %s, and none that is not there', async (heading, registry) => {
    const shown = firstColumn(section(page, heading));
    expect([...shown].sort()).toEqual([...(await metricNames(registry))].sort());
  });

  it('names only metrics that are there in its alerts', async () => {
    const known = new Set([
      ...(await metricNames(whole(senderMetrics(() => senderStatusSample)))),
      ...(await metricNames(whole(receiverMetrics(() => receiverStatusSample)))),
    ]);
    const named = [...page.matchAll(/diode_(?:sender|receiver)_\w+/g)].map(([name]) => name);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names every error code', () => {
    const start = section(page, '## A program does not start, or ended');
    const codes = members('src/ops/diode-error.ts', 'DiodeErrorCode');
    expect(codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(start))).toEqual([]);
  });

  it('names every reason of quarantine', () => {
    const quarantine = section(page, '## Quarantine');
    const reasons = [
      ...members('src/token/token-checker.ts', 'TokenRefusal'),
      ...members('src/token/jose-keys.ts', 'JwtFailure'),
      ...literals('receiver/token-desk.ts', /refuse\('([a-z-]+)'/g),
      ...members('src/wire/compression.ts', 'CompressionReason'),
      ...members('src/wire/record.ts', 'PayloadReason'),
      ...members('src/identity/snapshot-part.ts', 'PartReason'),
    ];
    expect(missingIn(quarantine, reasons)).toEqual([]);
  });

  it('names every code of the reject file', () => {
    expect(missingIn(section(page, '## The reject file'), members('src/identity/refusal.ts', 'IdentityCode'))).toEqual(
      [],
    );
  });

  it('names every reason of a halt', () => {
    const reasons = members('receiver/stream-halt.ts', 'HaltReason');
    expect(missingIn(section(page, '### The stream is halted'), reasons)).toEqual([]);
  });

  it('has a heading that begins like each alarm of the receiver', () => {
    const { intake, kafka, guard } = receiverStatusSample;
    const garbled = { isGarbled: true, bytes: 0, foreign: 0 };
    const halted = { reason: 'chain', seen: 'Seen.', cure: 'Cure.', sinceMs: 0 } as const;
    const alarms = [
      receiverAlarms({ ...receiverStatusSample, intake: { ...intake, gate: { ...intake.gate, halted } } }),
      receiverAlarms({ ...receiverStatusSample, kafka: { ...kafka, publishing: false } }),
      receiverAlarms({ ...receiverStatusSample, paused: { sinceMs: 0, reason: '' } }),
      receiverAlarms({ ...receiverStatusSample, spool: { ...receiverStatusSample.spool, oldestAgeMs: 7_200_000 } }),
      receiverAlarms({ ...receiverStatusSample, intake: { ...intake, accepting: { isAccepting: false } } }),
      receiverAlarms({ ...receiverStatusSample, intake: { ...intake, clock: { isTrusted: false } } }),
      receiverAlarms({ ...receiverStatusSample, intake: { ...intake, link: { ...intake.link, isSilent: true } } }),
      receiverAlarms({
        ...receiverStatusSample,
        intake: { ...intake, gate: { ...intake.gate, gaps: [{ from: 1, to: 3, sinceMs: 0 }] } },
      }),
      receiverAlarms({
        ...receiverStatusSample,
        intake: { ...intake, gate: { ...intake.gate, lost: { through: 9_041, frames: 12 } } },
      }),
      receiverAlarms({ ...receiverStatusSample, line: { ...line, down: { sinceMs: 0, code: 'EIO' } } }),
      receiverAlarms({ ...receiverStatusSample, line, intake: { ...intake, line: { ...garbled, bytes: 5_000 } } }),
      receiverAlarms({ ...receiverStatusSample, line, intake: { ...intake, line: { ...garbled, foreign: 8 } } }),
      receiverAlarms({ ...receiverStatusSample, unwhole: { reason: 'rebuilt', sinceMs: 0 } }),
      receiverAlarms({ ...receiverStatusSample, slowestRevocationMs: 61_000 }),
      receiverAlarms({
        ...receiverStatusSample,
        issuers: receiverStatusSample.issuers.map((status) => ({ ...status, isOverdue: true })),
      }),
      receiverAlarms({
        ...receiverStatusSample,
        guard: {
          ...guard,
          held: 950,
          holds: 1,
          oldestAtMs: 0,
          losses: {
            subjects: { lived: 9, lost: 8, allowed: 1 },
            memberships: { lived: 9, lost: 8, allowed: 1 },
          },
        },
      }),
      receiverAlarms({
        ...receiverStatusSample,
        progress: {
          ...emptyProgress('site-a', 'hr'),
          snapshot: { epoch: 1, cycle: 1, through: 1, parts: [[0, 0]], left: 5 },
        },
      }),
    ];
    expect(alarms.flat().length).toBeGreaterThanOrEqual(alarms.length);
    expect(alarms.flat().filter((alarm) => !hasHeading(alarm))).toEqual([]);
  });

  it('has a heading that begins like each alarm of the sender', () => {
    const { source, issuer } = senderStatusSample;
    if (issuer === undefined) throw new Error('the sample has no issuer');
    const problems = { subject: 1 };
    const failure = { seen: 'Seen.', cure: 'Cure.' };
    const alarms = [
      ...senderAlarms({ ...senderStatusSample, issuer: { ...issuer, failure } }),
      ...senderAlarms({ ...senderStatusSample, issuer: { ...issuer, lifetimeMs: 1 } }),
      ...senderAlarms({ ...senderStatusSample, issuer: { ...issuer, neededPerSecond: 501 } }),
      ...senderAlarms({ ...senderStatusSample, issuer: { ...issuer, problems } }),
      ...senderAlarms({ ...senderStatusSample, source: { ...source, pausedBy: 'journal-full' } }),
      ...senderAlarms({ ...senderStatusSample, source: { ...source, pausedBy: 'disk-full' } }),
      ...senderAlarms({
        ...senderStatusSample,
        link: { ...senderStatusSample.link, line: { ...line, down: { sinceMs: 0, code: 'EIO' } } },
      }),
      ...senderAlarms({ ...senderStatusSample, paused: { sinceMs: 0, reason: '' } }),
      ...senderAlarms({ ...senderStatusSample, hello: { counter: 1, lastAgeMs: 100_000, intervalMs: 10_000 } }),
      ...senderAlarms({
        ...senderStatusSample,
        snapshot: { ...senderStatusSample.snapshot, waitsForSource: true },
      }),
    ];
    expect(alarms).toHaveLength(10);
    expect(alarms.filter((alarm) => !hasHeading(alarm))).toEqual([]);
  });

  it('has what both programs log', () => {
    const log = section(page, '## The log');
    const sentences = literals('sender/sender-events.ts', /'([A-Z][^'\n]{15,})'/g);
    const events = literals('receiver/receiver-log.ts', /^ {2}'([a-z-]+)',$/gm);
    const texts = literals('receiver/receiver-log.ts', /log\.\w+\([^`']*['`]([^'`$]{8,})/g);
    const shown = [...sentences, ...events, ...texts].map((text) => text.trim().slice(0, 18).trim());
    expect(shown.filter((text) => !log.includes(text.split(':')[0] as string))).toEqual([]);
  });
});

/** "3 frames are missing …" has a number in front of its heading's words. */
function hasHeading(alarm: string): boolean {
  const headings = [...page.matchAll(/^### (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
  const text = alarm.toLowerCase().replace(/^[\d,]+ /, '');
  return headings.some((heading) => text.startsWith(heading));
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HELLO_OUTCOMES } from '../../../receiver/intake/hello-desk.ts';
import { receiverMetrics } from '../../../receiver/ops/receiver-metrics.ts';
import { senderMetrics } from '../../../sender/ops/sender-metrics.ts';
import { addAuditMetrics } from '../../../src/cli/audit-metrics.ts';
import type { MetricsRegistry } from '../../../src/ops/metrics-registry.ts';
import { receiverStatusSample, senderStatusSample } from '../../support/status-samples.ts';
import { firstColumn, readPage, section } from './page.ts';
import { ROOT } from './recipe-run.ts';

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

/** What admission refuses records for, wherever it does. */
function refusalsOf(folder: string): readonly string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.startsWith('commands/'),
  );
  const found = files.flatMap((name) => {
    const source = readFileSync(join(ROOT, folder, name), 'utf8');
    const refused = source.matchAll(/(?:\brefuse\([^;]*?|return )\{ reason: '([a-z-]+)'/g);
    return [...refused].map(([, reason = '']) => reason);
  });
  expect(found.length).toBeGreaterThan(5);
  return [...new Set(found)];
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
      ...literals('receiver/tokens/token-desk.ts', /refuse\('([a-z-]+)'/g),
      ...refusalsOf('receiver'),
      ...members('src/wire/compression.ts', 'CompressionReason'),
      ...members('src/wire/record.ts', 'PayloadReason'),
      ...members('src/identity/snapshot-part.ts', 'PartReason'),
    ];
    expect(missingIn(quarantine, reasons)).toEqual([]);
  });

  it('says of every refused hello what it means', () => {
    const hello = section(page, '### No hello has arrived');
    const refusals = HELLO_OUTCOMES.filter((outcome) => outcome !== 'accepted');
    expect(missingIn(hello, refusals)).toEqual([]);
  });

  it('names every code of the reject file', () => {
    expect(missingIn(section(page, '## The reject file'), members('src/identity/refusal.ts', 'IdentityCode'))).toEqual(
      [],
    );
  });

  it('names every reason of a halt', () => {
    const reasons = members('receiver/gate/stream-halt.ts', 'HaltReason');
    expect(missingIn(section(page, '### The stream is halted'), reasons)).toEqual([]);
  });

  it('has what both programs log', () => {
    const log = section(page, '## The log');
    const sentences = literals('sender/ops/sender-events.ts', /'([A-Z][^'\n]{15,})'/g);
    const events = literals('receiver/ops/receiver-log.ts', /^ {2}'([a-z-]+)',$/gm);
    const texts = literals('receiver/ops/receiver-log.ts', /log\.\w+\([^`']*['`]([^'`$]{8,})/g);
    const shown = [...sentences, ...events, ...texts].map((text) => text.trim().slice(0, 18).trim());
    expect(shown.filter((text) => !log.includes(text.split(':')[0] as string))).toEqual([]);
  });
});

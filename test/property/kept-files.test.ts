/** What a program reads back of what it, its operator or its broker kept: config, progress, requests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  decodeProgress,
  emptyProgress,
  encodeProgress,
  OUTCOMES,
  type Progress,
  TOPIC_NAMES,
} from '../../receiver/publish/progress.ts';
import { ConfigError } from '../../src/config/config-problem.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { RequestInbox, writeRequest } from '../../src/ops/request-inbox.ts';

const PLACE = { directory: '/etc/diode', file: 'config.yaml' };
const SENDER = `boundary: site-a
stream: hr
source:
  kind: jsonl
  path: /var/lib/hr.jsonl
link:
  kind: udp
  address: 192.0.2.7
  port: 7350
  rateBitsPerSecond: 50000000
identity:
  resourceTypes:
    - type: User
  tokenIssuers: []
`;

describe('config', () => {
  /** A config, or every problem with a cure. */
  function judge(text: string): void {
    for (const parse of [parseSenderConfig, parseReceiverConfig]) {
      try {
        parse(text, PLACE);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expect(error.problems.length).toBeGreaterThan(0);
        for (const { seen, cure } of error.problems) expect(seen !== '' && cure !== '').toBe(true);
      }
    }
  }

  it('passes as it stands', () => {
    expect(parseSenderConfig(SENDER, PLACE).stream).toBe('hr');
  });

  it('of arbitrary text, or with some of it changed, is a config or a list of problems', () => {
    const unit = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '-',
      '[',
      ']',
      '{',
      '}',
      '&',
      '*',
      '!',
      '"',
      "'",
      '#',
      '|',
      '\t',
      '1',
    );
    const noise = fc.oneof(fc.string({ unit, maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 10 }));
    fc.assert(
      fc.property(noise, fc.nat({ max: SENDER.length }), fc.nat({ max: 40 }), (text, at, dropped) => {
        judge(text);
        judge(SENDER.slice(0, at) + text + SENDER.slice(at + dropped));
      }),
      { numRuns: 300 },
    );
  });
});

describe('progress', () => {
  const count = fc.nat();
  const hex = (bytes: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
  const totals = fc.record(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count])));
  const topics = fc.record(Object.fromEntries(TOPIC_NAMES.map((topic) => [topic, count])));
  const gaps = fc.uniqueArray(fc.integer({ min: 1, max: 1_000 }), { maxLength: 20 }).map((edges) => {
    const sorted = edges.toSorted((a, b) => a - b);
    return sorted.flatMap((from, at) => (at % 2 === 0 ? [[from, sorted[at + 1] ?? from] as const] : []));
  });
  const parts = fc.record({
    epoch: count,
    epochId: hex(16),
    digest: hex(32),
    headSequence: count,
    totals,
    topics,
    gaps,
  });

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 1_001, max: 2 ** 48 }), (changes, sequence) => {
        const progress = { ...emptyProgress('site-a', 'hr'), sequence, ...changes } as unknown as Progress;
        expect(decodeProgress(Buffer.from(encodeProgress(progress)))).toEqual(progress);
      }),
    );
  });

  it('of arbitrary or changed bytes is none, never thrown over', () => {
    const written = Buffer.from(encodeProgress({ ...emptyProgress('site-a', 'hr'), sequence: 9, gaps: [[2, 3]] }));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: written.length }), (noise, at) => {
        for (const bytes of [
          Buffer.from(noise),
          Buffer.concat([written.subarray(0, at), noise, written.subarray(at)]),
        ]) {
          const progress = decodeProgress(bytes);
          if (progress !== undefined) expect(decodeProgress(Buffer.from(encodeProgress(progress)))).toEqual(progress);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('requests', () => {
  const folder = mkdtempSync(join(tmpdir(), 'identity-diode-requests-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const stamp = { wallMs: 1_795_341_600_000, randomHex: '00000001' };

  it('come back as they were written, and no more once they are done', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (kind, body) => {
        const id = writeRequest(folder, { kind, body }, stamp);
        const inbox = new RequestInbox(folder);
        expect(inbox.waiting()).toEqual([{ id, kind, body: JSON.parse(JSON.stringify(body)) }]);
        inbox.done(id);
        expect(inbox.waiting()).toEqual([]);
      }),
    );
  });

  it('of arbitrary bytes are given as unreadable, so that they can be said and dropped', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map(Buffer.from)), (bytes) => {
        writeFileSync(join(folder, '1795341600000-00000002.json'), bytes);
        const [request] = new RequestInbox(folder).waiting();
        expect(typeof request?.kind).toBe('string');
      }),
    );
    rmSync(join(folder, '1795341600000-00000002.json'));
  });
});

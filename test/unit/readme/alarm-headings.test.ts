/** Whoever is woken by an alarm finds its words as a heading of docs/operations.md: every alarm that the code can raise. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { receiverAlarms } from '../../../receiver/ops/receiver-alarms.ts';
import type { ReceiverStatus } from '../../../receiver/ops/receiver-status.ts';
import { emptyProgress } from '../../../receiver/publish/progress.ts';
import type { SenderStatus } from '../../../sender/ops/sender-observer.ts';
import { senderAlarms } from '../../../sender/ops/status-view.ts';
import { offlineAlarm } from '../../../src/cli/status-table.ts';
import { receiverStatusSample, senderStatusSample } from '../../support/status-samples.ts';
import { anchor, headingsOf, readPage, section } from './page.ts';
import { ROOT } from './recipe-run.ts';
import { sentencesIn } from './sentences.ts';

const page = readPage('docs/operations.md');
const headings = headingsOf(page, '###').map((heading) => heading.toLowerCase());

/** What words alarms, wherever it stands. A new one must be raised below, and have its heading. */
const RAISES = /(?:Alarm|Alarms|NotReady|silenceOf|whereToLook|spoolAge|^[A-Z_]+)$/;

const line = {
  device: '/dev/ttyUSB0',
  baud: 9_600,
  reopened: 0,
  bytes: 5_000,
  discarded: { overlong: 0, 'cut-short': 0, empty: 0 },
};
const down = { ...line, down: { sinceMs: 0, code: 'EIO' } };
const paused = { sinceMs: 0, reason: '' };

function receiverSamples(): readonly string[] {
  const { intake, kafka, guard, issuers, spool, tables } = receiverStatusSample;
  const { gate } = intake;
  const garbled = { isGarbled: true, bytes: 0, foreign: 0 };
  const silent = { ...intake, link: { ...intake.link, isSilent: true } };
  const { ageMs: _, ...unheard } = intake.link;
  const lost = { subjects: { lived: 9, lost: 8, allowed: 1 }, memberships: { lived: 9, lost: 8, allowed: 1 } };
  const snapshot = { epoch: 1, cycle: 1, through: 1, parts: [[0, 0]] as const, left: 5 };
  const halted = { reason: 'chain', seen: 'Seen.', cure: 'Cure.', sinceMs: 0 } as const;
  const trust = {
    root: { version: 1, threshold: 1, holders: 1, expiresAtMs: 1 },
    bundle: { version: 1, issuers: 1, expiresAtMs: 1 },
    keys: [],
    expiresAtMs: 1,
    isExpired: false,
    isExpiringSoon: true,
    needsRestart: true,
    carried: {
      outcomes: {},
      waiting: 0,
      refused: { reason: 'bundle-expired', seen: 'it expired', cure: 'Have it signed.' },
    },
  } as const;
  const head = { entries: 9, root: '', frame: '1.2' };
  const changes: readonly Partial<ReceiverStatus>[] = [
    { intake: { ...intake, gate: { ...gate, halted } } },
    { kafka: { ...kafka, publishing: false } },
    { paused },
    { spool: { ...spool, oldestAgeMs: 7_200_000 } },
    { intake: { ...intake, accepting: { isAccepting: false } } },
    { intake: { ...intake, clock: { isTrusted: false } } },
    { intake: { ...intake, clock: { isTrusted: true, reason: 'ahead', vouched: { by: 'ana', sinceMs: 0 } } } },
    { intake: silent },
    { intake: { ...silent, hellos: { ...intake.hellos, 'hello-receiver': 36 } } },
    { intake: silent, line },
    { intake: silent, line: { ...line, bytes: 0 } },
    { intake: { ...intake, link: unheard } },
    { intake: { ...intake, gate: { ...gate, gaps: [{ from: 1, to: 3, sinceMs: 0 }] } } },
    { intake: { ...intake, gate: { ...gate, gaps: [{ from: 1, to: 1, sinceMs: 0 }] } } },
    { intake: { ...intake, gate: { ...gate, lost: { through: 9_041, frames: 12 } } } },
    { intake: { ...intake, gate: { ...gate, lost: { through: 0, frames: 1 } } } },
    { line: down },
    { line, intake: { ...intake, line: { ...garbled, bytes: 5_000 } } },
    { line, intake: { ...intake, line: { ...garbled, foreign: 8 } } },
    { unwhole: { reason: 'rebuilt', sinceMs: 0 } },
    { unwhole: { reason: 'joined', sinceMs: 0 } },
    { slowestRevocationMs: 61_000 },
    { issuers: issuers.map((status) => ({ ...status, isOverdue: true })) },
    { tables: { ...tables, tokens: 1_000_000 } },
    { tables: { ...tables, revocations: 1_000_000 } },
    { tables: { ...tables, revokedKeys: 10_000 } },
    { unlistedAudiences: ['https://api.example'] },
    { guard: { ...guard, held: 950, holds: 1, oldestAtMs: 0, losses: lost } },
    { progress: { ...emptyProgress('site-a', 'hr'), snapshot } },
    {
      senderLog: {
        ...head,
        logKey: '',
        unwitnessed: [],
        droppedRuns: 0,
        restarts: 0,
        rewritten: { epoch: 1, known: head, found: head },
      },
    },
    { trust },
    { trust: { ...trust, isExpired: true } },
    ...(['unlisted', 'ends', 'other-key'] as const).map((concern) => ({
      unpinned: { bundles: 1, last: { root: 1, version: 4, concern } },
    })),
  ];
  return changes.flatMap((change) => receiverAlarms({ ...receiverStatusSample, ...change }));
}

function senderSamples(): readonly string[] {
  const { source, issuer, link, snapshot } = senderStatusSample;
  if (issuer === undefined) throw new Error('the sample has no issuer');
  const unread = { snapshot: { ...snapshot, waitsForSource: true } };
  const full = { source: { ...source, pausedBy: 'journal-full' as const } };
  const { lastAgeMs: _, ...unsent } = senderStatusSample.hello;
  const changes: readonly Partial<SenderStatus>[] = [
    { issuer: { ...issuer, failure: { seen: 'Seen.', cure: 'Cure.' } } },
    { issuer: { ...issuer, keyState: 'passive' } },
    { issuer: { ...issuer, lifetimeMs: 1 } },
    { issuer: { ...issuer, neededPerSecond: 501 } },
    { issuer: { ...issuer, problems: { subject: 1 } } },
    ...foreignSamples(),
    full,
    { ...full, isMediaOnly: true },
    { source: { ...source, pausedBy: 'disk-full' } },
    { source: { ...source, pausedBy: 'stopping' } },
    { link: { ...link, line: down } },
    { link: { ...link, drops: { interfaceName: 'eth0', queue: 1, interface: 0, seenAgeMs: 0 } } },
    { link: { ...link, drops: { interfaceName: 'eth0', queue: 0, interface: 0, unanswered: '192.0.2.7' } } },
    { paused },
    { hello: { counter: 1, lastAgeMs: 100_000, intervalMs: 10_000 } },
    { hello: unsent },
    unread,
    { signing: { keyId: 'a', state: 'passive', next: { keyId: 'b', madeAtMs: 0, state: 'unlisted', isLate: true } } },
  ];
  return changes.flatMap((change) => senderAlarms({ ...senderStatusSample, ...change }));
}

function foreignSamples(): readonly Partial<SenderStatus>[] {
  const [foreign] = senderStatusSample.foreign ?? [];
  if (foreign === undefined) throw new Error('the sample has no foreign issuer');
  const failure = (reason: 'timeout' | 'private-key') => ({ failure: { reason, seen: 'Seen.', inARow: 1 } });
  const { answeredAtMs: _, ...never } = foreign;
  return [
    { ...foreign, ...failure('timeout'), isOverdue: true },
    { ...never, ...failure('timeout'), isOverdue: true },
    { ...foreign, ...failure('private-key') },
    { ...foreign, decision: 'waiting' as const },
  ].map((changed) => ({ foreign: [changed] }));
}

const samples = [...receiverSamples(), ...senderSamples()];
const offline = [offlineAlarm('diode-receiver', true), offlineAlarm('diode-sender', false)];

describe('the headings of docs/operations.md', () => {
  it('begin like each alarm', () => {
    expect(samples.filter((alarm) => !hasHeading(alarm))).toEqual([]);
    expect(offline.filter((alarm) => !page.includes(`> ${alarm.slice(0, 20)}`))).toEqual([]);
  });

  it('stand behind the contents, those of alarms by alphabet, and the contents have each section', () => {
    const contents = page.slice(0, page.indexOf('\n## '));
    const linked = new Set([...contents.matchAll(/\]\(#(.+?)\)/g)].map(([, link]) => link));
    expect(headingsOf(page, '##').filter((heading) => !linked.has(anchor(heading)))).toEqual([]);
    const listed = [...contents.matchAll(/^- \[(.+?) …\]\(#(.+)\)$/gm)];
    expect(listed.filter(([, heading = '', link]) => anchor(heading) !== link)).toEqual([]);
    const index = listed.map(([, heading]) => heading);
    const alarms = headingsOf(section(page, '## Alarms'), '###');
    expect(index).toEqual([...alarms].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
  });

  it('are compared with every sentence that the code has for an alarm', () => {
    const sources = ['src', 'sender', 'receiver'].flatMap((folder) => sourcesIn(join(ROOT, folder)));
    const raising = sources.filter((source) => /function \w*Alarms?\(/.test(source));
    expect(raising.length).toBeGreaterThan(4);
    const worded = raising.flatMap((source) => sentencesIn(source, RAISES));
    expect(worded.length).toBeGreaterThan(40);
    const said = [...samples, ...offline].join('\n');
    expect(worded.filter((part) => !said.includes(part))).toEqual([]);
  });

  it('have every sentence of why nothing is published in the table below, with its code', () => {
    const rows = section(page, '### Nothing is published').split('\n');
    const sentences = kafkaSentences();
    expect(sentences.length).toBeGreaterThan(22);
    const connecting = receiverAlarms({
      ...receiverStatusSample,
      kafka: { ...receiverStatusSample.kafka, publishing: false },
    });
    const [waiting = ''] = connecting;
    expect(rows.some((row) => row.startsWith(`| ${waiting.replace('Nothing is published: ', '')} |`))).toBe(true);
    const isShown = ([code, sentence]: readonly [string, string]) =>
      rows.some((row) => row.includes(`\`${code}\``) && row.split(' | ')[0]?.includes(sentence.trim()));
    expect(sentences.filter((each) => !isShown(each))).toEqual([]);
  });

  it('have one for what ended the sender, whose sentence is that of its error code', () => {
    const failure = { code: 'disk-failed', seen: 'It broke.', cure: 'Mend it.' };
    expect(senderAlarms({ ...senderStatusSample, failure })[0]).toBe('It broke. Mend it.');
    expect(headings).toContain('the sender failed');
  });
});

/** Code and sentence of whatever ends `waitingFor`, with … where a value stands. */
function kafkaSentences(): readonly (readonly [code: string, sentence: string])[] {
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
  const rules = [
    ...read('src/kafka/kafka-failure.ts').matchAll(/code: '([a-z-]+)',(?:(?!code:)[\s\S])*?seen: (?:'(.+)'|`(.+)`),/g),
  ];
  const thrown = ['publisher', 'kafka-access', 'kafka-session', 'recovery'].flatMap((name) => [
    ...read(`receiver/publish/${name}.ts`).matchAll(/DiodeError\(\s*'([a-z-]+)',\s*(?:'(.+?)'|`(.+?)`),\n?/g),
  ]);
  const named = [
    'receiver/publish/kafka-access',
    'receiver/publish/kafka-session',
    'src/kafka/compacted-reader',
  ].flatMap((name) => [
    ...read(`${name}.ts`).matchAll(/const seen = `(Topic [^:`]+)[^`]*`;[\s\S]*?DiodeError\('([a-z-]+)'/g),
  ]);
  const found = [
    ...[...rules, ...thrown].map(([, code = '', plain, templated]) => [code, templated ?? plain ?? ''] as const),
    ...named.map(([, seen = '', code = '']) => [code, seen] as const),
  ];
  return found.map(([code, seen]) => [code, seen.replace(/\$\{[^}]*\}/g, '…').replace(/( in epoch …)?\.$/, '')]);
}

function sourcesIn(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** "3 frames are missing …" has a number in front of its heading's words. */
function hasHeading(alarm: string): boolean {
  const text = alarm
    .toLowerCase()
    .replace('1 frame is', 'frames are')
    .replace(/^[\d,]+ /, '');
  return headings.some((heading) => text.startsWith(heading));
}

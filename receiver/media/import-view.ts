/** What `import` says, for a person and for a script. */

import { breakdown, count, duration, size, sum, time } from '../../src/cli/status-table.ts';
import { MEDIA_LIMITS } from '../../src/limits.ts';
import { bundleCode } from '../../src/media/bundle-code.ts';
import { countFrames, describeRuns, type FrameRun } from '../../src/wire/frame-runs.ts';
import { cutName, shownName } from '../guard/shown-name.ts';
import type { BundleChanges } from './bundle-changes.ts';
import type { BundleCheck } from './bundle-check.ts';
import type { TrustedManifest } from './bundle-manifest.ts';
import type { TokenCounts } from './bundle-tokens.ts';
import { changeRows } from './change-view.ts';
import { limitText } from './import-approval.ts';

/** What an operator should know beside the figures. */
export function importNotes(
  { manifest }: TrustedManifest,
  check: BundleCheck,
  isPreviousKnown: boolean,
): readonly string[] {
  const notes: string[] = [];
  const missing = check.volumes.filter(({ isMissing }) => isMissing).map(({ volume }) => volume + 1);
  const damaged = check.volumes.filter(({ damagedSegments }) => damagedSegments > 0).map(({ volume }) => volume + 1);
  if (missing.length > 0) notes.push(`Volume ${missing.join(', ')} was not there and not needed.`);
  if (damaged.length > 0)
    notes.push(`Volume ${damaged.join(', ')} is damaged and was repaired: take that medium out of use.`);
  if (!isPreviousKnown) {
    notes.push(
      `Bundle ${manifest.number - 1} was not imported here. Where its frames are missing they are shown below as gaps.`,
    );
  }
  if (check.exceeded.length > 0) {
    notes.push('Approvers must sign it: --request FILE writes what they are to see, and import takes --approve FILE.');
  }
  return notes;
}

export function importText(
  { manifest, digest }: TrustedManifest,
  check: BundleCheck,
  { notes, nowMs }: { readonly notes: readonly string[]; readonly nowMs: number },
): string {
  const { boundary, stream, number, runs, head, recordCount, createdAtMs, contentBytes } = manifest;
  const { counts, changes } = check;
  const rows: readonly (readonly [name: string, value: string, under?: readonly string[]])[] = [
    ['code', bundleCode(digest)],
    ['made', `${time(createdAtMs)} (${duration(nowMs - createdAtMs)} ago)`],
    [
      'frames',
      `${count(countFrames(runs))} of epoch ${head.epoch} (${shown(runs)}), ${count(recordCount)} records, ${size(contentBytes)}`,
    ],
    ['new', `${count(counts.newFrames)} frames; ${count(counts.knownFrames)} are known already`],
    [
      'heals',
      counts.healed.length === 0 ? 'no gap' : `${count(counts.healedFrames)} missing frames (${shown(counts.healed)})`,
    ],
    [
      'leaves missing',
      counts.missing.length === 0
        ? 'nothing'
        : `${count(countFrames(counts.missing))} frames (${shown(counts.missing)})`,
    ],
    ...changeRows(changes).map(({ name, value, under }) => [name, value, under] as const),
    ['tokens', tokenText(changes.tokens)],
    ...(changes.revocations > 0 ? [['revocations', count(changes.revocations)] as const] : []),
    ...(changes.keySets.count > 0 ? [['key sets', keySetText(changes.keySets)] as const] : []),
    ...(changes.snapshotParts > 0 ? [['snapshot', `${count(changes.snapshotParts)} parts`] as const] : []),
    ['no effect', `${count(changes.superseded)} records are older than what is known`],
    ...(changes.quarantined > 0 ? [['quarantined', `${count(changes.quarantined)} records`] as const] : []),
    ...check.exceeded.map((limit) => ['over the limit', limitText(limit)] as const),
  ];
  return [
    `Bundle ${number} of stream ${stream} (boundary ${boundary}). Every signature and digest holds. It changes:`,
    ...rows.flatMap(([name, value, under = []]) => [
      `  ${name.padEnd(16)}${value}`,
      ...under.map((line) => `      ${line}`),
    ]),
    ...notes,
  ].join('\n');
}

export function importObject({ manifest, digest }: TrustedManifest, check: BundleCheck, notes: readonly string[]) {
  const { boundary, stream, number, runs, head, recordCount, createdAtMs, previousDigest } = manifest;
  const { verdict, counts, changes, volumes, repairedStripes } = check;
  return {
    boundary,
    stream,
    bundle: number,
    manifestDigest: digest.toString('hex'),
    previousDigest: Buffer.from(previousDigest).toString('hex'),
    code: bundleCode(digest),
    madeAtMs: createdAtMs,
    epoch: head.epoch,
    epochId: Buffer.from(head.epochId).toString('hex'),
    headSequence: head.sequence,
    frames: countFrames(runs),
    runs,
    records: recordCount,
    verdict: typeof verdict === 'object' ? verdict.halts.reason : verdict,
    ...counts,
    changes,
    exceeded: check.exceeded,
    volumes,
    repairedStripes,
    notes,
  };
}

/** Each through its issuer's policy, as the publisher would. */
function tokenText({ count: total, valid, known, expired, refused }: TokenCounts): string {
  if (total === 0) return '0';
  const reasons = breakdown(refused);
  const others = [
    ...(known > 0 ? [`${count(known)} known already`] : []),
    ...(expired > 0 ? [`${count(expired)} expired`] : []),
    ...(reasons === 'none' ? [] : [`${count(sum(refused))} refused (${reasons})`]),
  ];
  return [`${count(total)}: ${count(valid)} valid`, ...others].join(', ');
}

function keySetText({ count: total, issuers }: BundleChanges['keySets']): string {
  return `${count(total)}, of ${issuers.map((issuer) => cutName(shownName(issuer))).join(', ')}`;
}

function shown(runs: readonly FrameRun[]): string {
  return `${describeRuns(runs.slice(0, MEDIA_LIMITS.shownRuns))}${runs.length > MEDIA_LIMITS.shownRuns ? ' …' : ''}`;
}

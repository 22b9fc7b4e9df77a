/** What `export` says, for a person and for a script. */

import { count, size } from '../../src/cli/status-table.ts';
import { MEDIA_LIMITS } from '../../src/limits.ts';
import { bundleCode } from '../../src/media/bundle-code.ts';
import { countFrames, describeRuns, type FrameRun } from '../../src/wire/frame-runs.ts';
import type { ExportedBundle } from './bundle-export.ts';

export interface ExportAnswer extends ExportedBundle {
  /** Asked for by tickets, and no longer in the journal. */
  readonly pruned: readonly FrameRun[];
  /** The page to print. */
  readonly evidence: string;
  readonly warnings: readonly string[];
}

export function exportText({ manifest, digest, folders, pruned, evidence, warnings }: ExportAnswer): string {
  const { boundary, stream, number, runs, head, recordCount, cipherBytes, dataVolumes, spareVolumes } = manifest;
  const frames = countFrames(runs);
  const shown = `${describeRuns(runs.slice(0, MEDIA_LIMITS.shownRuns))}${runs.length > MEDIA_LIMITS.shownRuns ? ' …' : ''}`;
  const total = dataVolumes + spareVolumes;
  const lines = [
    `Bundle ${number} of stream ${stream} (boundary ${boundary}):`,
    `  ${count(frames)} ${frames === 1 ? 'frame' : 'frames'} of epoch ${head.epoch} (${shown}), ${count(recordCount)} records, ${size(cipherBytes)} encrypted`,
    ...folders.map((folder, index) => `  volume ${index + 1} of ${total}  ${folder}`),
    ...(total > 1 ? [`  any ${dataVolumes} of ${total} volumes suffice`] : []),
    `  code  ${bundleCode(digest)}`,
    `Evidence to print, which travels with it: ${evidence}`,
    'On the isolated side: diode-receiver import DIR MEDIUM --dry-run',
  ];
  if (pruned.length > 0) {
    const missing = `No longer in the journal: ${count(countFrames(pruned))} frames (${describeRuns(pruned.slice(0, MEDIA_LIMITS.shownRuns))}).`;
    lines.push(`${missing} A snapshot brings what they held: diode-sender export DIR MEDIUM --snapshot`);
  }
  return [...lines, ...warnings].join('\n');
}

export function exportObject({ manifest, digest, folders, pruned, evidence, warnings }: ExportAnswer) {
  const { boundary, stream, number, runs, head, recordCount, contentBytes, cipherBytes, dataVolumes, spareVolumes } =
    manifest;
  return {
    boundary,
    stream,
    bundle: number,
    manifestDigest: digest.toString('hex'),
    code: bundleCode(digest),
    epoch: head.epoch,
    headSequence: head.sequence,
    frames: countFrames(runs),
    runs,
    records: recordCount,
    contentBytes,
    cipherBytes,
    volumes: dataVolumes + spareVolumes,
    needed: dataVolumes,
    folders,
    pruned,
    evidence,
    warnings,
  };
}

/** `diode-sender export`: frames of the journal onto removable media, signed and encrypted, beside a running sender or without. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { openDirectory } from '../../src/cli/directory.ts';
import { collect, countOption, jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, InvalidArgumentError, Option } from '../../src/cli/program.ts';
import { interruptible, startProgress } from '../../src/cli/progress-bar.ts';
import { size } from '../../src/cli/status-table.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { SenderConfig } from '../../src/config/sender-config.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { MEDIA_LIMITS } from '../../src/limits.ts';
import { readExported, withExported, writeExported } from '../../src/media/exported-record.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { takeLock } from '../../src/ops/run-lock.ts';
import { describeRuns, type FrameRun } from '../../src/wire/frame-runs.ts';
import { exportBundle } from '../media/bundle-export.ts';
import { type ChoiceOptions, chooseFrames } from '../media/export-choice.ts';
import { recordExport } from '../media/export-evidence.ts';
import { planExport } from '../media/export-plan.ts';
import { exportObject, exportText } from '../media/export-view.ts';
import {
  type Placement,
  placeVolumes,
  requireFewFiles,
  type VolumeOptions,
  warningsOf,
} from '../media/volume-placement.ts';
import { readSenderStore } from '../sender-store.ts';
import { keysInUse, readTrustedReceivers } from '../trust/own-card.ts';

interface ExportOptions extends ChoiceOptions, VolumeOptions {
  readonly json?: boolean;
}

export function addExportCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'export <DIR> <MEDIUM...>',
      description:
        'write a bundle for removable media: what no bundle had yet, or what is asked for; each MEDIUM is a folder, such as a mounted stick',
      options: [
        new Option(
          '--since <TIME>',
          'all frames made since then, such as 2026-11-24 or 2026-11-24T08:00:00Z',
        ).argParser(parseTime),
        new Option('--ticket <TICKET>', 'the frames that a gap ticket names; once more for each').argParser(collect),
        new Option('--snapshot', 'the whole state, as a snapshot: heals everything, and begins a new receiver'),
        new Option('--source-is-read', 'with --snapshot after a restore: you know that the source has said everything'),
        countOption('--volumes <N>', 'volumes that carry the bundle (default: as many as media, less the spare ones)'),
        new Option(
          '--spare <M>',
          'volumes more, so that as many may be lost or unreadable (default: 1 for two media and more, else 0)',
        ).argParser(parseSpare),
        countOption(
          '--file-mib <N>',
          'the longest file of a volume, in MiB; FAT32 takes less than 4096 (default: 4092)',
        ),
        jsonOption(),
      ],
      examples: [
        'diode-sender export DIR /media/stick',
        'diode-sender export DIR /media/a /media/b /media/c --spare 1     (any two of the three suffice)',
        'diode-sender export DIR /media/stick --ticket G078E-V9550-CQS14-88084-3KH9J',
        'diode-sender export DIR /media/stick --snapshot',
        'diode-sender export DIR folder --volumes 2 --spare 1     (three folders below it, to be copied to sticks)',
      ],
    },
    exportCommand,
  );
}

async function exportCommand(directory: string, typed: readonly string[], options: ExportOptions): Promise<0> {
  const { layout, config } = openDirectory('diode-sender', directory, parseSenderConfig);
  const media = typed.map((medium) => resolve(medium));
  const placement = placeVolumes(media, options);
  requireStore(layout);
  const lock = takeLock(layout.exportLock, {
    waitMs: 0,
    seen: `Another export of ${layout.directory} is under way.`,
    cure: 'Wait for it to end, then try again.',
  });
  const interrupt = interruptible();
  try {
    await runExport({ layout, config, media, placement, options, signal: interrupt.signal });
    return 0;
  } finally {
    interrupt.done();
    lock.release();
  }
}

interface Job {
  readonly layout: DirectoryLayout;
  readonly config: SenderConfig;
  readonly media: readonly string[];
  readonly placement: Placement;
  readonly options: ExportOptions;
  readonly signal: AbortSignal;
}

async function runExport(job: Job): Promise<void> {
  const { layout, config, options } = job;
  const keys = keysInUse(layout, config, Date.now());
  const receivers = readTrustedReceivers(layout, config.boundary);
  const choice = await chooseFrames(job, keys);
  const store = readSenderStore(layout.store);
  try {
    const plan = store.transaction(() => planExport(store, config, choice))();
    if (plan === undefined || plan.runs.length === 0) {
      sayNothing(options, plan?.head.sequence ?? 0, plan?.pruned ?? []);
      return;
    }
    if (plan.runs.length > MEDIA_LIMITS.maxRuns) throw tooManyRuns(plan.runs.length);
    requireFewFiles(job.placement, plan.contentBytes);
    const before = readExported(layout.exported);
    const number = before.number + 1;
    const frames = describeRuns(plan.runs.slice(0, MEDIA_LIMITS.shownRuns));
    auditCommand(layout, {
      event: 'command-export',
      bundle: number,
      epoch: plan.head.epoch,
      frames,
      count: plan.frames,
    });
    writeExported(layout.exported, { ...before, number });
    const bar = startProgress(
      `Bundle ${number}`,
      plan.contentBytes,
      (done) => `${size(done)} of ${size(plan.contentBytes)}`,
    );
    const bundle = await exportBundle({
      store,
      plan,
      boundary: config.boundary,
      stream: config.stream,
      number,
      previousDigest: Buffer.from(before.last?.digest ?? '', 'hex'),
      createdAtMs: Date.now(),
      keys,
      receivers,
      media: job.placement.media,
      dataVolumes: job.placement.dataVolumes,
      segmentBytes: MEDIA_LIMITS.maxSegmentBytes,
      segmentsPerFile: job.placement.segmentsPerFile,
      onProgress: (done) => bar.update(done),
      signal: job.signal,
    }).finally(() => bar.end());
    const digest = bundle.digest.toString('hex');
    const epochId = Buffer.from(plan.head.epochId).toString('hex');
    const last = { number, digest, atMs: bundle.manifest.createdAtMs };
    writeExported(layout.exported, { ...withExported({ ...before, number }, epochId, plan.runs), last });
    const evidence = recordExport(layout, { keys, receivers, bundle });
    const answer = { ...bundle, pruned: plan.pruned, evidence, warnings: warningsOf(layout, job.media) };
    process.stdout.write(`${options.json ? JSON.stringify(exportObject(answer)) : exportText(answer)}\n`);
  } finally {
    store.close();
  }
}

function sayNothing({ json }: ExportOptions, head: number, pruned: readonly FrameRun[]): void {
  const answer = { bundle: null, headSequence: head, pruned };
  const what =
    pruned.length > 0
      ? 'The journal has none of these frames any more.'
      : `Nothing to export: the journal's last frame is ${head}.`;
  process.stdout.write(`${json ? JSON.stringify(answer) : `${what} Nothing was written.`}\n`);
}

function requireStore(layout: DirectoryLayout): void {
  if (existsSync(layout.store)) return;
  const seen = `There is no ${layout.store}: this sender never ran.`;
  throw new DiodeError('frames-missing', seen, 'Run it first, so that it journals what its source says.');
}

function tooManyRuns(runs: number): DiodeError {
  const seen = `These frames are ${runs} runs; one bundle takes ${MEDIA_LIMITS.maxRuns}.`;
  return new DiodeError('usage', seen, 'Export all frames since a date: --since.');
}

function parseTime(typed: string): number {
  const ms = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(typed)
    ? Date.parse(typed)
    : Number.NaN;
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('Give a date or a time with its zone, such as 2026-11-24T08:00:00Z.');
  return ms;
}

function parseSpare(typed: string): number {
  if (/^\d{1,2}$/.test(typed)) return Number(typed);
  throw new InvalidArgumentError('Give a whole number from 0.');
}

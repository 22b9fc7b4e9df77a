/** `diode-receiver import`: a bundle from removable media, verified whole, shown, and handed to the receiver. */
import { resolve } from 'node:path';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { isRunning, openDirectory } from '../../src/cli/directory.ts';
import { readGivenFile } from '../../src/cli/given-file.ts';
import { askProgram } from '../../src/cli/operator-request.ts';
import { collect, countOption, jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { interruptible, startProgress } from '../../src/cli/progress-bar.ts';
import { fetchStatus } from '../../src/cli/run-file.ts';
import { size, time } from '../../src/cli/status-table.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { createFile, requireNewFiles } from '../../src/config/durable-file.ts';
import type { ReceiverConfig } from '../../src/config/receiver-config.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import type { AgreementKeyPair } from '../../src/crypto/agreement.ts';
import { compileIdentityRules } from '../../src/identity/identity-rules.ts';
import { APPROVAL_LIMITS, MEDIA_LIMITS } from '../../src/limits.ts';
import { bundleCode } from '../../src/media/bundle-code.ts';
import { scanMedia } from '../../src/media/medium-scan.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { type HeldLock, takeLock } from '../../src/ops/run-lock.ts';
import { waitClock } from '../../src/ops/wait-clock.ts';
import { openScratchStore } from '../../src/store/database.ts';
import { freeDiskBytes } from '../../src/store/free-disk.ts';
import { countFrames, describeRuns } from '../../src/wire/frame-runs.ts';
import { readGate } from '../gate/gate-store.ts';
import { approvalRequestText } from '../guard/approval-request.ts';
import { type BundleCheck, checkBundle } from '../media/bundle-check.ts';
import { type ChosenBundle, chooseBundle } from '../media/bundle-choice.ts';
import { ChangeFile } from '../media/change-file.ts';
import { approvedBy, type GivenApproval, importRequest } from '../media/import-approval.ts';
import { checkDetails, recordImport } from '../media/import-evidence.ts';
import { ImportFileWriter, sweepImports, waitingImports, writeApproval } from '../media/import-file.ts';
import { importProgress } from '../media/import-progress.ts';
import { isStreamHalted, openState, openStateStore, type ReceiverState } from '../media/import-state.ts';
import { ImportTable } from '../media/import-table.ts';
import { importNotes, importObject, importText } from '../media/import-view.ts';
import type { ReceiverStatus } from '../ops/receiver-status.ts';
import { TokenPolicy } from '../tokens/token-policy.ts';
import { readReceiverKeys, readTrustedSender, senderKeysOf, type TrustedSender } from '../trust/own-card.ts';
import { recordingRefused, recordingUnchosen, refusedByReceiver } from './import-refusal.ts';
import { waitForImport } from './import-wait.ts';

interface ImportOptions {
  readonly dryRun?: boolean;
  readonly bundle?: number;
  readonly approve?: readonly string[];
  readonly request?: string;
  readonly changes?: string;
  readonly json?: boolean;
}

export function addImportCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'import <DIR> <MEDIUM...>',
      description:
        'verify a bundle from removable media, show what it changes, and take it in; each MEDIUM is a folder, such as a mounted stick',
      options: [
        new Option('--dry-run', 'verify and show; change nothing'),
        countOption('--bundle <NUMBER>', 'which, where the media hold several'),
        new Option(
          '--approve <FILE>',
          'an approval, where the bundle passes the limits of config.yaml; once more for each',
        ).argParser(collect),
        new Option(
          '--request <FILE>',
          'write what an approver is to see and sign, to be brought to a machine of theirs',
        ),
        new Option(
          '--changes <FILE>',
          'write every subject and membership that changes, a line each, whose sha256sum the request names',
        ),
        jsonOption(),
      ],
      examples: [
        'diode-receiver import DIR /media/stick --dry-run',
        'diode-receiver import DIR /media/stick --dry-run --request request.txt --changes changes.txt',
        'diode-receiver import DIR /media/stick',
        'diode-receiver import DIR /media/stick --approve alice.approval --approve bob.approval',
        'diode-receiver import DIR /media/a /media/b     (the third of three sticks is lost: two suffice)',
      ],
    },
    importCommand,
  );
}

async function importCommand(directory: string, typed: readonly string[], options: ImportOptions): Promise<0> {
  requireNewFiles(options.request, options.changes);
  const given = readApprovals(options);
  const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  const keys = readReceiverKeys(layout);
  const sender = readTrustedSender(layout, config.boundary);
  const lock = options.dryRun ? undefined : takeImportLock(layout);
  const state = openState(layout);
  const interrupt = interruptible();
  try {
    const media = scanMedia(typed.map((medium) => resolve(medium)));
    const bundle = recordingUnchosen(layout, media, () =>
      chooseBundle(media, trustOf(sender, keys), {
        number: options.bundle,
        isImported: (digest) => state.imports?.find(digest) !== undefined,
      }),
    );
    const job = { layout, keys, sender, state, bundle, config, options, given, signal: interrupt.signal };
    const before = state.imports?.find(bundle.digest);
    if (before === undefined) await importBundle(job);
    else sayKnown(job, before.importedAtMs);
    return 0;
  } finally {
    interrupt.done();
    state.close();
    lock?.release();
  }
}

/** Two of them would write one file. Nothing of one that was killed is there when it returns. */
function takeImportLock(layout: DirectoryLayout): HeldLock {
  const lock = takeLock(layout.importLock, {
    waitMs: SWEEP_MS,
    seen: `Another import into ${layout.directory} is under way.`,
    cure: 'Wait for it to end, then try again.',
  });
  sweepImports(layout.imports);
  return lock;
}

interface Job {
  readonly layout: DirectoryLayout;
  readonly keys: AgreementKeyPair;
  readonly sender: TrustedSender;
  readonly state: ReceiverState;
  readonly bundle: ChosenBundle;
  readonly config: ReceiverConfig;
  readonly options: ImportOptions;
  /** Read once: what is stored is what was judged. */
  readonly given: readonly GivenApproval[];
  readonly signal: AbortSignal;
}

async function importBundle(job: Job): Promise<void> {
  const { layout, bundle, options, given } = job;
  const { manifest } = bundle;
  const digest = bundle.digest.toString('hex');
  if (!options.dryRun) requireRoom(layout, manifest.contentBytes);
  const file = options.dryRun ? undefined : new ImportFileWriter(layout.imports, digest, bundle.bytes);
  try {
    const { check, notes, approvers } = await recordingRefused(layout, job, () => judgeBundle(job, file));
    if (file === undefined) {
      if (options.json)
        process.stdout.write(`${JSON.stringify({ ...importObject(bundle, check, notes), result: 'dry-run' })}\n`);
      else process.stdout.write('Nothing was changed: it was a dry run.\n');
      return;
    }
    const { number, head, runs } = manifest;
    const frames = describeRuns(runs.slice(0, MEDIA_LIMITS.shownRuns));
    const entry = {
      event: 'command-import',
      bundle: number,
      digest,
      epoch: head.epoch,
      frames,
      count: countFrames(runs),
    };
    auditCommand(layout, { ...entry, ...(approvers.length > 0 && { approvers }) });
    if (approvers.length > 0) {
      const texts = given.map(({ text }) => text);
      const { thing } = importRequest(bundle, check);
      writeApproval(layout.imports, digest, { atMs: Date.now(), texts, thing });
    }
    file.publish();
    const asked = askProgram(
      layout,
      { kind: 'import', body: { digest } },
      { event: 'bundle-handed-over', bundle: number, digest },
    );
    const isDone = asked.running && (await recordingRefused(layout, job, () => isTakenIn(job, digest)));
    const result = isDone ? 'imported' : 'handed-over';
    const evidence = recordImport(layout, { ...job, result, details: checkDetails(check) });
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ ...importObject(bundle, check, notes), result, evidence })}\n`);
      return;
    }
    const done = isDone ? 'Taken in: all of it is durable in the receiver.' : handedOverText(check, layout);
    process.stdout.write(`${done}\nEvidence to print, which goes back: ${evidence}\n`);
  } finally {
    file?.abandon();
  }
}

/** Verified, shown, and approved where it has to be; else it throws. */
async function judgeBundle(job: Job, file: ImportFileWriter | undefined) {
  const { bundle, options, given, state } = job;
  const { previousDigest } = bundle.manifest;
  const check = await verifyBundle(job, file);
  const isPreviousKnown = previousDigest.length === 0 || state.imports?.find(previousDigest) !== undefined;
  const notes = importNotes(bundle, check, isPreviousKnown);
  if (!options.json) process.stdout.write(`${importText(bundle, check, { notes, nowMs: Date.now() })}\n`);
  refuseWhatHalts(bundle, check);
  if (options.request !== undefined)
    createFile(options.request, approvalRequestText(importRequest(bundle, check)), 0o644);
  const approvers = options.dryRun && given.length === 0 ? [] : approvedBy(bundle, check, given, policyOf(job));
  return { check, notes, approvers };
}

async function verifyBundle(job: Job, file: ImportFileWriter | undefined): Promise<BundleCheck> {
  const { layout, bundle, state, sender, keys, signal, config, options } = job;
  const { manifest } = bundle;
  const bar = startProgress(
    `Bundle ${manifest.number}`,
    manifest.contentBytes,
    (done) => `${size(done)} of ${size(manifest.contentBytes)} verified`,
  );
  const scratch = openScratchStore(layout.data);
  const list = options.changes === undefined ? undefined : new ChangeFile(options.changes);
  try {
    const tokens = await tokenPolicy(sender, config);
    const check = await checkBundle({
      judge: tokens,
      bundle,
      names: sender,
      agreementPrivateKey: keys.privateKey,
      senderKeys: senderKeysOf(sender, Date.now),
      gate: state.gate,
      known: state.subjects,
      before: state.spooled(),
      rules: {
        rules: compileIdentityRules(config.identity),
        guard: config.guard,
        tokens: tokens.limits,
        nowMs: Date.now(),
        hour: state.hour({ nowMs: Date.now(), signedAtMs: manifest.createdAtMs, maxSkewMs: config.clock.maxSkewMs }),
      },
      scratch,
      ...(file && { file }),
      onChange: (line) => list?.add(line),
      onProgress: (done) => bar.update(done),
      signal,
    });
    list?.publish();
    return check;
  } finally {
    bar.end();
    scratch.close();
    list?.abandon();
  }
}

/** As the receiver would judge tokens: by the trust bundle, or by the issuers of its config. */
function tokenPolicy({ trust }: TrustedSender, config: ReceiverConfig): Promise<TokenPolicy> {
  const bundle = trust?.bundle;
  return bundle === undefined
    ? TokenPolicy.ofConfig(config.issuers, config)
    : TokenPolicy.ofBundle(bundle.issuers, config);
}

/** A new epoch may be handed over, so that it can be accepted; everything else that would halt the stream is refused. */
function refuseWhatHalts({ manifest }: ChosenBundle, { verdict }: BundleCheck): void {
  if (verdict === 'ready' || verdict === 'halted') return;
  if (verdict === 'old') {
    const seen = `Bundle ${manifest.number} is of epoch ${manifest.head.epoch}, which ended: this receiver is in a later one.`;
    throw new DiodeError('bundle-old', seen, 'Nothing was changed. A newer bundle has what it held.');
  }
  if (verdict === 'epoch-jump') {
    const seen = `Bundle ${manifest.number} is of epoch ${manifest.head.epoch}, too far ahead of what is known.`;
    throw new DiodeError('epoch-number', seen, 'Nothing was changed: ask the sender’s operator for its epoch.');
  }
  if (verdict.halts.offer !== undefined) return;
  throw new DiodeError('stream-halted', verdict.halts.seen, `Nothing was changed. ${verdict.halts.cure}`);
}

/** Ctrl-C ends the wait alone: the receiver goes on. Throws DiodeError `bundle-refused`. */
async function isTakenIn({ layout, bundle, signal }: Job, digest: string): Promise<boolean> {
  const store = openStateStore(layout);
  if (store === undefined) return false;
  const { number } = bundle.manifest;
  let text = '';
  const bar = startProgress(`Bundle ${number}`, 1, () => text);
  try {
    const table = new ImportTable(store);
    const waited = await waitForImport({
      isDone: () => table.find(bundle.digest) !== undefined,
      isThere: () => waitingImports(layout.imports).includes(digest),
      isHalted: () => readGate(store).state?.halt !== undefined,
      isRunning: () => isRunning(layout),
      progress: async () => importProgress((await fetchStatus(layout, signal)) as ReceiverStatus | undefined, number),
      onProgress: (progress) => {
        ({ text } = progress);
        bar.update(progress.share);
      },
      signal,
      clock: waitClock(signal),
    });
    if (waited === 'gone') throw refusedByReceiver(layout, bundle);
    return waited === 'done';
  } finally {
    bar.end();
    store.close();
  }
}

/** A halt may have come, or ended, since the bundle was verified; one that the bundle itself brings may come yet. */
function handedOverText({ verdict }: BundleCheck, layout: DirectoryLayout): string {
  if (typeof verdict === 'object' || isStreamHalted(layout)) {
    return 'The stream is halted, and the bundle waits for it: see diode-receiver status DIR. Then it is taken in by itself.';
  }
  return isRunning(layout)
    ? 'The receiver that runs here goes on taking it in: diode-receiver status DIR shows how far it is.'
    : 'The receiver does not run: it takes the bundle in at its next start.';
}

/** Also where an earlier command handed it over and ended before it was taken in: the page says that it was. */
function sayKnown(job: Job, atMs: number): void {
  const { layout, bundle, options } = job;
  const { manifest, digest } = bundle;
  const { number } = manifest;
  const details = [`taken in at ${new Date(atMs).toISOString()}: all of it is durable in the receiver`];
  const evidence = options.dryRun ? undefined : recordImport(layout, { ...job, result: 'known', details });
  const known = {
    bundle: number,
    manifestDigest: digest.toString('hex'),
    code: bundleCode(digest),
    importedAtMs: atMs,
    result: 'known',
    ...(evidence && { evidence }),
  };
  const text = [
    `Bundle ${number} (${bundleCode(digest)}) was imported at ${time(atMs)} already: there is nothing to do.`,
    ...(evidence ? [`Evidence to print, which goes back: ${evidence}`] : []),
  ];
  process.stdout.write(`${options.json ? JSON.stringify(known) : text.join('\n')}\n`);
}

function requireRoom(layout: DirectoryLayout, contentBytes: number): void {
  const free = freeDiskBytes(layout.data);
  if (free >= contentBytes + MEDIA_LIMITS.minImportDiskBytes) return;
  const seen = `The bundle needs ${size(contentBytes)}, and ${layout.data} has ${size(free)} free, of which ${size(MEDIA_LIMITS.minImportDiskBytes)} stay.`;
  throw new DiodeError('disk-full', seen, 'Free space on it. Nothing was changed.');
}

function readApprovals({ approve = [] }: ImportOptions): readonly GivenApproval[] {
  const cure = 'Name what `diode-receiver approve` wrote.';
  return approve.map((file) => ({ file, text: readGivenFile(file, APPROVAL_LIMITS.maxApprovalBytes, cure) }));
}

function policyOf({ config }: Job): Parameters<typeof approvedBy>[3] {
  const { approvers, approvals, clock } = config;
  return { policy: { approvers, approvals, maxSkewMs: clock.maxSkewMs }, nowMs: Date.now() };
}

function trustOf(sender: TrustedSender, keys: AgreementKeyPair) {
  return { sender, senderKeys: senderKeysOf(sender, Date.now), agreementKey: keys.publicKey };
}
/** A receiver that starts has the lock while it removes what was left. */
const SWEEP_MS = 500;

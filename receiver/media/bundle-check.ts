/**
 * volumes ─► [bundle check] ─► preview and changes ─► import file. One pass over the media: every digest, signature and
 * place in the chain holds before the file gets its name, and a dry run ends there without one.
 */
import type { GuardConfig } from '../../src/config/receiver-config.ts';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { VolumeReader, type VolumeState } from '../../src/media/volume-reader.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { Store } from '../../src/store/database.ts';
import type { StoredGate } from '../gate/gate-store.ts';
import type { StreamHalt } from '../gate/stream-halt.ts';
import { type ExceededLimit, exceededLimits } from '../guard/guard-limits.ts';
import type { SenderKeys, VerifiedFrame } from '../intake/frame-verifier.ts';
import { unpackFrame } from '../publish/unpacker.ts';
import { judgeTokens, type TokenJudge } from '../tokens/token-judge.ts';
import { type BundleChanges, BundleChangeTally, type KnownSubjects, type TallyRules } from './bundle-changes.ts';
import type { ChosenBundle } from './bundle-choice.ts';
import { bundleFrames, contentBytesOf } from './bundle-frames.ts';
import { BundlePreview, type BundlePreviewCounts, type PreviewVerdict } from './bundle-preview.ts';
import type { ImportFileWriter } from './import-file.ts';

export interface BundleCheckJob {
  readonly bundle: ChosenBundle;
  readonly names: { readonly boundary: string; readonly stream: string };
  readonly agreementPrivateKey: Uint8Array;
  readonly senderKeys: SenderKeys;
  readonly gate: Pick<StoredGate, 'state' | 'recentFrames'>;
  readonly known: KnownSubjects;
  readonly rules: TallyRules;
  /** Issuers' policies. */
  readonly judge: TokenJudge;
  /** Frames that were taken in and are not published yet, in order. */
  readonly before: Iterable<VerifiedFrame>;
  /** Empty; the caller closes it. */
  readonly scratch: Store;
  /** Absent for a dry run. */
  readonly file?: ImportFileWriter;
  readonly onProgress: (doneBytes: number) => void;
  /** Gets each line of what changes: see `changeLine`. */
  readonly onChange?: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface BundleCheck {
  readonly verdict: PreviewVerdict;
  readonly counts: BundlePreviewCounts;
  readonly changes: BundleChanges;
  /** What of the config's limits it would pass; none: nobody has to approve it. */
  readonly exceeded: readonly ExceededLimit[];
  readonly guard: GuardConfig;
  readonly volumes: readonly VolumeState[];
  readonly repairedStripes: number;
}

/** Throws DiodeErrors of volumes and frames, `interrupted`. Whether what it would do is wanted is for others to say. */
export async function checkBundle(job: BundleCheckJob): Promise<BundleCheck> {
  const { bundle, file } = job;
  const { manifest, folders } = bundle;
  const reader = new VolumeReader({ ...manifest, shape: manifest, folders, codec: new BlockCodec(loadKernelModule()) });
  const tally = new BundleChangeTally(job.known, job.rules, job.scratch);
  // At most what the gate of the preview keeps, until its tokens are judged.
  const released: VerifiedFrame[] = [];
  const preview = new BundlePreview(job.names, job.gate, (frame) => released.push(frame));
  const tallyReleased = async () => {
    for (const frame of released.splice(0)) await tallyFrame(frame, tally, job);
  };
  for (const frame of job.before) await tallyFrame(frame, tally, job);
  tally.begin();
  let verdict = preview.begin(manifest);
  let done = 0;
  for await (const frame of bundleFrames({ ...job, manifest, ageFile: reader.ageFile() })) {
    if (job.signal.aborted) throw interrupted();
    if (verdict === 'ready') {
      const halts: StreamHalt | undefined = preview.handleFrame(frame);
      if (halts !== undefined) verdict = { halts };
      await tallyReleased();
    }
    file?.addFrame(frame.bytes);
    done += contentBytesOf(frame);
    job.onProgress(done);
  }
  const counts = preview.end();
  await tallyReleased();
  const { changes, blastRadius } = tally.end(job.onChange);
  return {
    verdict,
    counts,
    changes,
    exceeded: exceededLimits(blastRadius, job.rules.guard),
    guard: job.rules.guard,
    volumes: reader.volumes,
    repairedStripes: reader.repairedStripes,
  };
}

async function tallyFrame(
  { header, payload }: VerifiedFrame,
  tally: BundleChangeTally,
  { judge, rules }: BundleCheckJob,
): Promise<void> {
  const frame = { header, content: unpackFrame(header, payload) };
  tally.handleFrame(frame, await judgeTokens(judge, [frame], rules.nowMs));
}

function interrupted(): DiodeError {
  return new DiodeError('interrupted', 'The import was interrupted.', 'Nothing was changed; run it again.');
}

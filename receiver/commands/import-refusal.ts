/**
 * A bundle that is refused leaves its trace: an entry in the command log, and where its manifest is the sender's for this
 * receiver, signed evidence that goes back with the media. A dry run that meets it says the same.
 */
import { readSnapshot, snapshotEntries } from '../../src/audit/log-reader.ts';
import { auditCommand } from '../../src/cli/command-audit.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { MEDIA_LIMITS } from '../../src/limits.ts';
import type { MediumContent } from '../../src/media/medium-scan.ts';
import { DiodeError, type DiodeErrorCode } from '../../src/ops/diode-error.ts';
import type { TrustedManifest } from '../media/bundle-manifest.ts';
import { type ImportFacts, recordImport } from '../media/import-evidence.ts';

/** What is wrong with a bundle. Other codes tell of the machine, or of what was typed. */
const REFUSALS: ReadonlySet<DiodeErrorCode> = new Set([
  'bundle-unfinished',
  'bundle-invalid',
  'bundle-damaged',
  'bundle-foreign',
  'bundle-old',
  'bundle-refused',
  'volume-missing',
  'boundary-mismatch',
  'stream-mismatch',
  'card-not-trusted',
  'epoch-number',
  'stream-halted',
  'approval-refused',
]);

/** Returns what `choose` returns. Nothing on these media is believed yet: the entry names manifests by the bytes that lie there. */
export function recordingUnchosen<T>(layout: DirectoryLayout, { found }: MediumContent, choose: () => T): T {
  try {
    return choose();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const digests = new Set(found.map(({ manifest }) => sha256Hex(manifest)));
    onRecord(error, () =>
      auditCommand(layout, {
        event: 'import-refused',
        reason: error.code,
        manifests: [...digests].slice(0, MAX_NAMED_MANIFESTS),
      }),
    );
    throw error;
  }
}

/** Resolves to what `judge` does. The error of a refusal names the page. */
export async function recordingRefused<T>(
  layout: DirectoryLayout,
  facts: Omit<ImportFacts, 'result' | 'details'>,
  judge: () => Promise<T>,
): Promise<T> {
  try {
    return await judge();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { code, seen, cure } = error;
    const { manifest, digest } = facts.bundle;
    const page = onRecord(error, () => {
      auditCommand(layout, {
        event: 'import-refused',
        reason: code,
        bundle: manifest.number,
        digest: digest.toString('hex'),
      });
      const details = [`reason: ${code}`, seen.slice(0, MAX_SEEN_CHARACTERS)];
      return recordImport(layout, { ...facts, result: 'refused', details });
    });
    throw new DiodeError(code, seen, `${cure} Evidence to print, which goes back: ${page}`, { cause: error });
  }
}

/** For a bundle that the running receiver deleted and did not take in: why, as far as its log says it. */
export function refusedByReceiver(layout: DirectoryLayout, { manifest, digest }: TrustedManifest): DiodeError {
  const reason = reasonInLog(layout, digest.toString('hex'));
  const seen =
    reason === undefined
      ? `The receiver that ran here has bundle ${manifest.number} no more, and did not take all of it in.`
      : `The receiver that runs here refused bundle ${manifest.number}: ${reason}.`;
  const cure =
    'It judges by the trust and the config that it started with: after a change of these restart it. Then import again.';
  const where =
    reason === undefined
      ? ` Its log says why: diode-receiver audit search ${layout.directory} --event bundle-refused`
      : '';
  return new DiodeError('bundle-refused', seen, `${cure}${where}`);
}

/** Its newest word on that bundle. What the log cannot say does not hide that it was refused. */
function reasonInLog({ audit }: DirectoryLayout, digest: string): string | undefined {
  let newest: string | undefined;
  try {
    for (const { entry } of snapshotEntries(readSnapshot(audit), MEDIA_LIMITS.refusalEntries)) {
      if (!entry.includes(digest)) continue;
      const said = JSON.parse(entry.toString('utf8')) as Readonly<Record<string, string>>;
      if (said.event === 'bundle-refused' && said.digest === digest) newest = said.reason;
    }
  } catch (error) {
    if (!(error instanceof DiodeError)) throw error;
  }
  return newest;
}

/** What `write` returns. Where it fails both are said, the refusal first: it is what the media are judged by. */
function onRecord<T>({ code, seen, cure }: DiodeError, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DiodeError(code, seen, `${cure} And this refusal could not be put on record: ${why}`, { cause: error });
  }
}

function isRefusal(error: unknown): error is DiodeError {
  return error instanceof DiodeError && REFUSALS.has(error.code);
}

/** An audit entry has a bound. */
const MAX_NAMED_MANIFESTS = 16;

/** A sentence may name files of the operator's. */
const MAX_SEEN_CHARACTERS = 500;

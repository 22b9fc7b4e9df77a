/** `audit prove` and `audit check`: that an entry is in a log, for whoever has nothing but the log's public key. */
import { checkEntryProof, formatEntryProof, type ProofFault, parseEntryProof } from '../audit/entry-proof.ts';
import { EntrySearch } from '../audit/entry-search.ts';
import { LogReader } from '../audit/log-reader.ts';
import type { NoteVerifier } from '../audit/signed-note.ts';
import { directoryLayout, type Program } from '../config/directory-layout.ts';
import { createFile, readTextFile, requireNewFiles } from '../config/durable-file.ts';
import { AUDIT_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { type AuditName, auditDirectory, auditVerifier } from './audit-logs.ts';
import { requireDirectory } from './directory.ts';
import type { ExitCode } from './program.ts';

export interface ProveOptions {
  readonly out?: string;
  readonly log: AuditName;
}

const FAULTS: Readonly<Record<ProofFault, string>> = {
  'note-malformed': 'its checkpoint is no signed note',
  'note-unsigned': 'its checkpoint is signed by another key, or by that of another log',
  'note-signature': 'the signature of its checkpoint does not hold',
  'checkpoint-malformed': 'its checkpoint has not the form of one',
  'checkpoint-origin': 'its checkpoint is that of another log',
  'proof-malformed': 'it has not the form of a proof',
  'proof-path': 'its hashes do not lead from the entry to the root that was signed',
};

export function proveEntry(program: Program, directory: string, typed: string, { out, log }: ProveOptions): ExitCode {
  requireNewFiles(out);
  const layout = directoryLayout(program, directory);
  requireDirectory(program, layout);
  const reader = new LogReader(auditDirectory(layout, log), auditVerifier(layout, log));
  const index = /^\d{1,15}$/.test(typed) ? Number(typed) : lastWithRecord(reader, typed);
  const { head, tree } = reader;
  const entry = index === undefined || index >= head.size ? undefined : reader.entry(index);
  if (index === undefined || entry === undefined) {
    const seen = `The log has no entry ${typed} among the ${head.size} that are signed.`;
    throw new DiodeError(
      'proof-invalid',
      seen,
      'Find it with `audit search`; what is not signed yet is at the next start.',
    );
  }
  const proof = formatEntryProof({ entry, index, path: tree.inclusionProof(index, head.size), checkpoint: head.note });
  if (out === undefined) process.stdout.write(proof);
  else {
    createFile(out, proof, 0o644);
    process.stdout.write(
      `Wrote ${out}: entry ${index} of ${head.size}. Whoever has the log's public key can check it.\n`,
    );
  }
  return 0;
}

/** Throws DiodeError `proof-invalid` where it proves nothing. */
export function checkProof(path: string, verifier: NoteVerifier, asJson: boolean): ExitCode {
  const text = readTextFile(path, AUDIT_LIMITS.maxProofBytes);
  if (text === undefined) throw new DiodeError('usage', `There is no ${path}.`, 'Name the file that holds the proof.');
  const proof = parseEntryProof(text);
  const checked = proof === undefined ? 'proof-malformed' : checkEntryProof(proof, verifier);
  if (proof === undefined || typeof checked === 'string') {
    const why = FAULTS[checked as ProofFault];
    throw new DiodeError(
      'proof-invalid',
      `${path} proves nothing: ${why}.`,
      'Ask for the proof again, or for the right key.',
    );
  }
  const entry = proof.entry.toString('utf8');
  const { index } = proof;
  const said = { origin: verifier.name, index, size: checked.size, entry };
  const sentence = `Entry ${index} of ${verifier.name}, which was signed over ${checked.size} entries:`;
  process.stdout.write(asJson ? `${JSON.stringify(said)}\n` : `${sentence}\n${entry}\n`);
  return 0;
}

/** A record that was published again after an unclean commit stands there twice, and the last one counts. */
function lastWithRecord(reader: LogReader, record: string): number | undefined {
  const search = new EntrySearch({ record });
  let last: number | undefined;
  for (const { index, entry } of reader.entries()) if (search.match(entry) !== undefined) last = index;
  return last;
}

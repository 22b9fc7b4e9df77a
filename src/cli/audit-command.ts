/** `audit` of both programs: verify, search, prove, check, key. */
import { existsSync } from 'node:fs';
import { claimedOrigin } from '../audit/checkpoint.ts';
import { type KeptCheckpoint, type LogReport, verifyLog } from '../audit/log-verifier.ts';
import { type NoteVerifier, parseVerifierKey, verifierKey } from '../audit/signed-note.ts';
import { type DirectoryLayout, directoryLayout, type Program } from '../config/directory-layout.ts';
import { readTextFile } from '../config/durable-file.ts';
import { AUDIT_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { AUDIT_NAMES, auditDirectory, auditVerifier } from './audit-logs.ts';
import { checkProof, type ProveOptions, proveEntry } from './audit-proof.ts';
import { type SearchOptions, searchAudit } from './audit-search.ts';
import { requireDirectory } from './directory.ts';
import { collect, jsonOption } from './options.ts';
import { addCommand, type CommandLine, type ExitCode, Option } from './program.ts';

/** Also of commands that one program alone has. */
export const AUDIT_GROUP = { name: 'audit', description: 'verify, search and prove what the audit logs say' };

const KEY_CURE = 'It looks like NAME+01234567+Ab…, as `audit key DIR` shows it.';

interface VerifyOptions {
  readonly checkpoint?: readonly string[];
  readonly key?: readonly string[];
  readonly json?: boolean;
}

export function addAuditCommands(line: CommandLine, program: Program): void {
  addCommand(
    line,
    {
      usage: 'verify <DIR>',
      group: AUDIT_GROUP,
      description: 'hash all of both audit logs again, and compare with what was signed; also while the program runs',
      options: [
        new Option(
          '--checkpoint <FILE>',
          'a checkpoint of either log that was kept elsewhere; once more for each',
        ).argParser(collect),
        new Option('--key <KEY>', 'the public key of a log as you noted it, rather than the one in DIR').argParser(
          collect,
        ),
        jsonOption(),
      ],
      examples: [`${program} audit verify DIR`, `${program} audit verify DIR --checkpoint /safe/2026-11-25.checkpoint`],
    },
    (directory: string, options: VerifyOptions) => verify(program, directory, options),
  );
  addCommand(
    line,
    {
      usage: 'search <DIR>',
      group: AUDIT_GROUP,
      description: 'print the entries of both logs that speak of a subject, a token, a record or a time, oldest first',
      options: [
        new Option('--subject <ID>', 'an id, or a whole key such as "User|2819c223"'),
        new Option('--token <JTI>', 'a jti, or the SHA-256 of a token in hex'),
        new Option('--record <ID>', 'the ce_id of a published record, or the revision of a framed one'),
        new Option('--event <NAME>', 'such as frame-refused'),
        new Option('--from <TIME>', 'RFC 3339'),
        new Option('--to <TIME>', 'RFC 3339, exclusive'),
        new Option('--json', 'one JSON object a line, as it stands in the log'),
      ],
      examples: [
        `${program} audit search DIR --subject 2819c223`,
        `${program} audit search DIR --event command-pause --from 2026-11-25T00:00:00Z`,
      ],
    },
    (directory: string, options: SearchOptions) => searchAudit(program, directory, options),
  );
  addCommand(
    line,
    {
      usage: 'prove <DIR> <ENTRY>',
      group: AUDIT_GROUP,
      description:
        'write a proof that an entry is in the log, for whoever has its public key: ENTRY is its number, or the id of a record',
      options: [
        new Option('--out <FILE>', 'write it here rather than to standard output; never over another file'),
        new Option('--log <NAME>', 'of which log').choices(AUDIT_NAMES).default('program'),
      ],
      examples: [
        `${program} audit prove DIR hr/1.5.0 --out hr-1.5.0.tlog-proof`,
        `${program} audit prove DIR 4711 > 4711.tlog-proof`,
      ],
    },
    (directory: string, entry: string, options: ProveOptions) => proveEntry(program, directory, entry, options),
  );
  addCommand(
    line,
    {
      usage: 'check <FILE>',
      group: AUDIT_GROUP,
      description: 'check a proof on any machine, with nothing but the public key of the log, and print its entry',
      options: [
        new Option('--key <KEY>', 'the public key of the log, as `audit key DIR` showed it').makeOptionMandatory(),
        jsonOption(),
      ],
      examples: [`${program} audit check hr-1.5.0.tlog-proof --key identity-diode/site-a/hr/sender+0b1c2d3e+AaBb…`],
    },
    (file: string, { key, json }: { readonly key: string; readonly json?: boolean }) =>
      checkProof(file, readKey(key), json === true),
  );
  addCommand(
    line,
    {
      usage: 'key <DIR>',
      group: AUDIT_GROUP,
      description: 'show the public keys of both logs, to be noted elsewhere',
      options: [jsonOption()],
      examples: [`${program} audit key DIR`],
    },
    (directory: string, { json }: { readonly json?: boolean }): ExitCode => {
      const layout = directoryLayout(program, directory);
      requireDirectory(program, layout);
      const keys = AUDIT_NAMES.map((name) => [name, verifierKey(auditVerifier(layout, name))] as const);
      const text = () => keys.map(([name, key]) => `${name.padEnd(10)}${key}`).join('\n');
      process.stdout.write(`${json ? JSON.stringify(Object.fromEntries(keys)) : text()}\n`);
      return 0;
    },
  );
}

function verify(program: Program, directory: string, options: VerifyOptions): ExitCode {
  const layout = directoryLayout(program, directory);
  requireDirectory(program, layout);
  const kept = (options.checkpoint ?? []).map(readCheckpointFile);
  const keys = (options.key ?? []).map(readKey);
  const reports = AUDIT_NAMES.filter((name) => name === 'program' || existsSync(auditDirectory(layout, name))).map(
    (name) => {
      const verifier = verifierOf(layout, name, keys);
      const own = kept.filter(({ note }) => claimedOrigin(note) === verifier.name);
      return verifyLog(auditDirectory(layout, name), verifier, own);
    },
  );
  const strange = kept.find(({ note }) => !reports.some(({ origin }) => origin === claimedOrigin(note)));
  if (strange !== undefined) {
    const origins = reports.map(({ origin }) => origin).join(' and ');
    throw new DiodeError('usage', `${strange.name} is no checkpoint of ${origins}.`, 'Name one of a log in DIR.');
  }
  const isGood = reports.every(({ findings }) => findings.length === 0);
  process.stdout.write(
    `${options.json ? JSON.stringify({ isGood, logs: reports }) : reports.map(reportText).join('\n')}\n`,
  );
  return isGood ? 0 : 1;
}

function reportText({ origin, entries, signed, tornBytes, findings, moreFindings }: LogReport): string {
  const unsigned = entries - signed;
  return [
    `${origin}: ${findings.length === 0 ? 'as it was signed' : 'CHANGED'}, ${entries} entries`,
    ...findings.map((finding) => `  ! ${finding}`),
    ...(moreFindings > 0 ? [`  ! and ${moreFindings} more findings`] : []),
    ...(unsigned > 0 ? [`  ${unsigned} of them were not signed yet`] : []),
    ...(tornBytes > 0 ? [`  ${tornBytes} bytes behind them are no entry yet`] : []),
  ].join('\n');
}

function verifierOf(layout: DirectoryLayout, name: (typeof AUDIT_NAMES)[number], keys: readonly NoteVerifier[]) {
  const own = auditVerifier(layout, name);
  return keys.find((key) => key.name === own.name) ?? own;
}

function readCheckpointFile(path: string): KeptCheckpoint {
  const note = readTextFile(path, AUDIT_LIMITS.maxNoteBytes);
  if (note !== undefined) return { name: path, note };
  throw new DiodeError('usage', `There is no ${path}.`, 'Name the file that holds the checkpoint.');
}

function readKey(text: string): NoteVerifier {
  const key = parseVerifierKey(text);
  if (key !== undefined) return key;
  throw new DiodeError('usage', `${text} is no key of an audit log.`, KEY_CURE);
}

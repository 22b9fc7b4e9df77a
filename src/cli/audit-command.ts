/** `audit verify|prove|check|search` of both programs. */
import { existsSync } from 'node:fs';
import { claimedOrigin } from '../audit/checkpoint.ts';
import { type KeptCheckpoint, type LogReport, verifyLog } from '../audit/log-verifier.ts';
import { type NoteVerifier, parseVerifierKey } from '../audit/signed-note.ts';
import { type DirectoryLayout, directoryLayout, type Program } from '../config/directory-layout.ts';
import { readTextFile } from '../config/durable-file.ts';
import { AUDIT_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { AUDIT_NAMES, auditDirectory, auditVerifier } from './audit-logs.ts';
import { requireDirectory } from './directory.ts';
import { collect, jsonOption } from './options.ts';
import { addCommand, type CommandLine, type ExitCode, Option } from './program.ts';

const GROUP = { name: 'audit', description: 'verify, search and prove what the audit logs say' };

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
      group: GROUP,
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
  throw new DiodeError(
    'usage',
    `${text} is no key of an audit log.`,
    'It looks like NAME+01234567+Ab…, as `card DIR` shows it.',
  );
}

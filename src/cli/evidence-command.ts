/** `evidence`: the paper that travels with a stick, held against what this side knows. The same command on both sides. */
import { existsSync } from 'node:fs';
import { type DirectoryLayout, directoryLayout, type Program } from '../config/directory-layout.ts';
import { readTextFile } from '../config/durable-file.ts';
import { describeProblem, retypeCure } from '../config/paper-code-problem.ts';
import { equalBytes } from '../crypto/digest.ts';
import { OPS_LIMITS } from '../limits.ts';
import { bundleCode } from '../media/bundle-code.ts';
import { checkEvidence, type Evidence, parseEvidence } from '../media/evidence.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { decodePaperCode } from '../wire/paper-code.ts';
import { requireDirectory } from './directory.ts';
import { storedEvidence } from './evidence-file.ts';
import { jsonOption } from './options.ts';
import { addCommand, type CommandLine } from './program.ts';
import { count } from './status-table.ts';

/** Whose word counts on a side. */
export interface EvidenceTrust {
  /** Raw Ed25519 keys: of this side, and of trusted cards. */
  readonly signingKeys: readonly Uint8Array[];
  /** Shared with each trusted card. */
  readonly macKeys: readonly Uint8Array[];
}

export function addEvidenceCommand(
  line: CommandLine,
  program: Program,
  trustOf: (layout: DirectoryLayout) => EvidenceTrust,
): void {
  addCommand(
    line,
    {
      usage: 'evidence <DIR> <CODE-OR-FILE...>',
      description:
        'check the code of a bundle, as the paper says it, or a page of transfer evidence of either side with its signature',
      options: [jsonOption()],
      examples: [
        `${program} evidence DIR B00VT-0MKQM-G7E8C-13AT9-RD76A-74JCX-ST5`,
        `${program} evidence DIR bundle-7-1f2e3d4c-exported.html`,
      ],
    },
    (directory: string, typed: readonly string[], { json }: { readonly json?: boolean }): 0 => {
      const layout = directoryLayout(program, directory);
      requireDirectory(program, layout);
      const known = storedEvidence(layout);
      const [file] = typed;
      const given = typed.length === 1 && file !== undefined && existsSync(file) ? readPage(file) : undefined;
      if (given !== undefined) requireAuthentic(given, trustOf(layout));
      const code = given?.code ?? typedCode(typed.join(''));
      const here = known.filter((evidence) => evidence.code === code);
      if (given === undefined && here.length === 0) throw unknownCode(code);
      const answer = { code, ...(given && { page: given }), here };
      process.stdout.write(`${json ? JSON.stringify(answer) : answerText(given, here)}\n`);
      return 0;
    },
  );
}

function readPage(path: string): Evidence {
  const evidence = parseEvidence(readTextFile(path, OPS_LIMITS.maxEvidenceBytes) ?? '');
  if (evidence !== undefined) return evidence;
  throw new DiodeError(
    'evidence-invalid',
    `${path} is no transfer evidence.`,
    'Give the page that export or import wrote.',
  );
}

function requireAuthentic(evidence: Evidence, { signingKeys, macKeys }: EvidenceTrust): void {
  const { isSigned, isAuthentic } = checkEvidence(evidence, macKeys);
  const key = Buffer.from(evidence.key, 'base64url');
  const isOfDigest = bundleCode(Buffer.from(evidence.manifestDigest, 'hex')) === evidence.code;
  if (isSigned && isOfDigest && (isAuthentic || signingKeys.some((trusted) => equalBytes(trusted, key)))) return;
  const seen =
    isSigned && isOfDigest
      ? 'It is signed by nobody whom this side trusts.'
      : 'Its signature does not hold: it was changed.';
  throw new DiodeError('evidence-invalid', seen, 'Ask whoever wrote it, by a way that you trust, for the code.');
}

function typedCode(typed: string): string {
  const code = decodePaperCode(typed);
  if ('reason' in code) {
    throw new DiodeError(
      'evidence-invalid',
      `This is no code of a bundle: ${describeProblem(code)}.`,
      retypeCure(code),
    );
  }
  if (code.kind !== 'B') {
    throw new DiodeError(
      'evidence-invalid',
      'This is the code of something else.',
      'Type the code that begins with B.',
    );
  }
  return bundleCode(code.bytes);
}

function unknownCode(code: string): DiodeError {
  const seen = `No bundle with the code ${code} was exported or imported with this directory.`;
  return new DiodeError('evidence-invalid', seen, 'Compare it with the paper, and the paper with the stick.');
}

function answerText(given: Evidence | undefined, here: readonly (Evidence & { readonly file: string })[]): string {
  const lines =
    given === undefined ? [] : [`The page holds: its signature is that of the ${given.side}.`, described(given)];
  if (here.length === 0) lines.push('This side has no evidence of that bundle of its own.');
  for (const evidence of here) lines.push(`Here: ${described(evidence)}\n  ${evidence.file}`);
  return lines.join('\n');
}

function described(evidence: Evidence): string {
  const { bundle, stream, boundary, result, at, by, code, frameCount } = evidence;
  return `bundle ${bundle} of stream ${stream} (boundary ${boundary}), ${count(frameCount)} frames, ${result} at ${at} by ${by}, code ${code}`;
}

/**
 * `diode-receiver approve`: one person's signature under what they were shown. A request file brings all of it to the
 * approver's own machine; beside a receiver holds are shown as it has them. A digest alone is never signed.
 */
import { statSync } from 'node:fs';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { openDirectory } from '../../src/cli/directory.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, InvalidArgumentError, Option } from '../../src/cli/program.ts';
import { confirmChange } from '../../src/cli/question.ts';
import { createFile, readTextFile, requireNewFiles } from '../../src/config/durable-file.ts';
import { readKeyFile } from '../../src/config/key-files.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { type SigningKeyPair, signingKeyPair } from '../../src/crypto/sodium.ts';
import { APPROVAL_LIMITS, HOUR_MS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { type ApprovalScope, readApproval, signApproval } from '../guard/approval.ts';
import { readApprovalRequest, requestScope, thingDigest } from '../guard/approval-request.ts';
import type { Decision } from '../guard/held-table.ts';
import { holdList } from '../guard/hold-list.ts';
import { readTrustedSender } from '../trust/own-card.ts';
import { namedHolds, readStoredHolds } from './stored-holds.ts';

interface ApproveOptions {
  readonly key: string;
  readonly out?: string;
  readonly action?: Decision;
  readonly validHours: number;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addApproveCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'approve <REQUEST|DIR> [HOLD...]',
      description:
        "sign as an approver what is shown here first: a request file that was brought to the approver's machine, which needs no DIR, or holds beside a receiver",
      options: [
        new Option('--key <FILE>', "the approver's key, as `approver-key` made it").makeOptionMandatory(),
        new Option('--out <FILE>', 'write the approval there (default: standard output)'),
        new Option('--action <ACTION>', 'release or reject: what becomes of holds; a request says it itself').argParser(
          parseAction,
        ),
        new Option('--valid-hours <N>', 'how long it holds')
          .default(APPROVAL_LIMITS.defaultValidityMs / HOUR_MS)
          .argParser(parseHours),
        new Option('--yes', 'sign without asking: you have read the request already'),
        jsonOption(),
      ],
      examples: [
        'diode-receiver approve request.txt --key ~/approver/alice.key --out alice.approval',
        'diode-receiver approve DIR deletes-1.482 --action release --key ~/approver/alice.key --out alice.approval',
      ],
    },
    approve,
  );
}

async function approve(place: string, things: readonly string[], options: ApproveOptions): Promise<0> {
  const { key, out, json } = options;
  requireNewFiles(out);
  const keys = signingKeyPair(readKeyFile(key, 'ed25519'));
  const scope = isFile(place)
    ? await scopeOfRequest(place, things, options)
    : await scopeBeside(place, things, options, keys);
  const signedAtMs = Date.now();
  const text = signApproval({ ...scope, signedAtMs, expiresAtMs: signedAtMs + options.validHours * HOUR_MS }, keys);
  if (out !== undefined) createFile(out, text, 0o644);
  if (json) process.stdout.write(`${JSON.stringify({ ...readApproval(text), approval: text, out })}\n`);
  else process.stdout.write(out === undefined ? text : `Wrote ${out}: carry it to the receiver.\n`);
  return 0;
}

/** All that is asked of the approver is shown first: it is what the digest is computed from. */
async function scopeOfRequest(
  path: string,
  things: readonly string[],
  { action: typed, yes }: ApproveOptions,
): Promise<ApprovalScope> {
  if (things.length > 0 || typed !== undefined) {
    const cure = `Give ${path} alone: what it asks for is shown before it is signed.`;
    throw new DiodeError('usage', 'A request says itself what is to be signed.', cure);
  }
  const request = readApprovalRequest(readTextFile(path, APPROVAL_LIMITS.maxRequestBytes) ?? '');
  if (request === undefined) {
    throw new DiodeError(
      'approval-invalid',
      `${path} is no approval request.`,
      'Give the file that the receiver wrote with --request, or its DIR and holds.',
    );
  }
  const { boundary, stream, action, thing } = request;
  const shown = `You are asked to ${action}, for stream ${stream} of boundary ${boundary}:\n\n${thing}`;
  await confirmChange(shown, { yes: yes === true });
  return requestScope(request);
}

async function scopeBeside(
  directory: string,
  things: readonly string[],
  { action, yes }: ApproveOptions,
  keys: SigningKeyPair,
): Promise<ApprovalScope> {
  const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  const { boundary, stream } = readTrustedSender(layout, config.boundary);
  if (things.length === 0 || action === undefined) {
    throw new DiodeError('usage', 'It is not said what to sign.', `Give holds and --action. ${ONLY_REQUESTS}`);
  }
  if (things.some((thing) => DIGEST.test(thing))) {
    const seen = 'A digest shows nothing of what it stands for, and nothing is signed unseen.';
    throw new DiodeError('usage', seen, `Name holds, as \`diode-receiver held DIR\` has them. ${ONLY_REQUESTS}`);
  }
  const key = Buffer.from(keys.publicKey).toString('base64url');
  const approver = config.approvers.find((each) => each.key === key);
  if (approver === undefined) {
    const cure = 'Add it to `approvers` there, or use another key.';
    throw new DiodeError('approval-refused', `The key is no approver's in ${layout.config}.`, cure);
  }
  const thing = holdList(namedHolds(readStoredHolds(layout).holds, things));
  await confirmChange(`You are asked to ${action}:\n\n${thing}`, { yes: yes === true });
  const digest = thingDigest(thing);
  auditCommand(layout, { event: 'command-approve', action, digest, approver: approver.name });
  return { boundary, stream, action, digest };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

const DIGEST = /^[0-9a-f]{64}$/i;
const ONLY_REQUESTS =
  'An import is signed by its request alone, which names whom it concerns: `diode-receiver import DIR MEDIUM --dry-run --request FILE`, then `diode-receiver approve FILE --key KEY`.';

function parseAction(typed: string): Decision {
  if (typed === 'release' || typed === 'reject') return typed;
  throw new InvalidArgumentError(`Give release or reject. ${ONLY_REQUESTS}`);
}

function parseHours(typed: string): number {
  const most = APPROVAL_LIMITS.maxValidityMs / HOUR_MS;
  const hours = Number(typed);
  if (Number.isInteger(hours) && hours >= 1 && hours <= most) return hours;
  throw new InvalidArgumentError(`Give a number from 1 to ${most}.`);
}

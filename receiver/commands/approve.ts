/**
 * `diode-receiver approve`: one person's signature under a thing. Beside a receiver the thing is named by its digest; on the
 * approver's own machine a request file brings all of it.
 */
import { statSync } from 'node:fs';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { openDirectory } from '../../src/cli/directory.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, InvalidArgumentError, Option } from '../../src/cli/program.ts';
import { confirmChange } from '../../src/cli/question.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { createFile, readTextFile } from '../../src/config/durable-file.ts';
import { readKeyFile } from '../../src/config/key-files.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { type SigningKeyPair, signingKeyPair } from '../../src/crypto/sodium.ts';
import { APPROVAL_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { APPROVAL_ACTIONS, type ApprovalAction, type ApprovalScope, readApproval, signApproval } from '../approval.ts';
import { readApprovalRequest, requestScope, thingDigest } from '../approval-request.ts';
import { holdList } from '../hold-list.ts';
import { readTrustedSender } from '../own-card.ts';
import { namedHolds, readStoredHolds } from './stored-holds.ts';

interface ApproveOptions {
  readonly key: string;
  readonly out?: string;
  readonly action?: ApprovalAction;
  readonly validHours: number;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addApproveCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'approve <DIR|REQUEST> [THING...]',
      description:
        "sign a thing as an approver: a request file that was brought to the approver's machine, which needs no DIR, or holds or a digest beside a receiver",
      options: [
        new Option('--key <FILE>', "the approver's key, as `approver-key` made it").makeOptionMandatory(),
        new Option('--out <FILE>', 'write the approval there (default: standard output)'),
        new Option('--action <ACTION>', 'what is approved; beside a receiver').choices(APPROVAL_ACTIONS),
        new Option('--valid-hours <N>', 'how long it holds')
          .default(APPROVAL_LIMITS.defaultValidityMs / HOUR_MS)
          .argParser(parseHours),
        new Option('--yes', 'sign without asking: you have read the request already'),
        jsonOption(),
      ],
      examples: [
        'diode-receiver approve request.txt --key ~/approver/alice.key --out alice.approval',
        'diode-receiver approve DIR deletes-1.482 --action release --key ~/approver/alice.key --out alice.approval',
        'diode-receiver approve DIR 3fa9…c1 --action import --key ~/approver/alice.key --out alice.approval',
      ],
    },
    approve,
  );
}

async function approve(place: string, things: readonly string[], options: ApproveOptions): Promise<0> {
  const { key, out, yes, json } = options;
  const keys = signingKeyPair(readKeyFile(key, 'ed25519'));
  const scope = isFile(place) ? await scopeOfRequest(place, yes) : await scopeBeside(place, things, options, keys);
  const signedAtMs = Date.now();
  const text = signApproval({ ...scope, signedAtMs, expiresAtMs: signedAtMs + options.validHours * HOUR_MS }, keys);
  if (out !== undefined) createFile(out, text, 0o644);
  if (json) process.stdout.write(`${JSON.stringify({ ...readApproval(text), approval: text, out })}\n`);
  else process.stdout.write(out === undefined ? text : `Wrote ${out}: carry it to the receiver.\n`);
  return 0;
}

/** All that is asked of the approver is shown first: it is what the digest is computed from. */
async function scopeOfRequest(path: string, yes: boolean | undefined): Promise<ApprovalScope> {
  const request = readApprovalRequest(readTextFile(path, APPROVAL_LIMITS.maxRequestBytes) ?? '');
  if (request === undefined) {
    throw new DiodeError(
      'approval-invalid',
      `${path} is no approval request.`,
      'Give the file that the receiver wrote, or its DIR and a digest.',
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
    throw new DiodeError('usage', 'It is not said what to sign.', 'Give holds, or a digest, and --action.');
  }
  const key = Buffer.from(keys.publicKey).toString('base64url');
  const approver = config.approvers.find((each) => each.key === key);
  if (approver === undefined) {
    const cure = 'Add it to `approvers` there, or use another key.';
    throw new DiodeError('approval-refused', `The key is no approver's in ${layout.config}.`, cure);
  }
  const [digest = ''] = things;
  const isDigest = things.length === 1 && /^[0-9a-f]{64}$/.test(digest);
  const scope = { boundary, stream, action };
  const asked = isDigest ? { ...scope, digest } : await scopeOfHolds(layout, scope, { things, yes });
  auditCommand(layout, { event: 'command-approve', action, digest: asked.digest, approver: approver.name });
  return asked;
}

async function scopeOfHolds(
  layout: DirectoryLayout,
  scope: Omit<ApprovalScope, 'digest'>,
  { things, yes }: { readonly things: readonly string[]; readonly yes: boolean | undefined },
): Promise<ApprovalScope> {
  const thing = holdList(namedHolds(readStoredHolds(layout).holds, things));
  await confirmChange(`You are asked to ${scope.action}:\n\n${thing}`, { yes: yes === true });
  return { ...scope, digest: thingDigest(thing) };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

const HOUR_MS = 3_600_000;

function parseHours(typed: string): number {
  const most = APPROVAL_LIMITS.maxValidityMs / HOUR_MS;
  const hours = Number(typed);
  if (Number.isInteger(hours) && hours >= 1 && hours <= most) return hours;
  throw new InvalidArgumentError(`Give a number from 1 to ${most}.`);
}

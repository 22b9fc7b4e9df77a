/** `diode-receiver release` and `reject`: approvers' word on what is held, handed to the receiver. */
import { openDirectory } from '../../src/cli/directory.ts';
import { readGivenFile } from '../../src/cli/given-file.ts';
import { askProgram, whenSentence } from '../../src/cli/operator-request.ts';
import { collect, jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { confirmChange } from '../../src/cli/question.ts';
import { readKeyFile } from '../../src/config/key-files.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { signingKeyPair } from '../../src/crypto/sodium.ts';
import { APPROVAL_LIMITS } from '../../src/limits.ts';
import { type ApprovalScope, judgeApprovals, signApproval } from '../guard/approval.ts';
import { requireApproved } from '../guard/approval-problem.ts';
import { thingDigest } from '../guard/approval-request.ts';
import type { Decision } from '../guard/held-table.ts';
import { holdList } from '../guard/hold-list.ts';
import type { DecisionBody } from '../guard/hold-requests.ts';
import { readTrustedSender } from '../trust/own-card.ts';
import { namedHolds, readStoredHolds } from './stored-holds.ts';

interface DecideOptions {
  readonly approval?: readonly string[];
  readonly key?: readonly string[];
  readonly yes?: boolean;
  readonly json?: boolean;
}

const TEXTS = {
  release: {
    usage: 'release <DIR> <HOLD...>',
    description: 'publish what the guard holds, as approvers say',
    consequence: 'They are published as they were said, and cannot be taken back here.',
    does: 'publishes them',
  },
  reject: {
    usage: 'reject <DIR> <HOLD...>',
    description: 'never publish what the guard holds, as approvers say: each key is pinned up to that revision',
    consequence: 'They are never published: each key stays as it is until the source says something newer of it.',
    does: 'pins them',
  },
} as const;

export function addDecisionCommands(line: CommandLine): void {
  for (const action of ['release', 'reject'] as const) {
    addCommand(
      line,
      {
        usage: TEXTS[action].usage,
        description: `${TEXTS[action].description}; \`all\` names every hold`,
        options: [
          new Option('--approval <FILE>', 'an approval of exactly these holds; once more for each').argParser(collect),
          new Option('--key <FILE>', 'sign here as an approver, with this key').argParser(collect),
          new Option('--yes', 'sign without asking: you have read the list already'),
          jsonOption(),
        ],
        examples: [
          `diode-receiver ${action} DIR deletes-1.482 --key ~/approver/alice.key`,
          `diode-receiver ${action} DIR all --approval alice.approval --approval bob.approval`,
        ],
      },
      (directory: string, names: readonly string[], options: DecideOptions) =>
        decide(action, directory, names, options),
    );
  }
}

async function decide(
  action: Decision,
  directory: string,
  names: readonly string[],
  { approval: files = [], key: keyFiles = [], yes, json }: DecideOptions,
): Promise<0> {
  const cure = 'Name what `diode-receiver approve` wrote.';
  const given = files.map((file) => readGivenFile(file, APPROVAL_LIMITS.maxApprovalBytes, cure));
  const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  const { boundary, stream } = readTrustedSender(layout, config.boundary);
  const holds = namedHolds(readStoredHolds(layout).holds, names);
  const thing = holdList(holds);
  const scope = { boundary, stream, action, digest: thingDigest(thing) };
  if (keyFiles.length > 0) await confirmChange(`${thing}\n${TEXTS[action].consequence}`, { yes: yes === true });
  const approvals = [...given, ...keyFiles.map((file) => signHere(scope, file))];
  const { approvers, approvals: needed, clock } = config;
  const policy = { approvers, approvals: needed, maxSkewMs: clock.maxSkewMs };
  const judged = judgeApprovals(approvals, scope, { policy, nowMs: Date.now() });
  const persons = requireApproved(judged, [...files, ...keyFiles]).join(' ');
  const body: DecisionBody = { action, thing, approvals };
  const records = holds.reduce((sum, hold) => sum + hold.held, 0);
  const about = { holds: holds.length, records, digest: scope.digest, persons };
  const asked = askProgram(layout, { kind: 'decide-holds', body }, { event: `command-${action}`, ...about });
  if (json) process.stdout.write(`${JSON.stringify({ ...asked, action, ...about })}\n`);
  else {
    const what = `${TEXTS[action].does}, ${records} ${records === 1 ? 'record' : 'records'},`;
    process.stdout.write(`${whenSentence('receiver', asked, what)}\n`);
  }
  return 0;
}

function signHere(scope: ApprovalScope, file: string): string {
  const signedAtMs = Date.now();
  const expiresAtMs = signedAtMs + APPROVAL_LIMITS.defaultValidityMs;
  return signApproval({ ...scope, signedAtMs, expiresAtMs }, signingKeyPair(readKeyFile(file, 'ed25519')));
}

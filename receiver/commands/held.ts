/** `diode-receiver held`: what the guard keeps back, and requests for approvers to sign. */
import { openDirectory } from '../../src/cli/directory.ts';
import { print } from '../../src/cli/process-end.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { createFile, requireNewFiles } from '../../src/config/durable-file.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { approvalRequestText } from '../guard/approval-request.ts';
import { heldChangeObject, heldChangeText } from '../guard/held-change.ts';
import type { Decision } from '../guard/held-table.ts';
import { holdList } from '../guard/hold-list.ts';
import { holdReportObject, holdReportText, type ListedHold } from '../guard/hold-report.ts';
import { readTrustedSender } from '../trust/own-card.ts';
import { listedHolds, namedHolds, readHeldChanges, readStoredHolds, writeHoldLines } from './stored-holds.ts';

interface HeldOptions {
  readonly request?: string;
  readonly action?: Decision;
  readonly records?: boolean;
  readonly changes?: string;
  readonly json?: boolean;
}

export function addHeldCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'held <DIR> [HOLD...]',
      description: 'list what the guard holds for approval, and the keys that rejections pinned',
      options: [
        new Option('--request <FILE>', "write a request for the holds named, for an approver's own machine"),
        new Option('--action <ACTION>', 'what the request asks for').choices(['release', 'reject']),
        new Option('--records', 'every record that is held, a line each: whom it concerns, and what it would do'),
        new Option(
          '--changes <FILE>',
          'write the lines of one hold that an approver signs, each record with its revision and the SHA-256 of its value, whose sha256sum the request names',
        ),
        new Option('--json', 'answer as one JSON object; with --records one a line'),
      ],
      examples: [
        'diode-receiver held DIR',
        'diode-receiver held DIR deletes-1.482 --records | less',
        "diode-receiver held DIR --json | jq -r '.holds[].name'",
        'diode-receiver held DIR --records --json | jq -r \'select(.granted[] == "admin") | .key\'',
        'diode-receiver held DIR deletes-1.482 --action reject --request request.txt --changes changes.txt',
      ],
    },
    held,
  );
}

async function held(directory: string, names: readonly string[], options: HeldOptions): Promise<0> {
  const { request, action, records, changes, json } = options;
  requireNewFiles(request, changes);
  const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  const { boundary, stream } = readTrustedSender(layout, config.boundary);
  const stored = readStoredHolds(layout);
  const named = request === undefined ? listedHolds : namedHolds;
  const holds = names.length === 0 ? stored.holds : named(stored.holds, names);
  if (records && (request !== undefined || changes !== undefined)) {
    throw new DiodeError('usage', 'A file and the list of all records are two answers.', 'Ask for them one by one.');
  }
  if (request !== undefined && (action === undefined || names.length === 0)) {
    throw new DiodeError('usage', 'A request is for holds and an action.', 'Name them, or `all`, and give --action.');
  }
  if (changes !== undefined) writeHoldLines(layout, onlyHold(holds), changes);
  if (request !== undefined && action !== undefined) {
    createFile(request, approvalRequestText({ boundary, stream, action, thing: holdList(holds) }), 0o644);
  }
  if (records) {
    const chosen = holds.map(({ name }) => name);
    for (const change of readHeldChanges(layout, chosen, config.guard)) {
      const line = json ? `${JSON.stringify(heldChangeObject(change))}\n` : heldChangeText(change);
      if (!(await print(line))) break;
    }
    return 0;
  }
  const report = { boundary, stream, ...stored, holds };
  if (json) process.stdout.write(`${JSON.stringify({ ...holdReportObject(report), request, changes })}\n`);
  else {
    process.stdout.write(holdReportText(report, directory));
    if (request !== undefined) process.stdout.write(`\nWrote ${request}: carry it to the approvers.\n`);
    if (changes !== undefined) process.stdout.write(`\nWrote ${changes}: its sha256sum is what stands above.\n`);
  }
  return 0;
}

function onlyHold(holds: readonly ListedHold[]): ListedHold {
  const [hold, ...more] = holds;
  if (hold !== undefined && more.length === 0) return hold;
  throw new DiodeError('usage', 'Each hold has a digest of its own.', 'Name the one whose lines are to be written.');
}

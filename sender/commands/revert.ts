/** `diode-sender revert`: shows what changed since a time, and asks the sender to put it back as new deltas. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { openDirectory } from '../../src/cli/directory.ts';
import { type AskedRequest, askProgram, whenSentence } from '../../src/cli/operator-request.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { ask } from '../../src/cli/question.ts';
import { count, time } from '../../src/cli/status-table.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { compileIdentityRules } from '../../src/identity/identity-rules.ts';
import { parseRfc3339 } from '../../src/identity/rfc3339.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { RequestInbox } from '../../src/ops/request-inbox.ts';
import { openScratchStore, type Store } from '../../src/store/database.ts';
import { removeAbandonedFiles, removeRevertFile, writeRevertFile } from '../revert/revert-file.ts';
import { planRevert, type RevertPlan } from '../revert/revert-plan.ts';
import { type RevertSummary, revertLines, summariseRevert } from '../revert/revert-summary.ts';
import { readLastRevert } from '../revert/revert-table.ts';
import { noPlan, revertObject, revertText } from '../revert/revert-view.ts';
import { readSenderStore } from '../sender-store.ts';

interface RevertOptions {
  readonly to: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addRevertCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'revert <DIR>',
      description:
        'put back, as new deltas, what subjects and memberships were at a time; tokens, revocations and key sets stay',
      options: [
        new Option('--to <TIME>', 'RFC 3339 with its zone: the state of then').makeOptionMandatory(),
        new Option('--dry-run', 'only show what would be sent'),
        new Option('--yes', 'send it without asking'),
        jsonOption(),
      ],
      examples: [
        'diode-sender revert DIR --to 2026-11-25T14:02:00Z --dry-run',
        'diode-sender revert DIR --to 2026-11-25T15:02:00+01:00',
        'diode-sender revert DIR --to 2026-11-25T14:02:00Z --yes --json',
      ],
    },
    revert,
  );
}

async function revert(directory: string, options: RevertOptions): Promise<0> {
  const nowMs = Date.now();
  const toMs = readTime(options.to, nowMs);
  const { layout, config } = openDirectory('diode-sender', directory, parseSenderConfig);
  const rules = compileIdentityRules(config.identity);
  requireNoneWaiting(layout);
  const scratch = openScratchStore(layout.data);
  try {
    const plan = await readPlan(layout, scratch, toMs);
    const summary = summariseRevert(plan, rules, nowMs);
    const text = revertText(plan, summary, toMs);
    // With --json, standard output is the answer alone.
    (options.json ? process.stderr : process.stdout).write(`${text}\n`);
    const isAsked = summary.lines > 0 && !options.dryRun;
    if (isAsked && !options.yes) await confirm(summary);
    const asked = isAsked
      ? askSender(layout, plan, { toMs, summary, lines: revertLines(plan, rules, nowMs) })
      : undefined;
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ ...revertObject(plan, summary, toMs), ...asked })}\n`);
    } else if (asked !== undefined) {
      process.stdout.write(`\n${whenSentence('sender', asked, `sends these ${count(summary.lines)} lines`)}\n`);
      process.stdout.write(`diode-sender status ${directory} shows how far it is.\n`);
    }
    return 0;
  } finally {
    scratch.close();
  }
}

function readTime(typed: string, nowMs: number): number {
  const toMs = parseRfc3339(typed);
  if (toMs === undefined) {
    const cure = 'Give RFC 3339 with its zone, such as 2026-11-25T14:02:00Z or 2026-11-25T15:02:00+01:00.';
    throw new DiodeError('usage', `${JSON.stringify(typed)} is no time.`, cure);
  }
  if (toMs <= nowMs) return toMs;
  const seen = `${time(toMs)} lies in the future: it is ${time(nowMs)} here.`;
  throw new DiodeError('usage', seen, 'Give the time just before what is to be taken back.');
}

/** One after the other: the second is to be computed from what the first leaves. */
function requireNoneWaiting(layout: DirectoryLayout): void {
  if (!existsSync(layout.store)) {
    const seen = `There is no journal in ${layout.directory}: this sender has never run.`;
    throw new DiodeError('state-unknown', seen, 'There is nothing to revert.');
  }
  const store = readSenderStore(layout.store);
  const last = readLastRevert(store);
  store.close();
  const isAsked = new RequestInbox(layout.requests).waiting().some(({ kind }) => kind === 'revert');
  if (!isAsked && (last === undefined || last.isEnded)) return;
  const seen =
    last?.isEnded === false ? `A revert to ${time(last.toMs)} is under way.` : 'A revert waits for the sender.';
  const cure = `Let the sender finish it (diode-sender status ${layout.directory}), then look again what is left to do.`;
  throw new DiodeError('revert-waiting', seen, cure);
}

async function readPlan(layout: DirectoryLayout, scratch: Store, toMs: number): Promise<RevertPlan> {
  // Here only, so that no other command waits for its native parts to load.
  const { JournalHistory } = await import('../revert/journal-history.ts');
  const store = readSenderStore(layout.store);
  try {
    const plan = planRevert(new JournalHistory(store, layout.store), scratch, toMs);
    if (plan.kind === 'plan') return plan;
    if (plan.kind !== 'too-early') throw noPlan(plan, toMs, plan.kind === 'unknown' ? plan.knownFromMs : toMs);
    // Of the journal's oldest frame some keys may still be unknown: another look tells from when on none is.
    const { createdAtMs } = plan.oldest;
    const again = openScratchStore(layout.data);
    const oldest = planRevert(new JournalHistory(store, layout.store), again, createdAtMs);
    again.close();
    throw noPlan(plan, toMs, oldest.kind === 'unknown' ? oldest.knownFromMs : createdAtMs);
  } finally {
    store.close();
  }
}

async function confirm({ lines }: RevertSummary): Promise<void> {
  const answer = await ask(`\nSend ${count(lines)} lines that put this back? Type yes: `);
  if (answer.toLowerCase() === 'yes') return;
  throw new DiodeError(
    'not-confirmed',
    'The revert was not confirmed.',
    'Nothing was changed: answer yes, or give --yes.',
  );
}

/** The lines are on disk before the request that names them. */
function askSender(
  layout: DirectoryLayout,
  { point, headSequence }: RevertPlan,
  {
    toMs,
    summary,
    lines,
  }: { readonly toMs: number; readonly summary: RevertSummary; readonly lines: Iterable<string> },
): AskedRequest & { readonly revert: string } {
  const wallMs = Date.now();
  removeAbandonedFiles(layout.reverts, wallMs);
  const stamp = { wallMs, randomHex: randomBytes(4).toString('hex') };
  const written = writeRevertFile(layout.reverts, lines, stamp);
  const { id } = written;
  try {
    const { epoch, sequence } = point;
    const place = { epoch, sequence, headSequence, lines: summary.lines, refused: summary.refused };
    const entry = { event: 'command-revert', revert: id, to: time(toMs), ...place };
    return { revert: id, ...askProgram(layout, { kind: 'revert', body: { ...written, toMs } }, entry) };
  } catch (error) {
    removeRevertFile(layout.reverts, id);
    throw error;
  }
}

/** `diode-sender resend`: frames that a gap ticket names, once more, by the sender that runs or at its next start. */
import { existsSync } from 'node:fs';
import { openDirectory } from '../../src/cli/directory.ts';
import { type AskedRequest, askProgram, whenSentence } from '../../src/cli/operator-request.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine } from '../../src/cli/program.ts';
import { count, duration, size } from '../../src/cli/status-table.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { SenderConfig } from '../../src/config/sender-config.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { parseTickets } from '../../src/config/ticket-form.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { countFrames, describeRuns, type FrameRun } from '../../src/wire/frame-runs.ts';
import type { GapTicket } from '../../src/wire/gap-ticket.ts';
import { readSenderStore } from '../sender-store.ts';
import { planResend, type ResendPlan } from '../transmit/resend-plan.ts';
import { resendRequest } from '../transmit/resend-request.ts';

export function addResendCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'resend <DIR> <TICKET...>',
      description: 'send the frames that gap tickets name once more; any case, spaces and hyphens as you like',
      options: [jsonOption()],
      examples: [
        'diode-sender resend DIR G078E-V9550-CQS14-88084-3KH9J',
        'diode-sender resend DIR g078e v955o cqs14 88o84 3kh9j',
        'diode-sender resend DIR TICKET TICKET TICKET',
      ],
    },
    (directory: string, typed: readonly string[], { json }: { readonly json?: boolean }): 0 => {
      const { layout, config } = openDirectory('diode-sender', directory, parseSenderConfig);
      const plan = readPlan(layout, config, parseTickets(typed));
      if (plan.frames.length === 0) throw nothingLeft(plan);
      const request = resendRequest(plan.epoch, plan.frames);
      const frames = describeRuns(plan.frames.slice(0, SHOWN_RUNS));
      const asked = askProgram(
        layout,
        { kind: 'resend', body: request },
        { event: 'command-resend', epoch: plan.epoch.number, frames, count: countFrames(plan.frames) },
      );
      const { pruned, frameBytes } = plan;
      process.stdout.write(
        `${json ? JSON.stringify({ ...request, frameBytes, pruned, ...asked }) : answerText(config, plan, asked)}\n`,
      );
      return 0;
    },
  );
}

const SHOWN_RUNS = 20;

function readPlan(
  layout: DirectoryLayout,
  { boundary, stream }: SenderConfig,
  tickets: readonly GapTicket[],
): ResendPlan {
  if (!existsSync(layout.store)) {
    const seen = `There is no ${layout.store}: this sender never ran.`;
    throw new DiodeError('epoch-mismatch', seen, 'Name the directory of the sender whose frames are missing.');
  }
  const store = readSenderStore(layout.store);
  try {
    return store.transaction(() => planResend(store, { boundary, stream }, tickets))();
  } finally {
    store.close();
  }
}

function answerText({ link }: SenderConfig, { frames, frameBytes, pruned }: ResendPlan, asked: AskedRequest): string {
  const onTheWireMs = (frameBytes * 8 * (100 + link.repairPercent) * 10) / link.rateBitsPerSecond;
  const lines = [
    `Sent again: ${howMany(frames)}, ${size(frameBytes)}, in what fresh frames leave of the link; on an idle one ${duration(onTheWireMs)}.`,
    whenSentence('sender', asked, 'begins'),
  ];
  if (pruned.length > 0) {
    lines.push(
      `No longer in the journal: ${howMany(pruned)}. A snapshot brings what they held: diode-sender snapshot DIR`,
    );
  }
  return lines.join('\n');
}

function howMany(runs: readonly FrameRun[]): string {
  const total = countFrames(runs);
  const more = runs.length > SHOWN_RUNS ? ` and ${count(runs.length - SHOWN_RUNS)} runs more` : '';
  return `${count(total)} ${total === 1 ? 'frame' : 'frames'} (${describeRuns(runs.slice(0, SHOWN_RUNS))}${more})`;
}

function nothingLeft({ pruned }: ResendPlan): DiodeError {
  const seen = `The journal has none of these frames any more: ${howMany(pruned)}.`;
  return new DiodeError('frames-missing', seen, 'A snapshot brings what they held: diode-sender snapshot DIR');
}

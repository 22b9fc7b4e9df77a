/** `diode-receiver set-time`: the operator's word that this machine's clock is right, though the sender's is not. */

import { openDirectory } from '../../src/cli/directory.ts';
import { operatorName } from '../../src/cli/operator-name.ts';
import { askProgram, whenSentence } from '../../src/cli/operator-request.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine } from '../../src/cli/program.ts';
import { duration, time } from '../../src/cli/status-table.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { setTimeBody } from '../intake/clock-requests.ts';

export function addSetTimeCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'set-time <DIR> <TIME>',
      description:
        'vouch that the clock of this machine is right, by a time read from another clock: tokens are decided by it though the sender contradicts, until it jumps or the receiver stops; no clock is set',
      options: [jsonOption()],
      examples: [
        'diode-receiver set-time DIR 2026-11-22T10:04:00Z   (read from a third clock, never from this machine)',
        'diode-receiver set-time DIR 2026-11-22T11:04+01:00',
      ],
    },
    setTime,
  );
}

function setTime(directory: string, typed: string, options: { readonly json?: boolean }): 0 {
  const atMs = parseTime(typed);
  const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  const { maxSkewMs } = config.clock;
  const differenceMs = Date.now() - atMs;
  if (Math.abs(differenceMs) > maxSkewMs) throw farTime({ atMs, differenceMs, maxSkewMs });
  const body = setTimeBody({ by: operatorName(), atMs });
  const asked = askProgram(layout, { kind: 'set-time', body }, { event: 'command-set-time', atMs, differenceMs });
  const what = asked.running
    ? 'decides tokens by its own clock'
    : `takes the word only within ${duration(maxSkewMs)}, and decides tokens by its own clock`;
  const text = options.json
    ? JSON.stringify({ ...asked, at: time(atMs), differenceMs })
    : whenSentence('receiver', asked, what);
  process.stdout.write(`${text}\n`);
  return 0;
}

/** With its zone: what is meant must not depend on this machine's. */
function parseTime(typed: string): number {
  const atMs = Date.parse(typed);
  const isWhole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(typed);
  if (isWhole && atMs >= 0) return atMs;
  throw new DiodeError(
    'usage',
    `${JSON.stringify(typed)} is no time.`,
    'Give one with its zone: 2026-11-22T10:04:00Z.',
  );
}

function farTime(seen: {
  readonly atMs: number;
  readonly differenceMs: number;
  readonly maxSkewMs: number;
}): DiodeError {
  const { atMs, differenceMs, maxSkewMs } = seen;
  const away = duration(Math.abs(differenceMs));
  return new DiodeError(
    'clock-far',
    `This machine's clock is ${away} ${differenceMs < 0 ? 'behind' : 'ahead of'} ${time(atMs)}; ${duration(maxSkewMs)} is allowed.`,
    'Read the other clock again. If that is right, set this machine to it (timedatectl set-time), then type this anew.',
  );
}

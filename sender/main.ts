#!/usr/bin/env node
/** diode-sender: the connected side's command line. */
import { addCardCommand } from '../src/cli/card-command.ts';
import { addPauseCommands } from '../src/cli/pause-command.ts';
import { createCommandLine, runCommandLine } from '../src/cli/program.ts';
import { addCheckCommand } from './commands/check.ts';
import { addInitCommand } from './commands/init.ts';
import { addRevertCommand } from './commands/revert.ts';
import { addRunCommand } from './commands/run.ts';
import { addSnapshotCommand } from './commands/snapshot.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTrustCommand } from './commands/trust.ts';

const line = createCommandLine({
  name: 'diode-sender',
  description:
    'Carries identities, tokens and keys out through a one-way link, signed and repaired. DIR always comes first.',
  examples: [
    'diode-sender init DIR --stream hr --receiver-card receiver-card.json --to 192.0.2.7:7350',
    'diode-sender check DIR',
    'diode-sender run DIR',
    'diode-sender status DIR',
  ],
});
addInitCommand(line);
addTrustCommand(line);
addCheckCommand(line);
addRunCommand(line);
addStatusCommand(line);
addSnapshotCommand(line);
addPauseCommands(line, 'diode-sender');
addRevertCommand(line);
addCardCommand(line, 'diode-sender');
// Ends the process whatever native handles are still open: everything that must be kept is on disk by now.
process.exit(await runCommandLine(line, process.argv.slice(2)));

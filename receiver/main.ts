#!/usr/bin/env node
/** diode-receiver: the isolated side's command line. */
import { addCardCommand } from '../src/cli/card-command.ts';
import { addPauseCommands } from '../src/cli/pause-command.ts';
import { createCommandLine, runCommandLine } from '../src/cli/program.ts';
import { addCheckCommand } from './commands/check.ts';
import { addInitCommand } from './commands/init.ts';
import { addRunCommand } from './commands/run.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTrustCommand } from './commands/trust.ts';

const line = createCommandLine({
  name: 'diode-receiver',
  description:
    'Verifies what comes through a one-way link and publishes it to Kafka, once and in order. DIR always comes first.',
  examples: [
    'diode-receiver init DIR --boundary site-a --broker kafka-1:9092',
    'diode-receiver trust DIR sender-card.json',
    'diode-receiver check DIR',
    'diode-receiver run DIR',
    'diode-receiver status DIR',
  ],
});
addInitCommand(line);
addTrustCommand(line);
addCheckCommand(line);
addRunCommand(line);
addStatusCommand(line);
addPauseCommands(line, 'diode-receiver');
addCardCommand(line, 'diode-receiver');
// Ends the process whatever native handles are still open: everything that must be kept is on disk by now.
process.exit(await runCommandLine(line, process.argv.slice(2)));

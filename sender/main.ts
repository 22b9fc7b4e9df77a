#!/usr/bin/env node
/** diode-sender: the connected side's command line. */
import { runCommandLine } from '../src/cli/program.ts';
import { senderCommandLine } from './command-line.ts';

// Ends the process whatever native handles are still open: everything that must be kept is on disk by now.
process.exit(await runCommandLine(senderCommandLine(), process.argv.slice(2)));

#!/usr/bin/env node
/** diode-receiver: the isolated side's command line. */
import { runCommandLine } from '../src/cli/program.ts';
import { receiverCommandLine } from './command-line.ts';

// Ends the process whatever native handles are still open: everything that must be kept is on disk by now.
process.exit(await runCommandLine(receiverCommandLine(), process.argv.slice(2)));

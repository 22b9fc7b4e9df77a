#!/usr/bin/env node
/** diode-sender: the connected side's command line. */
import { endProcess } from '../src/cli/process-end.ts';
import { runCommandLine } from '../src/cli/program.ts';
import { senderCommandLine } from './command-line.ts';

// Whatever native handles are still open: everything that must be kept is on disk by now.
await endProcess(() => runCommandLine(senderCommandLine(), process.argv.slice(2)));

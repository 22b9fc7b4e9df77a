#!/usr/bin/env node
/** diode-receiver: the isolated side's command line. */
import { endProcess } from '../src/cli/process-end.ts';
import { runCommandLine } from '../src/cli/program.ts';
import { receiverCommandLine } from './command-line.ts';

// Whatever native handles are still open: everything that must be kept is on disk by now.
await endProcess(() => runCommandLine(receiverCommandLine(), process.argv.slice(2)));

/** Both directories as their `init` writes them, in this process: for tests of commands, which need no running pair. */
import { join } from 'node:path';
import { receiverCommandLine } from '../../receiver/command-line.ts';
import { senderCommandLine } from '../../sender/command-line.ts';
import { runCommandLine } from '../../src/cli/program.ts';

/** `rx` and `tx` below `root`: boundary site-a, stream hr; the sender has the receiver's card. */
export async function initPair(root: string): Promise<{ readonly rx: string; readonly tx: string }> {
  const [rx, tx] = [join(root, 'rx'), join(root, 'tx')];
  await runCommandLine(receiverCommandLine(), ['init', rx, '--boundary', 'site-a']);
  const card = join(rx, 'receiver-card.json');
  await runCommandLine(senderCommandLine(), ['init', tx, '--stream', 'hr', '--receiver-card', card]);
  return { rx, tx };
}

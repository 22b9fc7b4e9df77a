/** `diode-sender status`: what the running sender says, or what its journal tells while none runs. */
import { isRunning, openDirectory } from '../../src/cli/directory.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine } from '../../src/cli/program.ts';
import { fetchStatus } from '../../src/cli/run-file.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import type { SenderStatus } from '../ops/sender-observer.ts';
import { offlineSenderAlarms, offlineSenderStatusText, senderStatusText } from '../ops/status-view.ts';
import { readOfflineStatus } from './offline-status.ts';

export function addStatusCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'status <DIR>',
      description:
        'show records, frames, datagrams, journal and alarms, of the running sender or as its journal was left',
      options: [jsonOption()],
      examples: ['diode-sender status DIR', "diode-sender status DIR --json | jq '.journal.unsentFrames, .alarms'"],
    },
    async (directory: string, { json }: { readonly json?: boolean }): Promise<0> => {
      const { layout, config } = openDirectory('diode-sender', directory, parseSenderConfig);
      const status = await fetchStatus(layout);
      if (status !== undefined) {
        // Our own program of this very directory answered: its process id stands in run.json.
        const text = () => senderStatusText(status as SenderStatus, Date.now());
        process.stdout.write(`${json ? JSON.stringify({ running: true, ...status }) : text()}\n`);
        return 0;
      }
      const left = { ...readOfflineStatus(layout, config), running: isRunning(layout) };
      const offline = { ...left, alarms: offlineSenderAlarms(left) };
      process.stdout.write(`${json ? JSON.stringify(offline) : offlineSenderStatusText(offline)}\n`);
      return 0;
    },
  );
}

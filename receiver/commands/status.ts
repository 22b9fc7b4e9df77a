/** `diode-receiver status`: what the running receiver says, or what its spool tells while none runs. */
import { isRunning, openDirectory } from '../../src/cli/directory.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine } from '../../src/cli/program.ts';
import { fetchStatus } from '../../src/cli/run-file.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { offlineReceiverAlarms } from '../ops/receiver-alarms.ts';
import type { ReceiverStatus } from '../ops/receiver-status.ts';
import { offlineReceiverStatusText, receiverStatusText } from '../ops/status-view.ts';
import { readOfflineStatus } from './offline-status.ts';

export function addStatusCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'status <DIR>',
      description:
        'show records, frames, datagrams, gaps, spool, Kafka and alarms, of the running receiver or as it was left',
      options: [jsonOption()],
      examples: ['diode-receiver status DIR', "diode-receiver status DIR --json | jq '.totals, .alarms'"],
    },
    async (directory: string, { json }: { readonly json?: boolean }): Promise<0> => {
      const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
      const status = await fetchStatus(layout);
      if (status !== undefined) {
        // Our own program of this very directory answered: its process id stands in run.json.
        const text = () => receiverStatusText(status as ReceiverStatus);
        process.stdout.write(`${json ? JSON.stringify({ running: true, ...status }) : text()}\n`);
        return 0;
      }
      const left = { ...readOfflineStatus(layout, config), running: isRunning(layout) };
      const offline = { ...left, alarms: offlineReceiverAlarms(left) };
      process.stdout.write(`${json ? JSON.stringify(offline) : offlineReceiverStatusText(offline)}\n`);
      return 0;
    },
  );
}

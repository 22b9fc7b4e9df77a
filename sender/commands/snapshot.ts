/** `diode-sender snapshot`: the whole state is sent again, so that what was lost for good heals. */
import { requireDirectory } from '../../src/cli/directory.ts';
import { askProgram, whenSentence } from '../../src/cli/operator-request.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { directoryLayout } from '../../src/config/directory-layout.ts';

interface SnapshotOptions {
  readonly sourceIsRead?: boolean;
  readonly json?: boolean;
}

export function addSnapshotCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'snapshot <DIR>',
      description:
        'send the whole state again from now on, in the rate’s share that snapshot.ratePercent gives: heals lost frames and lost receivers, and deletes there who is gone here',
      options: [
        new Option(
          '--source-is-read',
          'after a restore, where the source never says that it ended: you know that it has said everything',
        ),
        jsonOption(),
      ],
      examples: ['diode-sender snapshot DIR', 'diode-sender snapshot DIR --source-is-read'],
    },
    (directory: string, { sourceIsRead = false, json }: SnapshotOptions): 0 => {
      const layout = directoryLayout('diode-sender', directory);
      requireDirectory('diode-sender', layout);
      const request = { kind: 'snapshot', body: { isSourceRead: sourceIsRead } };
      const asked = askProgram(layout, request, { event: 'command-snapshot', isSourceRead: sourceIsRead });
      process.stdout.write(`${json ? JSON.stringify(asked) : whenSentence('sender', asked, 'begins a snapshot')}\n`);
      return 0;
    },
  );
}

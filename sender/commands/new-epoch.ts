/** `diode-sender new-epoch`: begins the journal anew, where the receiver cannot follow what it holds. */
import { randomBytes } from 'node:crypto';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { openDirectory, takeRunLock } from '../../src/cli/directory.ts';
import { countOption, jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { confirmChange } from '../../src/cli/question.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { firstUnexported, readExported } from '../../src/media/exported-record.ts';
import { translateStoreError } from '../../src/store/database.ts';
import { EPOCH_ID_BYTES } from '../../src/wire/frame.ts';
import type { Head } from '../../src/wire/hello.ts';
import { chooseEpoch } from '../journal/epoch-number.ts';
import { beginEpoch, lastEpoch, prunedFrames } from '../journal/epoch-start.ts';
import { openSenderStore } from '../sender-store.ts';

interface NewEpochOptions {
  readonly epoch?: number;
  readonly againFrom?: number;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addNewEpochCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'new-epoch <DIR>',
      description:
        'begin the journal anew after the receiver halted the stream, or after this disk was lost or restored; the sender must be stopped',
      options: [
        countOption('--epoch <N>', 'the number of the new epoch, as the receiver says it (default: the next one)'),
        countOption(
          '--again-from <FRAME>',
          'say again, as new, what stands in this frame of the epoch before and in those behind it, as the receiver says it',
        ),
        new Option('--yes', 'do it without asking'),
        jsonOption(),
      ],
      examples: [
        'diode-sender new-epoch DIR',
        'diode-sender new-epoch DIR --epoch 4 --again-from 1043   (as the halted receiver says it)',
        'diode-sender new-epoch DIR --epoch 4   (data/sender.db is lost: the number is in `diode-receiver status`)',
      ],
    },
    newEpoch,
  );
}

async function newEpoch(directory: string, options: NewEpochOptions): Promise<0> {
  const { layout, config } = openDirectory('diode-sender', directory, parseSenderConfig);
  const lock = takeRunLock('diode-sender', layout);
  const store = openSenderStore(layout.store);
  try {
    const last = lastEpoch(store);
    const { number, againFrom } = chooseEpoch(last, options);
    const id = randomBytes(EPOCH_ID_BYTES);
    const pruned = last === undefined || againFrom === undefined ? 0 : prunedFrames(store, last, againFrom);
    await confirmChange(consequences({ number, last, againFrom, pruned }), options);
    const { epoch: previousEpoch, sequence: previousSequence } = last ?? {};
    auditCommand(layout, {
      event: 'command-new-epoch',
      epoch: number,
      epochId: id.toString('hex'),
      ...(last && { previousEpoch, previousSequence }),
      ...(againFrom !== undefined && { againFrom }),
    });
    const unexportedFrom =
      last && config.link.kind === 'media'
        ? firstUnexported(readExported(layout.exported), Buffer.from(last.epochId).toString('hex'), 1)
        : undefined;
    const carriedFrames = beginEpoch(store, Date.now(), { number, id, againFrom, unexportedFrom });
    const epochId = id.toString('hex');
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ epoch: number, epochId, carriedFrames, prunedFrames: pruned })}\n`);
      return 0;
    }
    process.stdout.write(`Epoch ${number} (${epochId}) begins with the next \`diode-sender run ${directory}\`.
${carriedFrames} frames of the epoch before may not have arrived: their records are framed again in it.
${pruned === 0 ? '' : `${wholeExport(pruned)}\n`}The receiver goes on by itself, or halts with the id above: then type \`diode-receiver accept-epoch DIR\` there.
`);
    return 0;
  } catch (error) {
    throw translateStoreError(error, layout.store);
  } finally {
    store.close();
    lock.release();
  }
}

interface Consequences {
  readonly number: number;
  readonly last: Head | undefined;
  readonly againFrom: number | undefined;
  /** Of the frames to be said again, in number. */
  readonly pruned: number;
}

function consequences({ number, last, againFrom, pruned }: Consequences): string {
  const lines = [
    `Epoch ${number} begins${last === undefined ? ', without one before it' : ` behind frame ${last.epoch}.${last.sequence}`}.`,
    'Make sure that no other sender runs with the keys of this one.',
    'What may not have arrived of the epoch before is sent again, and a snapshot once the source was read to its end.',
  ];
  if (againFrom !== undefined)
    lines.push(
      `What stands in frame ${againFrom} and behind it is said again as new: the receiver holds something else there.`,
    );
  if (pruned > 0) lines.push(wholeExport(pruned));
  return lines.join('\n');
}

function wholeExport(pruned: number): string {
  return `${pruned} of these frames are pruned and cannot be said again: put the whole export into the source, with deletes.`;
}

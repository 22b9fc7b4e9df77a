/** `diode-receiver accept-epoch`: the operator's word that a new epoch of the sender replaces what this side knows. */

import { existsSync } from 'node:fs';
import { openDirectory } from '../../src/cli/directory.ts';
import { askProgram, whenSentence } from '../../src/cli/operator-request.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { confirmChange } from '../../src/cli/question.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { hex } from '../../src/crypto/hex.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { countPlaces } from '../../src/wire/frame-runs.ts';
import { type EpochChoice, epochChoice } from '../gate/epoch-choice.ts';
import { acceptEpochBody } from '../gate/epoch-requests.ts';
import type { GateState } from '../gate/gate.ts';
import { readGate } from '../gate/gate-store.ts';
import { readReceiverStore } from '../receiver-store.ts';

interface AcceptOptions {
  readonly epochId?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addAcceptEpochCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'accept-epoch <DIR>',
      description:
        'let a halted stream go on in the new epoch that its sender began, which does not go on from all that was accepted here',
      options: [
        new Option('--epoch-id <HEX>', 'accept it only if its id begins so, without asking'),
        new Option('--yes', 'accept it without asking: you have compared its number and id already'),
        jsonOption(),
      ],
      examples: [
        'diode-receiver accept-epoch DIR',
        'diode-receiver accept-epoch DIR --epoch-id 5f21c09a   (as `diode-sender status` shows it)',
      ],
    },
    acceptEpoch,
  );
}

async function acceptEpoch(directory: string, options: AcceptOptions): Promise<0> {
  const { layout } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  const state = readState(layout);
  const choice = epochChoice(state);
  if (choice === undefined) throw nothingWaits(state);
  const { offer, isAccepted } = choice;
  const epochId = hex(offer.epochId);
  if (options.epochId !== undefined && !isIdOf(epochId, options.epochId)) {
    throw new DiodeError(
      'epoch-number',
      `The epoch that waits is ${offer.epoch} with the id ${epochId}, not the one given.`,
      "Nothing was changed: ask the sender's operator what `diode-sender status` shows, and whether another sender runs.",
    );
  }
  if (!isAccepted) await confirmChange(explain(choice), { yes: options.yes === true || options.epochId !== undefined });
  const { epoch, sequence } = choice.known;
  const body = acceptEpochBody(offer);
  const entry = { event: 'command-accept-epoch', ...body, knownEpoch: epoch, knownSequence: sequence };
  const asked = askProgram(layout, { kind: 'accept-epoch', body }, entry);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ ...asked, ...body, wasAccepted: isAccepted, onlyHere: choice.onlyHere })}\n`,
    );
    return 0;
  }
  const when = whenSentence(
    'receiver',
    asked,
    `goes on with epoch ${offer.epoch} once a hello of it comes, and accepts it`,
  );
  process.stdout.write(`${when}\n`);
  return 0;
}

function readState(layout: DirectoryLayout): GateState | undefined {
  if (!existsSync(layout.store)) return undefined;
  const store = readReceiverStore(layout.store);
  try {
    return readGate(store).state;
  } finally {
    store.close();
  }
}

function nothingWaits(state: GateState | undefined): DiodeError {
  const where = state === undefined ? 'it has not heard a sender yet' : `the stream is in epoch ${state.epoch}`;
  const cure =
    state?.halt === undefined
      ? 'Nothing is to be done here.'
      : `The stream is halted for another reason. ${state.halt.cure}`;
  return new DiodeError('epoch-unknown', `No new epoch waits to be accepted: ${where}.`, cure);
}

function explain({ known, offer, onlyHere }: EpochChoice): string {
  const { previous } = offer;
  const from =
    previous === undefined
      ? 'It names no frame before it: that sender lost its journal.'
      : `It goes on from frame ${previous.epoch}.${previous.sequence}.`;
  const count = countPlaces(onlyHere);
  const frames =
    count === 0
      ? 'No frame was accepted here that the sender does not know.'
      : `${count} frames were accepted here that the sender does not know: ${ranges(onlyHere)}. What they published stays, until the sender says otherwise.`;
  return `This receiver knows epoch ${known.epoch} (${hex(known.epochId)}) up to frame ${known.sequence}.
The sender began epoch ${offer.epoch} (${hex(offer.epochId)}). ${from}
${frames}
Its number and id must be those that \`diode-sender status\` shows; otherwise somebody else uses the sender's keys.`;
}

function ranges(list: EpochChoice['onlyHere']): string {
  const shown = list.slice(0, MAX_SHOWN).map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`));
  return list.length > MAX_SHOWN ? `${shown.join(', ')} and ${list.length - MAX_SHOWN} more runs` : shown.join(', ');
}

const MAX_SHOWN = 8;
/** Shorter beginnings of an id may fit another one by chance. */
const MIN_ID_CHARACTERS = 8;

function isIdOf(epochId: string, typed: string): boolean {
  const plain = typed.replaceAll(/[\s-]/g, '').toLowerCase();
  return plain.length >= MIN_ID_CHARACTERS && epochId.startsWith(plain);
}

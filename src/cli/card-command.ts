/** `card DIR`: this side's public card, to be carried to the other side. */
import { parseCard } from '../config/card-form.ts';
import { directoryLayout, type Program } from '../config/directory-layout.ts';
import { readTextFile } from '../config/durable-file.ts';
import { OPS_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import type { Card } from '../wire/card.ts';
import { cardObject, cardQr, cardView, codeView } from './card-view.ts';
import { jsonOption } from './options.ts';
import { addCommand, type CommandLine, Option } from './program.ts';

interface CardOptions {
  readonly code?: boolean;
  readonly qr?: boolean;
  readonly json?: boolean;
}

export function addCardCommand(line: CommandLine, program: Program): void {
  addCommand(
    line,
    {
      usage: 'card <DIR>',
      description: "show this side's card: every field, its fingerprint, and a code that can be typed",
      options: [new Option('--code', 'the code alone'), new Option('--qr', 'the code as a QR code'), jsonOption()],
      examples: [`${program} card DIR`, `${program} card DIR --qr`, `${program} card DIR --code > card.txt`],
    },
    (directory: string, options: CardOptions) => {
      const card = readOwnCard(program, directory);
      if (options.json) process.stdout.write(`${JSON.stringify(cardObject(card))}\n`);
      else if (options.code) process.stdout.write(`${codeView(card).replaceAll(' ', '')}\n`);
      else if (options.qr) process.stdout.write(`${cardQr(card)}\n${codeView(card)}\n`);
      else
        process.stdout.write(
          `${cardView(card)}\n\nThe same as a code; any case, spaces and hyphens as you like:\n${codeView(card)}\n`,
        );
      return 0;
    },
  );
}

/** DIR's own card. Throws DiodeError `directory-missing` or `card-invalid`. */
export function readOwnCard(program: Program, directory: string): Card {
  const layout = directoryLayout(program, directory);
  const text = readTextFile(layout.card, OPS_LIMITS.maxCardFileBytes);
  if (text === undefined) {
    const cure = `Run \`${program} init\` first, or name the right directory: it comes first.`;
    throw new DiodeError('directory-missing', `There is no ${layout.card}.`, cure);
  }
  return parseCard(text, program === 'diode-sender' ? 'sender-card' : 'receiver-card', layout.card);
}

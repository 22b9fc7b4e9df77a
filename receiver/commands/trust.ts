/** `diode-receiver trust`: pins the one sender whose stream this receiver serves. */

import { type ConfirmationOptions, confirmationOptions, confirmCard } from '../../src/cli/card-confirmation.ts';
import { cardObject } from '../../src/cli/card-view.ts';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { isRunning, openDirectory } from '../../src/cli/directory.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { cardFingerprint } from '../../src/config/card-form.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { addTrustedCard, cardArgument, readTrustedCards, removeTrustedCard } from '../../src/config/trusted-cards.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { SenderCard } from '../../src/wire/card.ts';

interface TrustOptions extends ConfirmationOptions {
  readonly replace?: boolean;
  readonly json?: boolean;
}

export function addTrustCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'trust <DIR> <SENDER-CARD>',
      description: 'pin the sender, after its fingerprint was compared; a card is a file or a code',
      options: [
        ...confirmationOptions(),
        new Option('--replace', 'unpin the sender that is trusted now'),
        jsonOption(),
      ],
      examples: [
        'diode-receiver trust DIR sender-card.json',
        'diode-receiver trust DIR sender-card.json --fingerprint "3f2a 91bc …"',
      ],
    },
    trust,
  );
}

async function trust(directory: string, argument: string, options: TrustOptions): Promise<0> {
  const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  const card = cardArgument(argument, 'sender-card');
  checkBoundary(card, config.boundary);
  const fingerprint = cardFingerprint(card);
  const [pinned] = readTrustedCards(layout.trusted, 'sender-card');
  const isPinned = pinned !== undefined && cardFingerprint(pinned) === fingerprint;
  if (pinned !== undefined && !isPinned && !options.replace) throw otherPinned(pinned, fingerprint);
  if (!isPinned) {
    await confirmCard(card, options);
    const { boundary, stream } = card;
    const replaced = pinned === undefined ? {} : { replaced: cardFingerprint(pinned) };
    auditCommand(layout, { event: 'command-trust', boundary, stream, fingerprint, ...replaced });
    if (pinned !== undefined) removeTrustedCard(layout.trusted, pinned);
    addTrustedCard(layout.trusted, card);
  }
  const needsRestart = !isPinned && isRunning(layout);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ trusted: cardObject(card), wasTrusted: isPinned, needsRestart })}\n`);
    return 0;
  }
  const done = isPinned ? 'was trusted already' : 'is trusted now';
  process.stdout.write(`The sender of stream ${card.stream} ${done}: ${fingerprint}\n`);
  if (needsRestart) process.stdout.write('The receiver that runs here takes it up when it is started again.\n');
  return 0;
}

function checkBoundary(card: SenderCard, boundary: string): void {
  if (card.boundary === boundary) return;
  const seen = `The sender's card is of boundary ${card.boundary}; this receiver is in boundary ${boundary}.`;
  throw new DiodeError(
    'boundary-mismatch',
    seen,
    'Nothing was changed: take the card of the sender that was made for this receiver.',
  );
}

function otherPinned(pinned: SenderCard, fingerprint: string): DiodeError {
  const seen = `This receiver trusts another sender already: stream ${pinned.stream}, ${cardFingerprint(pinned)}, not ${fingerprint}.`;
  const cure =
    'A receiver serves one stream: make another directory for this one, or give --replace if the sender was made anew.';
  return new DiodeError('card-not-trusted', seen, cure);
}

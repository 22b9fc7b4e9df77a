/** `diode-sender trust DIR RECEIVER-CARD`: adds a receiver, such as a standby, to those that can open this stream. */
import { type ConfirmationOptions, confirmCard } from '../../src/cli/card-confirmation.ts';
import { cardObject } from '../../src/cli/card-view.ts';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { isRunning } from '../../src/cli/directory.ts';
import { cardFingerprint } from '../../src/config/card-form.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { SenderConfig } from '../../src/config/sender-config.ts';
import { addTrustedCard, cardArgument, readTrustedCards, removeTrustedCard } from '../../src/config/trusted-cards.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';

export interface TrustCardOptions extends ConfirmationOptions {
  readonly remove?: boolean;
  readonly json?: boolean;
}

export async function trustReceiver(
  layout: DirectoryLayout,
  config: SenderConfig,
  argument: string,
  options: TrustCardOptions,
): Promise<0> {
  const card = cardArgument(argument, 'receiver-card');
  if (card.boundary !== config.boundary) {
    const seen = `The receiver's card is of boundary ${card.boundary}; this sender is in boundary ${config.boundary}.`;
    throw new DiodeError('boundary-mismatch', seen, 'Nothing was changed: a stream serves one boundary.');
  }
  const fingerprint = cardFingerprint(card);
  const trusted = readTrustedCards(layout.trusted, 'receiver-card');
  const wasTrusted = trusted.some((other) => cardFingerprint(other) === fingerprint);
  const changes = options.remove ? wasTrusted : !wasTrusted;
  if (changes && options.remove) {
    auditCommand(layout, { event: 'command-distrust', fingerprint });
    removeTrustedCard(layout.trusted, card);
  } else if (changes) {
    if (trusted.length >= WIRE_LIMITS.maxReceivers) throw tooMany(trusted.length);
    await confirmCard(card, options);
    auditCommand(layout, { event: 'command-trust', boundary: card.boundary, fingerprint });
    addTrustedCard(layout.trusted, card);
  }
  const needsRestart = changes && isRunning(layout);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ card: cardObject(card), trusted: !options.remove, wasTrusted, needsRestart })}\n`,
    );
    return 0;
  }
  const now = options.remove ? 'is not trusted' : 'is trusted';
  process.stdout.write(`The receiver ${now}${changes ? ' from now on' : ', as before'}: ${fingerprint}\n`);
  if (needsRestart) process.stdout.write('The sender that runs here takes it up when it is started again.\n');
  return 0;
}

function tooMany(count: number): DiodeError {
  const cure = 'Remove one first: diode-sender trust DIR CARD --remove';
  return new DiodeError('card-not-trusted', `This sender trusts ${count} receivers, which is the most.`, cure);
}

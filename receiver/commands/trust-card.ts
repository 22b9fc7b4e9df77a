/** `diode-receiver trust DIR CARD`: which sender this receiver serves. */
import { type ConfirmationOptions, confirmCard } from '../../src/cli/card-confirmation.ts';
import { cardObject } from '../../src/cli/card-view.ts';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { isRunning } from '../../src/cli/directory.ts';
import { cardFingerprint } from '../../src/config/card-form.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { addTrustedCard, cardArgument, readTrustedCards, removeTrustedCard } from '../../src/config/trusted-cards.ts';
import { equalBytes } from '../../src/crypto/digest.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { SenderCard } from '../../src/wire/card.ts';
import type { TrustState } from '../trust/trust-state.ts';
import { readTrustState } from '../trust/trust-store.ts';
import { requireOwnBoundary } from './card-boundary.ts';

interface PinOptions extends ConfirmationOptions {
  readonly replace?: boolean;
  readonly json?: boolean;
}

export async function pinSender(
  layout: DirectoryLayout,
  ownBoundary: string,
  argument: string,
  options: PinOptions,
): Promise<0> {
  const card = cardArgument(argument, 'sender-card');
  requireOwnBoundary(card, ownBoundary, 'this receiver');
  const fingerprint = cardFingerprint(card);
  const trust = readTrustState(layout);
  if (trust !== undefined) requireListed(layout, card, trust);
  const [pinned] = readTrustedCards(layout.trusted, 'sender-card');
  const isPinned = pinned !== undefined && cardFingerprint(pinned) === fingerprint;
  if (pinned !== undefined && !isPinned && !options.replace) throw otherPinned(pinned, fingerprint);
  if (!isPinned) {
    // The root holders vouch for a sender that the bundle names.
    if (trust === undefined) await confirmCard(card, options);
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

/** Where a root is pinned a card alone makes nobody trusted: it says which of the bundle's senders is served. */
function requireListed(layout: DirectoryLayout, card: SenderCard, { bundle }: TrustState): void {
  const listed = bundle?.senders.find(({ stream }) => stream === card.stream);
  const isNamed =
    listed !== undefined &&
    equalBytes(listed.agreementKey, card.agreementKey) &&
    listed.keys.some(({ signingKey }) => equalBytes(signingKey, card.signingKey));
  if (isNamed) return;
  const seen = `A root is pinned in ${layout.directory}, and its trust bundle does not name this sender of stream ${card.stream}.`;
  const cure = `Have the root holders add it: diode-receiver root draft ${layout.directory} --sender sender-card.json --out draft.json`;
  throw new DiodeError('card-not-trusted', seen, `Nothing was changed. ${cure}`);
}

function otherPinned(pinned: SenderCard, fingerprint: string): DiodeError {
  const seen = `This receiver trusts another sender already: stream ${pinned.stream}, ${cardFingerprint(pinned)}, not ${fingerprint}.`;
  const cure =
    'A receiver serves one stream: make another directory for this one, or give --replace if the sender was made anew.';
  return new DiodeError('card-not-trusted', seen, cure);
}

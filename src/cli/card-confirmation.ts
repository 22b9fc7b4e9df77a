/** The moment at which trust begins: a person compares a fingerprint, or a script states which one it expects. */
import { cardFingerprint, isFingerprintOf } from '../config/card-form.ts';
import { DiodeError } from '../ops/diode-error.ts';
import type { Card } from '../wire/card.ts';
import { cardView } from './card-view.ts';
import { Option } from './program.ts';
import { ask } from './question.ts';

export interface ConfirmationOptions {
  readonly yes?: boolean;
  readonly fingerprint?: string;
}

export const confirmationOptions = (): readonly Option[] => [
  new Option('--fingerprint <HEX>', 'pin it only if this is its fingerprint, without asking'),
  new Option('--yes', 'pin it without asking: you have compared the fingerprint already'),
];

/** Returns once the root is confirmed. Throws DiodeError `not-confirmed` otherwise; nothing was changed then. */
export async function confirmRoot(
  root: { readonly fingerprint: string; readonly text: string },
  { yes, fingerprint }: ConfirmationOptions,
): Promise<void> {
  if (fingerprint !== undefined) {
    if (plainHex(fingerprint) === plainHex(root.fingerprint)) return;
    const seen = `The root's fingerprint is ${root.fingerprint}, not the one given.`;
    throw new DiodeError('not-confirmed', seen, 'Nothing was changed: ask the root holders for the root again.');
  }
  process.stderr.write(`${root.text}\n`);
  if (yes) return;
  const answer = await ask('Is this the fingerprint that the root holders wrote down at their ceremony? Type yes: ');
  if (answer.toLowerCase() === 'yes') return;
  const cure = 'Nothing was changed: compare the fingerprints, then answer yes, or give --fingerprint.';
  throw new DiodeError('not-confirmed', 'The root was not confirmed.', cure);
}

function plainHex(text: string): string {
  return text.toLowerCase().replace(/[^0-9a-z]/g, '');
}

/** Returns once the card is confirmed. Throws DiodeError `card-not-trusted` otherwise; nothing was changed then. */
export async function confirmCard(card: Card, { yes, fingerprint }: ConfirmationOptions): Promise<void> {
  if (fingerprint !== undefined) {
    if (isFingerprintOf(card, fingerprint)) return;
    const seen = `The card's fingerprint is ${cardFingerprint(card)}, not the one given.`;
    throw new DiodeError('card-not-trusted', seen, 'Nothing was changed: ask the other side for its card again.');
  }
  process.stderr.write(`${cardView(card)}\n`);
  if (yes) return;
  const side = card.kind === 'sender-card' ? 'sender' : 'receiver';
  const answer = await ask(`Does the ${side}'s operator read the same fingerprint to you? Type yes: `);
  if (answer.toLowerCase() === 'yes') return;
  const seen = `The ${side}'s card was not confirmed.`;
  throw new DiodeError(
    'card-not-trusted',
    seen,
    'Nothing was changed: compare the fingerprints, then answer yes, or give --fingerprint.',
  );
}

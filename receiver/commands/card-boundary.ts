/** Senders of another boundary are refused wherever their card is given. */
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { SenderCard } from '../../src/wire/card.ts';

/** `whose`: what is of `boundary`. Throws DiodeError `boundary-mismatch`. */
export function requireOwnBoundary(card: SenderCard, boundary: string, whose: string): void {
  if (card.boundary === boundary) return;
  const seen = `The sender's card is of boundary ${card.boundary}; ${whose} is in boundary ${boundary}.`;
  const cure = 'Nothing was changed: take the card of the sender that was made for this receiver.';
  throw new DiodeError('boundary-mismatch', seen, cure);
}

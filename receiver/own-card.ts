/** The receiver's key, its card, and the sender that it trusts. */
import type { DirectoryLayout } from '../src/config/directory-layout.ts';
import { readKeyFile } from '../src/config/key-files.ts';
import { readTrustedCards } from '../src/config/trusted-cards.ts';
import { type AgreementKeyPair, agreementKeyPair } from '../src/crypto/agreement.ts';
import { DiodeError } from '../src/ops/diode-error.ts';
import type { ReceiverCard, SenderCard } from '../src/wire/card.ts';

/** Throws DiodeError `key-missing`, `key-mode`, `key-invalid`. */
export function readReceiverKeys(layout: DirectoryLayout): AgreementKeyPair {
  return agreementKeyPair(readKeyFile(layout.agreementKey, 'x25519'));
}

export function receiverCard(boundary: string, keys: AgreementKeyPair): ReceiverCard {
  return { kind: 'receiver-card', boundary, agreementKey: keys.publicKey };
}

/** The one pinned sender, of this boundary. Throws DiodeError `card-not-trusted`, `card-invalid`, `boundary-mismatch`. */
export function readTrustedSender(layout: DirectoryLayout, boundary: string): SenderCard {
  const [card] = readTrustedCards(layout.trusted, 'sender-card');
  if (card === undefined) {
    const cure = `Run: diode-receiver trust ${layout.directory} sender-card.json`;
    throw new DiodeError(
      'card-not-trusted',
      'This receiver trusts no sender yet, so it would refuse everything.',
      cure,
    );
  }
  if (card.boundary === boundary) return card;
  const seen = `The trusted sender card is of boundary ${card.boundary}; config.yaml says ${boundary}.`;
  throw new DiodeError('boundary-mismatch', seen, 'Correct the boundary in config.yaml, or trust the right card.');
}

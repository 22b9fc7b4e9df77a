/** The sender's keys, and the card that they and the config give. */
import type { DirectoryLayout } from '../src/config/directory-layout.ts';
import { readKeyFile } from '../src/config/key-files.ts';
import type { SenderConfig } from '../src/config/sender-config.ts';
import { readTrustedCards } from '../src/config/trusted-cards.ts';
import { type AgreementKeyPair, agreementKeyPair } from '../src/crypto/agreement.ts';
import { type SigningKeyPair, signingKeyPair } from '../src/crypto/sodium.ts';
import { DiodeError } from '../src/ops/diode-error.ts';
import type { ReceiverCard, SenderCard } from '../src/wire/card.ts';

export interface SenderKeys {
  readonly signing: SigningKeyPair;
  readonly agreement: AgreementKeyPair;
}

/** Throws DiodeError `key-missing`, `key-mode`, `key-invalid`. */
export function readSenderKeys(layout: DirectoryLayout): SenderKeys {
  return {
    signing: signingKeyPair(readKeyFile(layout.signingKey, 'ed25519')),
    agreement: agreementKeyPair(readKeyFile(layout.agreementKey, 'x25519')),
  };
}

export function senderCard(
  { boundary, stream }: Pick<SenderConfig, 'boundary' | 'stream'>,
  keys: SenderKeys,
): SenderCard {
  const { signing, agreement } = keys;
  return { kind: 'sender-card', boundary, stream, signingKey: signing.publicKey, agreementKey: agreement.publicKey };
}

/** 1 to 8 cards of this boundary. Throws DiodeError `card-not-trusted`, `card-invalid`, `boundary-mismatch`. */
export function readTrustedReceivers(layout: DirectoryLayout, boundary: string): readonly ReceiverCard[] {
  const cards = readTrustedCards(layout.trusted, 'receiver-card');
  if (cards.length === 0) {
    const cure = `Run: diode-sender trust ${layout.directory} receiver-card.json`;
    throw new DiodeError(
      'card-not-trusted',
      'This sender trusts no receiver, so nobody could open what it sends.',
      cure,
    );
  }
  const other = cards.find((card) => card.boundary !== boundary);
  if (other === undefined) return cards;
  const seen = `A trusted receiver card is of boundary ${other.boundary}; config.yaml says ${boundary}.`;
  throw new DiodeError('boundary-mismatch', seen, 'Correct the boundary in config.yaml, or trust the right card.');
}

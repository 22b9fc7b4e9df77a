/** The sender's keys, and the card that they and the config give. */
import { cardFingerprint } from '../../src/config/card-form.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { makeFolder, readTextFile, replaceFile, writtenAtMs } from '../../src/config/durable-file.ts';
import { readKeyFile } from '../../src/config/key-files.ts';
import type { SenderConfig } from '../../src/config/sender-config.ts';
import { readTrustedCards } from '../../src/config/trusted-cards.ts';
import { type AgreementKeyPair, agreementKeyPair } from '../../src/crypto/agreement.ts';
import { signingKeyId } from '../../src/crypto/digest.ts';
import { type SigningKeyPair, signingKeyPair } from '../../src/crypto/sodium.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { Card, ReceiverCard, SenderCard } from '../../src/wire/card.ts';
import { readCarried } from './carried-trust.ts';
import { SigningKeys, type SigningPair } from './signing-keys.ts';

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

/** The signing keys of DIR: that of the card, and the next one where the key is being changed. Throws as `readSenderKeys`. */
export function readSigningKeys(layout: DirectoryLayout): SigningPair {
  const current = readSenderKeys(layout).signing;
  const madeAtMs = writtenAtMs(layout.nextSigningKey);
  if (madeAtMs === undefined) return { current, next: undefined };
  const pair = signingKeyPair(readKeyFile(layout.nextSigningKey, 'ed25519'));
  const inUse = readTextFile(layout.keyInUse, KEY_ID_BYTES)?.trim();
  return { current, next: { pair, madeAtMs, isInUse: inUse === signingKeyId(pair.publicKey).toString('hex') } };
}

/** Durable: the key of that id signs from now on. */
export function storeKeyInUse(layout: DirectoryLayout, keyId: string): void {
  makeFolder(layout.trust, 0o755);
  replaceFile(layout.keyInUse, `${keyId}\n`, 0o644);
}

/** What signs now, for commands beside the sender. Throws as `readSenderKeys`, and DiodeError `trust-damaged`. */
export function keysInUse(
  layout: DirectoryLayout,
  { stream }: Pick<SenderConfig, 'stream'>,
  wallMs: number,
): SenderKeys {
  const keys = new SigningKeys(stream, readSigningKeys(layout));
  const carried = readCarried(layout);
  if (carried !== undefined) keys.handleBundle(carried.bundle);
  return { ...readSenderKeys(layout), signing: keys.at(wallMs) };
}

/** 32 hex digits and a line's end. */
const KEY_ID_BYTES = 64;

export function senderCard(
  { boundary, stream }: Pick<SenderConfig, 'boundary' | 'stream'>,
  keys: SenderKeys,
): SenderCard {
  const { signing, agreement } = keys;
  return { kind: 'sender-card', boundary, stream, signingKey: signing.publicKey, agreementKey: agreement.publicKey };
}

/** The card that config and keys give: of the key that `own` is about, while there are two. */
export function cardLike(
  own: Card | undefined,
  layout: DirectoryLayout,
  config: Pick<SenderConfig, 'boundary' | 'stream'>,
): SenderCard {
  const keys = readSenderKeys(layout);
  const made = senderCard(config, keys);
  const { next } = readSigningKeys(layout);
  if (next === undefined || own === undefined) return made;
  const ofNext = senderCard(config, { ...keys, signing: next.pair });
  return cardFingerprint(ofNext) === cardFingerprint(own) ? ofNext : made;
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

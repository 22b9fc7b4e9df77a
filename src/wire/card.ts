/**
 * Cards: what one side tells the other about itself, by hand. proto/v1/card.proto, docs/wire-format.md "Cards". Nothing
 * signs them; people compare the SHA-256 of these very bytes, so each card has one encoding only.
 */
import { isName } from './frame.ts';
import { messages } from './protobuf.ts';

export const CARD_VERSION = 1;
const KEY_BYTES = 32;

export interface ReceiverCard {
  readonly kind: 'receiver-card';
  readonly boundary: string;
  /** Raw X25519 public key. */
  readonly agreementKey: Uint8Array;
}

export interface SenderCard {
  readonly kind: 'sender-card';
  readonly boundary: string;
  readonly stream: string;
  /** Raw Ed25519 public key. */
  readonly signingKey: Uint8Array;
  /** Raw X25519 public key. */
  readonly agreementKey: Uint8Array;
}

export type Card = ReceiverCard | SenderCard;

export type CardReason = 'card-protobuf' | 'card-version' | 'card-field' | 'card-encoding';

/** The bytes that the fingerprint covers. */
export function encodeCard(card: Card): Uint8Array {
  const version = CARD_VERSION;
  if (card.kind === 'receiver-card') {
    const { boundary, agreementKey } = card;
    return messages.ReceiverCard.encode({ version, boundary, agreementKey }).finish();
  }
  const { boundary, stream, signingKey, agreementKey } = card;
  return messages.SenderCard.encode({ version, boundary, stream, signingKey, agreementKey }).finish();
}

/** The card, or why the bytes are none; a newer version is told apart from a broken card. Never throws. */
export function decodeCard(kind: Card['kind'], bytes: Uint8Array): Card | CardReason {
  let card: Card | CardReason;
  try {
    card = kind === 'receiver-card' ? readReceiverCard(bytes) : readSenderCard(bytes);
  } catch {
    return 'card-protobuf';
  }
  if (typeof card === 'string') return card;
  return Buffer.from(encodeCard(card)).equals(bytes) ? card : 'card-encoding';
}

/** Whether the fields, from whatever form, make a card. */
export function isCard(card: Card): boolean {
  if (!isName(card.boundary) || card.agreementKey.length !== KEY_BYTES) return false;
  return card.kind === 'receiver-card' || (isName(card.stream) && card.signingKey.length === KEY_BYTES);
}

function readReceiverCard(bytes: Uint8Array): ReceiverCard | CardReason {
  const { version, boundary, agreementKey } = messages.ReceiverCard.decode(bytes);
  if (version !== CARD_VERSION) return 'card-version';
  const card: ReceiverCard = { kind: 'receiver-card', boundary, agreementKey };
  return isCard(card) ? card : 'card-field';
}

function readSenderCard(bytes: Uint8Array): SenderCard | CardReason {
  const { version, boundary, stream, signingKey, agreementKey } = messages.SenderCard.decode(bytes);
  if (version !== CARD_VERSION) return 'card-version';
  const card: SenderCard = { kind: 'sender-card', boundary, stream, signingKey, agreementKey };
  return isCard(card) ? card : 'card-field';
}

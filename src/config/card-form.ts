/** Cards as people handle them: a JSON file, a paper code, a fingerprint to read aloud. */
import { sha256Hex } from '../crypto/digest.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { CARD_VERSION, type Card, decodeCard, encodeCard, isCard } from '../wire/card.ts';
import { decodePaperCode, encodePaperCode } from '../wire/paper-code.ts';
import { describeProblem, retypeCure } from './paper-code-problem.ts';

/** The whole SHA-256 of the card's bytes in hex: 16 groups of four. */
export function cardFingerprint(card: Card): string {
  return (sha256Hex(encodeCard(card)).match(/.{4}/g) ?? []).join(' ');
}

/** Whether a person typed this card's fingerprint: any case, any grouping, all of it. */
export function isFingerprintOf(card: Card, typed: string): boolean {
  return typed.toLowerCase().replace(/[^0-9a-z]/g, '') === cardFingerprint(card).replaceAll(' ', '');
}

export function cardCode(card: Card): string {
  return encodePaperCode({ kind: card.kind === 'receiver-card' ? 'R' : 'S', bytes: encodeCard(card) });
}

/** The file form, with a line break at the end. */
export function cardJson(card: Card): string {
  const { kind, boundary, agreementKey } = card;
  const fields = {
    'identity-diode': kind,
    version: CARD_VERSION,
    boundary,
    ...(card.kind === 'sender-card' && { stream: card.stream, signingKey: base64url(card.signingKey) }),
    agreementKey: base64url(agreementKey),
    fingerprint: cardFingerprint(card),
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/**
 * The card in the content of a file, JSON or code; `origin` names it in messages. Throws DiodeError `card-invalid`:
 * not a card, the other side's kind, or fields that do not give the fingerprint beside them.
 */
export function parseCard<Kind extends Card['kind']>(content: string, kind: Kind, origin: string): CardOf<Kind> {
  const card = content.trimStart().startsWith('{') ? parseCardJson(content, origin) : parseCardCode(content, origin);
  if (card.kind !== kind) {
    const cure = `Give the ${kind.replace('-', "'s ")} instead.`;
    throw new DiodeError('card-invalid', `${origin} is a ${card.kind.replace('-', "'s ")}.`, cure);
  }
  return card as CardOf<Kind>;
}

export type CardOf<Kind extends Card['kind']> = Extract<Card, { readonly kind: Kind }>;

function parseCardJson(content: string, origin: string): Card {
  const damaged = (what: string) =>
    new DiodeError('card-invalid', `${origin} is no card: ${what}.`, 'Ask the other side for its card again.');
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = JSON.parse(content) as Readonly<Record<string, unknown>>;
  } catch {
    throw damaged('it is not JSON');
  }
  const kind = fields['identity-diode'];
  if (kind !== 'receiver-card' && kind !== 'sender-card') throw damaged('it does not name itself one');
  const { version, boundary, stream, signingKey, agreementKey, fingerprint } = fields;
  if (version !== CARD_VERSION) throw newer(origin);
  const card = {
    kind,
    boundary: String(boundary),
    agreementKey: bytesOf(agreementKey),
    ...(kind === 'sender-card' && { stream: String(stream), signingKey: bytesOf(signingKey) }),
  } as Card;
  if (!isCard(card)) throw damaged('a field is missing or has the wrong form');
  if (typeof fingerprint !== 'string' || !isFingerprintOf(card, fingerprint)) {
    throw damaged('its fingerprint is not that of its fields, so it was changed or damaged');
  }
  return card;
}

function parseCardCode(content: string, origin: string): Card {
  const code = decodePaperCode(content);
  if ('reason' in code)
    throw new DiodeError('card-invalid', `${origin} is no card code: ${describeProblem(code)}.`, retypeCure(code));
  if (code.kind === 'G' || code.kind === 'B') {
    const seen = `${origin} is ${code.kind === 'G' ? 'a gap ticket' : 'the code of a bundle'}.`;
    throw new DiodeError('card-invalid', seen, 'Give a card instead: its code or its file.');
  }
  const card = decodeCard(code.kind === 'R' ? 'receiver-card' : 'sender-card', code.bytes);
  if (card === 'card-version') throw newer(origin);
  if (typeof card !== 'string') return card;
  throw new DiodeError('card-invalid', `${origin} is a whole code but no card (${card}).`, 'Ask for the card again.');
}

function newer(origin: string): DiodeError {
  return new DiodeError('card-invalid', `${origin} is a card of another version.`, 'Use programs of the same release.');
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function bytesOf(value: unknown): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'base64url') : new Uint8Array();
}

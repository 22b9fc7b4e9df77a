/** How a card looks on a terminal and as JSON. */
import { cardCode, cardFingerprint } from '../config/card-form.ts';
import type { Card } from '../wire/card.ts';
import { qrText } from './qr.ts';

/** Every field, so that whoever approves it sees all that it says. */
export function cardView(card: Card): string {
  const rows: [string, string][] = [
    ['card', card.kind === 'sender-card' ? "a sender's" : "a receiver's"],
    ['boundary', card.boundary],
    ...(card.kind === 'sender-card' ? ([['stream', card.stream]] as [string, string][]) : []),
    ...(card.kind === 'sender-card' ? ([['signing key', base64url(card.signingKey)]] as [string, string][]) : []),
    ['agreement key', base64url(card.agreementKey)],
    ...fingerprintRows(card),
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(15)}${value}`).join('\n');
}

/** Lines of five groups, for reading aloud line by line. */
export function codeView(card: Card): string {
  const groups = cardCode(card).split('-');
  const lines: string[] = [];
  for (let at = 0; at < groups.length; at += 5) lines.push(`  ${groups.slice(at, at + 5).join('-')}`);
  return lines.join('\n');
}

export function cardQr(card: Card): string {
  return qrText(cardCode(card));
}

export function cardObject(card: Card): object {
  const { kind, boundary, agreementKey } = card;
  return {
    kind,
    boundary,
    ...(card.kind === 'sender-card' && { stream: card.stream, signingKey: base64url(card.signingKey) }),
    agreementKey: base64url(agreementKey),
    fingerprint: cardFingerprint(card),
    code: cardCode(card),
  };
}

function fingerprintRows(card: Card): [string, string][] {
  const groups = cardFingerprint(card).split(' ');
  return [
    ['fingerprint', groups.slice(0, 8).join(' ')],
    ['', groups.slice(8).join(' ')],
  ];
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

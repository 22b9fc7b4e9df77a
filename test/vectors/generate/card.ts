/** card.json: the cards of both ends, as bytes and as people carry them. */

import { sha256 } from '../../../src/crypto/digest.ts';
import { type Card, encodeCard } from '../../../src/wire/card.ts';
import { encodePaperCode } from '../../../src/wire/paper-code.ts';
import { messages } from '../../../src/wire/protobuf.ts';
import * as fixture from './fixture.ts';
import { bytesOf, hex } from './fixture.ts';

const { BOUNDARY: boundary, STREAM: stream, SIGNING, SENDER_AGREEMENT, RECEIVER_AGREEMENT } = fixture;
const SENDER: Card = {
  kind: 'sender-card',
  boundary,
  stream,
  signingKey: SIGNING.publicKey,
  agreementKey: SENDER_AGREEMENT.publicKey,
};
const RECEIVER: Card = { kind: 'receiver-card', boundary, agreementKey: RECEIVER_AGREEMENT.publicKey };
const LONGEST: Card = { ...RECEIVER, boundary: 'b'.repeat(64) };

export function cardVectors() {
  return {
    about:
      'good: the one encoding of a card, its fingerprint (SHA-256) and paper code; typed: what a reader must take for that code. bad: bytes that are no card, with the code. refused: texts that are no paper code.',
    good: [good('sender card', SENDER), good('receiver card', RECEIVER), good('receiver card, longest name', LONGEST)],
    bad: bad(),
    refused: refusedCodes(),
  };
}

function good(name: string, card: Card) {
  const { kind, ...fields } = card;
  const bytes = encodeCard(card);
  const code = encodePaperCode({ kind: kind === 'sender-card' ? 'S' : 'R', bytes });
  const named = Object.entries(fields).map(([field, value]) => [field, typeof value === 'string' ? value : hex(value)]);
  return {
    name,
    kind,
    card: Object.fromEntries(named),
    bytes: hex(bytes),
    fingerprint: hex(sha256(bytes)),
    code,
    typed: [
      code,
      code.toLowerCase(),
      code.replaceAll('-', ''),
      code.replaceAll('-', ' '),
      code.replaceAll('0', 'O').replaceAll('1', 'l'),
    ],
  };
}

function bad() {
  const { agreementKey } = RECEIVER;
  const receiver = (change: object) =>
    messages.ReceiverCard.encode({ version: 1, boundary, agreementKey, ...change }).finish();
  const refused = (name: string, bytes: Uint8Array, error: string) => ({
    name,
    kind: 'receiver-card',
    bytes: hex(bytes),
    error,
  });
  const whole = receiver({});
  return [
    refused('noise', bytesOf('noise', 40), 'card-protobuf'),
    refused('cut by one byte', whole.subarray(0, -1), 'card-protobuf'),
    refused('a later version', receiver({ version: 2 }), 'card-version'),
    refused('no version', receiver({ version: 0 }), 'card-version'),
    refused('a boundary that is no name', receiver({ boundary: 'site a' }), 'card-field'),
    refused('a key of 31 bytes', receiver({ agreementKey: agreementKey.subarray(1) }), 'card-field'),
    refused('an unknown field', Buffer.concat([whole, Uint8Array.of(0x7a, 0)]), 'card-encoding'),
    refused('a field twice', Buffer.concat([whole.subarray(0, 2), whole]), 'card-encoding'),
    refused('fields in another order', Buffer.concat([whole.subarray(2), whole.subarray(0, 2)]), 'card-encoding'),
    refused(
      'a varint that is not the shortest',
      Buffer.concat([Uint8Array.of(0x08, 0x81, 0x00), whole.subarray(2)]),
      'card-encoding',
    ),
  ];
}

function refusedCodes() {
  const code = encodePaperCode({ kind: 'R', bytes: encodeCard(RECEIVER) });
  const at = code.length - 9;
  const other = code[at] === 'Z' ? 'Y' : 'Z';
  return [
    { name: 'empty', typed: '' },
    { name: 'one wrong character', typed: `${code.slice(0, at)}${other}${code.slice(at + 1)}` },
    { name: 'one character too few', typed: code.slice(0, -1) },
    { name: 'one character too many', typed: `${code}0` },
    { name: 'a character outside the alphabet', typed: `${code.slice(0, at)}U${code.slice(at + 1)}` },
    { name: 'the first two groups exchanged', typed: `${code.slice(6, 12)}${code.slice(0, 6)}${code.slice(12)}` },
    { name: 'more than 1,000 characters', typed: '0'.repeat(1_001) },
  ];
}

import assert from 'node:assert/strict';
import { cardCode, cardFingerprint, cardJson, parseCard } from '../../../src/config/card-form.ts';
import { DiodeError } from '../../../src/ops/diode-error.ts';
import { type Card, decodeCard, encodeCard } from '../../../src/wire/card.ts';
import { encodePaperCode } from '../../../src/wire/paper-code.ts';
import { InputReader } from '../input-reader.ts';

const KINDS = ['receiver-card', 'sender-card'] as const;

/** First byte: as it comes, as bytes behind a checksum that holds, or as JSON fields beside a fingerprint that fits. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  switch (reader.choice(['text', 'code', 'json'] as const)) {
    case 'text':
      checkText(reader.rest().toString('utf8'));
      break;
    case 'code': {
      const kind = reader.choice(['R', 'S', 'G'] as const);
      const bytes = reader.bytes(500);
      checkBytes(bytes);
      checkText(encodePaperCode({ kind, bytes }));
      break;
    }
    case 'json':
      checkText(jsonWithFingerprint(reader));
  }
}

function checkBytes(bytes: Buffer): void {
  for (const kind of KINDS) {
    const card = decodeCard(kind, bytes);
    if (typeof card === 'object') assert.equal(Buffer.compare(encodeCard(card), bytes), 0);
  }
}

function checkText(text: string): void {
  for (const kind of KINDS) {
    let card: Card;
    try {
      card = parseCard(text, kind, 'card.json');
    } catch (error) {
      if (!(error instanceof DiodeError) || error.code !== 'card-invalid') throw error;
      continue;
    }
    for (const form of [cardJson(card), cardCode(card)]) {
      assert.equal(cardFingerprint(parseCard(form, kind, 'card.json')), cardFingerprint(card));
    }
  }
}

function jsonWithFingerprint(reader: InputReader): string {
  const fields = {
    'identity-diode': reader.choice(KINDS),
    version: reader.choice([1, 2, '1', null, -0]),
    boundary: reader.text(),
    stream: reader.text(),
    signingKey: reader.chunk().toString('base64url'),
    agreementKey: reader.chunk().toString('base64url'),
  };
  const card = {
    kind: fields['identity-diode'],
    boundary: fields.boundary,
    stream: fields.stream,
    signingKey: Buffer.from(fields.signingKey, 'base64url'),
    agreementKey: Buffer.from(fields.agreementKey, 'base64url'),
  };
  return JSON.stringify({ ...fields, fingerprint: cardFingerprint(card) });
}

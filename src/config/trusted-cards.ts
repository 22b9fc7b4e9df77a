/** DIR/trusted/*.json: the cards of the other side that an operator has compared and pinned. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OPS_LIMITS, WIRE_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import type { Card } from '../wire/card.ts';
import { looksLikePaperCode } from '../wire/paper-code.ts';
import { type CardOf, cardFingerprint, cardJson, parseCard } from './card-form.ts';
import { createFile, fileError, readTextFile } from './durable-file.ts';

/** The card that an operator gave as a file (JSON or code in it) or as the code itself. Throws DiodeError `card-invalid`. */
export function cardArgument<Kind extends Card['kind']>(argument: string, kind: Kind): CardOf<Kind> {
  const content = existsSync(argument) ? readTextFile(argument, OPS_LIMITS.maxCardFileBytes) : undefined;
  if (content !== undefined) return parseCard(content, kind, argument);
  if (looksLikePaperCode(argument)) return parseCard(argument, kind, 'This text');
  const cure = "Name the other side's card file, or give its code in quotes.";
  throw new DiodeError('card-invalid', `${JSON.stringify(argument)} is neither a file nor a card code.`, cure);
}

/** All pinned cards, by fingerprint. Throws DiodeError `card-invalid` for a file that is none of `kind`. */
export function readTrustedCards<Kind extends Card['kind']>(directory: string, kind: Kind): readonly CardOf<Kind>[] {
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError(error, directory);
  }
  const cards = names.toSorted().map((name) => {
    const path = join(directory, name);
    return parseCard(readTextFile(path, OPS_LIMITS.maxCardFileBytes) ?? '', kind, path);
  });
  const limit = kind === 'sender-card' ? 1 : WIRE_LIMITS.maxReceivers;
  if (cards.length <= limit) return cards;
  const seen = `${directory} holds ${cards.length} cards; ${limit} can be trusted.`;
  throw new DiodeError('card-not-trusted', seen, 'Remove those that are not in use.');
}

/** Pins a card. The caller has shown its fingerprint. */
export function addTrustedCard(directory: string, card: Card): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  createFile(trustedPath(directory, card), cardJson(card), 0o644);
}

export function removeTrustedCard(directory: string, card: Card): void {
  rmSync(trustedPath(directory, card), { force: true });
}

/** Named by the fingerprint's first 16 digits, so that a card is there once. */
function trustedPath(directory: string, card: Card): string {
  return join(directory, `${cardFingerprint(card).replaceAll(' ', '').slice(0, 16)}.json`);
}

import assert from 'node:assert/strict';
import { decodePaperCode, encodePaperCode, looksLikePaperCode } from '../../../src/wire/paper-code.ts';
import { InputReader } from '../input-reader.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  if (reader.boolean()) checkTyped(reader.rest().toString('utf8'));
  else checkWrong(reader);
}

function checkTyped(text: string): void {
  const code = decodePaperCode(text);
  if ('reason' in code) return;
  assert.ok(looksLikePaperCode(text));
  assert.deepEqual(decodePaperCode(encodePaperCode(code)), code);
}

/** Any bytes come back, and two wrong characters never pass. */
function checkWrong(reader: InputReader): void {
  const kind = reader.choice(['R', 'S', 'G'] as const);
  const places = [reader.integer(2), reader.integer(2)];
  const shifts = [1 + (reader.integer(1) % 31), reader.integer(1) % 32];
  const bytes = reader.bytes(600);
  // A code without bytes is none.
  if (bytes.length === 0) return;
  const text = encodePaperCode({ kind, bytes });
  const whole = decodePaperCode(text);
  assert.ok(!('reason' in whole) && whole.kind === kind && bytes.equals(whole.bytes));
  const characters = [...text.replaceAll('-', '')];
  const right = characters.join('');
  for (const [at, place] of places.entries()) {
    const index = place % characters.length;
    const value = ALPHABET.indexOf(characters[index] as string);
    characters[index] = ALPHABET[(value + (shifts[at] as number)) % 32] as string;
  }
  const typed = characters.join('');
  if (typed !== right) assert.ok('reason' in decodePaperCode(typed));
}

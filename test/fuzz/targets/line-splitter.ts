import assert from 'node:assert/strict';
import { LineSplitter, type SplitLine } from '../../../sender/sources/line-splitter.ts';
import { InputReader } from '../input-reader.ts';

/** The longest line, where to cut, then the bytes: cut or whole, the lines are the same. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  const maxLineBytes = reader.integer(1);
  const pieceBytes = 1 + reader.integer(1);
  const bytes = reader.rest();
  const whole = split([bytes], maxLineBytes);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  assert.deepEqual(split(pieces, maxLineBytes), whole);
  assert.equal(whole.at(-1)?.endOffset ?? 0, bytes.length);
}

function split(pieces: readonly Buffer[], maxLineBytes: number): readonly SplitLine[] {
  const splitter = new LineSplitter({ offset: 0, lineNumber: 0, maxLineBytes });
  const lines = pieces.flatMap((piece) => splitter.push(piece));
  const last = splitter.flush();
  return last === undefined ? lines : [...lines, last];
}

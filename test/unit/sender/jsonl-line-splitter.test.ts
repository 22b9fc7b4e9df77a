import { describe, expect, it } from 'vitest';
import { LineSplitter, type SplitLine } from '../../../sender/sources/line-splitter.ts';

const BYTE_ORDER_MARK = '\ufeff';

function split(text: string | Buffer, maxLineBytes = 100, chunkBytes = Number.POSITIVE_INFINITY): SplitLine[] {
  const splitter = new LineSplitter({ offset: 0, lineNumber: 0, maxLineBytes });
  const bytes = Buffer.from(text);
  const lines: SplitLine[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    lines.push(...splitter.push(bytes.subarray(at, at + chunkBytes)));
  const last = splitter.flush();
  return last === undefined ? lines : [...lines, last];
}

function texts(lines: readonly SplitLine[]): readonly string[] {
  return lines.map(({ content }) => (content.kind === 'text' ? content.text : content.kind));
}

describe('line splitter', () => {
  it('gives lines with their numbers and where the next begins', () => {
    expect(split('{}\n[1]\n')).toEqual([
      { lineNumber: 1, endOffset: 3, content: { kind: 'text', text: '{}' } },
      { lineNumber: 2, endOffset: 7, content: { kind: 'text', text: '[1]' } },
    ]);
  });

  it('takes LF and CR LF as ends, and keeps a CR elsewhere', () => {
    expect(texts(split('a\r\nb\nc\rd\n'))).toEqual(['a', 'b', 'c\rd']);
  });

  it('skips a byte order mark at the very beginning only', () => {
    expect(texts(split(`${BYTE_ORDER_MARK}a\n${BYTE_ORDER_MARK}b\n`))).toEqual(['a', `${BYTE_ORDER_MARK}b`]);
    const later = new LineSplitter({ offset: 10, lineNumber: 3, maxLineBytes: 100 });
    expect(texts(later.push(Buffer.from(`${BYTE_ORDER_MARK}c\n`)))).toEqual([`${BYTE_ORDER_MARK}c`]);
  });

  it('gives the same lines however the bytes are cut', () => {
    const text = `${BYTE_ORDER_MARK}Zoë\r\n\n  \n${'x'.repeat(30)}\n${'y'.repeat(10)}😀\nlast`;
    const whole = split(text, 20);
    expect(texts(whole)).toEqual(['Zoë', 'blank', 'blank', 'unreadable', `${'y'.repeat(10)}😀`, 'last']);
    for (let chunkBytes = 1; chunkBytes < 40; chunkBytes++) expect(split(text, 20, chunkBytes)).toEqual(whole);
  });

  it('skips a line beyond the bound in bounded memory and goes on behind it', () => {
    const splitter = new LineSplitter({ offset: 0, lineNumber: 0, maxLineBytes: 10 });
    const before = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    for (let megabyte = 0; megabyte < 256; megabyte++) expect(splitter.push(chunk)).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    expect(splitter.push(Buffer.from('\nb\n'))).toEqual([
      { lineNumber: 1, endOffset: 256 * 1024 * 1024 + 1, content: { kind: 'unreadable', code: 'line-too-long' } },
      { lineNumber: 2, endOffset: 256 * 1024 * 1024 + 3, content: { kind: 'text', text: 'b' } },
    ]);
  });

  it('lets a line of exactly the bound pass, with either end', () => {
    expect(texts(split('0123456789\n0123456789\r\n01234567890\n', 10))).toEqual([
      '0123456789',
      '0123456789',
      'unreadable',
    ]);
  });

  it('refuses a line that is no UTF-8, and that line alone', () => {
    const lines = split(Buffer.concat([Buffer.from('a\n'), Buffer.from([0xc3, 0x28, 0x0a]), Buffer.from('b\n')]));
    expect(lines.map(({ content }) => content)).toEqual([
      { kind: 'text', text: 'a' },
      { kind: 'unreadable', code: 'utf8' },
      { kind: 'text', text: 'b' },
    ]);
  });

  it('does not keep the caller’s buffer', () => {
    const splitter = new LineSplitter({ offset: 0, lineNumber: 0, maxLineBytes: 100 });
    const chunk = Buffer.from('abc');
    splitter.push(chunk);
    chunk.fill(0x7a);
    expect(texts(splitter.push(Buffer.from('d\n')))).toEqual(['abcd']);
  });
});

/** QR codes as they stand on a page and on a terminal, read by a reader that is not ours. */
import jsqr from 'jsqr';
import { describe, expect, it } from 'vitest';
import { evidencePage } from '../../../src/cli/evidence-page.ts';
import { qrText } from '../../../src/cli/qr.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { makeEvidence } from '../../../src/media/evidence.ts';

const CODE = 'B5DQ5-TP9Z1-0KTX7-FVSNN-01M5R-B0J3R-E0F';
const PIXELS = 4;

/** `isDark` of a module by column and row. */
function read(size: number, isDark: (x: number, y: number) => boolean): string | undefined {
  const pixels = new Uint8ClampedArray(4 * (size * PIXELS) ** 2);
  for (let at = 0; at < pixels.length / 4; at++) {
    const [x, y] = [at % (size * PIXELS), Math.floor(at / (size * PIXELS))];
    const value = isDark(Math.floor(x / PIXELS), Math.floor(y / PIXELS)) ? 0 : 255;
    pixels.set([value, value, value, 255], 4 * at);
  }
  return jsqr.default(pixels, size * PIXELS, size * PIXELS)?.data;
}

function readSvg(page: string): string | undefined {
  const [, side] = /viewBox="0 0 (\d+) \d+"/.exec(page) ?? [];
  const [, drawn = ''] = /<path fill="black" d="([^"]+)"/.exec(page) ?? [];
  const dark = new Set(
    [...drawn.matchAll(/M(\d+),(\d+)h4v4h-4z/g)].map(([, x, y]) => `${Number(x) / 4},${Number(y) / 4}`),
  );
  return read(Number(side) / 4, (x, y) => dark.has(`${x},${y}`));
}

/** Two rows of modules a line, light ones drawn. */
function readText(text: string): string | undefined {
  const lines = text.split('\n');
  const light = (x: number, y: number) => (y % 2 === 0 ? '█▀' : '█▄').includes(lines[Math.floor(y / 2)]?.[x] ?? ' ');
  return read(lines[0]?.length ?? 0, (x, y) => !light(x, y));
}

describe('a QR code', () => {
  it('on the page that travels with a stick is the code of the bundle', () => {
    const facts = { side: 'sender', result: 'exported', boundary: 'site-a', stream: 'hr', bundle: 1 } as const;
    const content = { manifestDigest: 'ab'.repeat(32), code: CODE, epoch: 1, frames: '1–3', frameCount: 3, records: 9 };
    const times = { madeAt: '2026-11-26T00:00:00Z', at: '2026-11-26T00:00:00Z', by: 'ana', details: [] };
    const evidence = makeEvidence({ ...facts, ...content, ...times }, signingKeyPair(Buffer.alloc(32, 1)), []);
    expect(readSvg(evidencePage(evidence))).toBe(CODE);
  });

  it('on a terminal is the ticket or card that stands beside it', () => {
    const ticket = 'G078E-V9550-CQS14-88084-3KH9J';
    for (const text of [ticket, CODE.repeat(3)]) expect(readText(qrText(text))).toBe(text);
  });
});

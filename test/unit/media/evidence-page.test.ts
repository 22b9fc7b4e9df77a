/**
 * Evidence on paper is one sheet of A4, however much it says. What a browser makes of the page is arithmetic here, from the style
 * that stands in it: a line of a cell is as high as its type, and none is wider than its column.
 */
import { describe, expect, it } from 'vitest';
import { evidencePage } from '../../../src/cli/evidence-page.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { bundleCode } from '../../../src/media/bundle-code.ts';
import { type EvidenceFacts, makeEvidence, parseEvidence } from '../../../src/media/evidence.ts';
import { describeRuns } from '../../../src/wire/frame-runs.ts';

const MM_OF_A_POINT = 25.4 / 72;
const A4_HEIGHT_MM = 297;
/** Of a monospaced face an em: DejaVu's, the widest that is usual. */
const MONO_WIDTH = 0.602;

const FACTS: EvidenceFacts = {
  side: 'sender',
  result: 'exported',
  boundary: 'site-a',
  stream: 'hr',
  bundle: 7,
  manifestDigest: 'ab'.repeat(32),
  code: bundleCode(Buffer.alloc(32, 7)),
  epoch: 1,
  frames: '1–3',
  frameCount: 3,
  records: 9,
  madeAt: '2026-11-26T00:00:00.000Z',
  at: '2026-11-26T00:00:00.000Z',
  by: 'ana',
  details: ['3 volumes, any 2 suffice', 'identity-diode-hr-7-1f2e3d4c-1of3 to identity-diode-hr-7-1f2e3d4c-3of3'],
};
const MOST = Number.MAX_SAFE_INTEGER;
const LARGEST: EvidenceFacts = {
  ...FACTS,
  side: 'receiver',
  result: 'handed-over',
  boundary: 'W'.repeat(64),
  stream: 'W'.repeat(64),
  bundle: MOST,
  epoch: MOST,
  frames: describeRuns(Array.from({ length: 12 }, () => ({ from: MOST - 1, to: MOST }))),
  frameCount: MOST,
  records: MOST,
  by: '漢'.repeat(300),
  details: Array.from({ length: 16 }, (_, at) => `identity-diode-${'W'.repeat(64)}-${MOST}-1f2e3d4c-${at + 1}of16`),
};

const evidence = (facts: EvidenceFacts) => makeEvidence(facts, signingKeyPair(Buffer.alloc(32, 1)), [Buffer.alloc(32)]);

function cells(page: string): readonly { readonly name: string; readonly lines: readonly string[] }[] {
  const rows = [...page.matchAll(/<tr[^>]*><th>(.*?)<\/th><td>([^<]*)<\/td><\/tr>/g)];
  return rows.map(([, name = '', value = '']) => ({ name, lines: value.split('\n') }));
}

const figure = (page: string, of: RegExp) => Number((of.exec(page) ?? expect.fail(`no ${of} in the page`))[1]);
const columns = (text: string) => [...text].reduce((sum, at) => sum + (/[\u1100-\u{10ffff}]/u.test(at) ? 2 : 1), 0);

/** What of the sheet is left, and how wide the widest line is of what its column takes. */
function measure(page: string): { readonly spareMm: number; readonly widest: number } {
  const marginMm = figure(page, /@page \{ size: A4; margin: (\d+)mm/);
  const spacing = figure(page, /body \{ font: 11pt\/([\d.]+) /);
  const lineMm = (points: number) => points * spacing * MM_OF_A_POINT;
  const [body, cell] = [figure(page, /body \{ font: (\d+)pt/), figure(page, /\n {2}td \{[^}]*font-size: ([\d.]+)pt/)];
  const paddingMm = 2 * figure(page, /padding: ([\d.]+)mm 2mm/) + figure(page, /border-bottom: ([\d.]+)mm/);
  const codePoints = figure(page, /\.code td \{ font-size: (\d+)pt/);
  const rowsMm = cells(page).map(
    ({ name, lines }) =>
      // On one baseline, the heading's line and the cell's need a little more than the higher of them.
      Math.max(lineMm(body) + 0.5, lines.length * lineMm(name === 'Code' ? codePoints : cell) + 1) + paddingMm,
  );
  const bodyMm = figure(page, /max-width: (\d+)mm/);
  const titlePoints = figure(page, /h1 \{ font-size: (\d+)pt/);
  const title = /<h1>(.*?)<\/h1>/.exec(page)?.[1] ?? '';
  const titleLines = Math.ceil((title.length * 0.65 * titlePoints * MM_OF_A_POINT) / bodyMm);
  const titleMm = titleLines * lineMm(titlePoints) + figure(page, /h1 \{[^}]*0 0 (\d+)mm/);
  const afterMm = figure(page, /\n {2}p \{ margin: 0 0 (\d+)mm/);
  const signMm = figure(page, /margin-top: (\d+)mm; padding-top: 1mm/) + 1.3 + 2 * lineMm(body);
  const footMm = Math.max(figure(page, /svg \{[^}]*height: (\d+)mm/), 4 * lineMm(body) + afterMm + signMm);
  const introMm = 2 * lineMm(body) + afterMm;
  const tableMm = rowsMm.reduce((sum, mm) => sum + mm, 0) + figure(page, /margin-bottom: (\d+)mm/);
  const usedMm = titleMm + introMm + tableMm + footMm;
  const columnMm = bodyMm - figure(page, /th \{ width: (\d+)mm/) - 4;
  const widestMm =
    Math.max(...cells(page).flatMap(({ lines }) => lines.map(columns))) * MONO_WIDTH * cell * MM_OF_A_POINT;
  return { spareMm: A4_HEIGHT_MM - 2 * marginMm - usedMm, widest: widestMm / columnMm };
}

describe('the page of evidence', () => {
  it.each([
    ['a usual one', FACTS],
    ['the largest', LARGEST],
    ['one refused with a long sentence', { ...LARGEST, result: 'refused', details: ['reason: x', 'y'.repeat(500)] }],
    ['one of many short details', { ...LARGEST, details: Array.from({ length: 500 }, () => 'x') }],
  ] as const)('is one sheet of A4: %s', (_, facts) => {
    const { spareMm, widest } = measure(evidencePage(evidence(facts)));
    expect(spareMm).toBeGreaterThan(0);
    expect(widest).toBeLessThanOrEqual(1);
  });

  it('has all of it in the file, and says where the paper has not', () => {
    const page = evidencePage(evidence(LARGEST));
    expect(parseEvidence(page)).toEqual(evidence(LARGEST));
    const shown = new Map(cells(page).map(({ name, lines }) => [name, lines]));
    expect(shown.get('Boundary')).toEqual([LARGEST.boundary]);
    expect(shown.get('Stream')).toEqual([LARGEST.stream]);
    expect(shown.get('Code')).toEqual([LARGEST.code]);
    expect(shown.get('Manifest digest')?.join(' ').replaceAll(' ', '')).toBe(LARGEST.manifestDigest);
    expect(shown.get('Details')?.at(-1)).toBe('… and more, in the file of this page');
    expect(shown.get('By')?.[0]).toMatch(/^漢+…$/);
  });

  it('leaves nothing out of a usual one', () => {
    const page = evidencePage(evidence(FACTS));
    const shown = new Map(cells(page).map(({ name, lines }) => [name, lines.join(' ')]));
    expect(shown.get('Content')).toBe('3 frames of epoch 1, 9 records: frames 1–3');
    expect(shown.get('Details')).toBe(FACTS.details.join(' '));
    expect(page).not.toContain('… and more');
  });
});

/**
 * Evidence of a transfer as one page to print: it travels with the stick, and holds the signed record that it shows.
 *
 * One sheet of A4 is 297 mm, less two margins of 18: 261. By the style below a line of a cell is 4.9 mm and a row with one 8.4,
 * title 17 (two lines), sentence 16, twelve rows 102, table's end 5, foot 53: 193 mm. That leaves 68 for 13 lines more, which is
 * what `mostLines` come to; what is longer stands in the file alone, as all of it does.
 */
import type { Evidence } from '../media/evidence.ts';
import { qrSvg } from './qr.ts';
import { count } from './status-table.ts';

/** What `at` is the time of, and what it came to. */
const RESULTS: Readonly<Record<Evidence['result'], readonly [string, string]>> = {
  exported: ['Exported', 'written to the media, synced'],
  imported: ['Imported', 'taken in by the receiver, durable'],
  'handed-over': ['Imported', 'verified and handed to the receiver, which had not taken all of it in yet'],
  known: ['Seen again', 'taken in by the receiver before; nothing was changed'],
  refused: ['Refused', 'REFUSED: it was not taken in'],
};

export function evidencePage(evidence: Evidence): string {
  const { side, stream, boundary, bundle, code } = evidence;
  const [when, result] = RESULTS[evidence.result];
  const rows: readonly (readonly [name: string, value: string, mostLines?: number])[] = [
    ['Boundary', boundary],
    ['Stream', stream],
    ['Bundle', `${bundle}`],
    ['Code', code],
    ['Manifest digest', grouped(evidence.manifestDigest), 2],
    ['Content', contentOf(evidence), 4],
    ['Made', evidence.madeAt],
    [when, evidence.at],
    ['By', evidence.by],
    ['Result', result, 2],
    ['Details', evidence.details.join('\n'), 9],
    ['Signed by', `key ${grouped(evidence.keyId)}`],
  ];
  const title = `Transfer evidence: bundle ${bundle}, ${side === 'sender' ? 'connected' : 'isolated'} side`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
  @page { size: A4; margin: 18mm; }
  @media screen { body { padding: 18mm 0; } }
  body { font: 11pt/1.45 "Liberation Sans", Arial, sans-serif; color: #000; max-width: 174mm; margin: 0 auto; }
  h1 { font-size: 15pt; margin: 0 0 1mm; }
  p { margin: 0 0 4mm; }
  table { border-collapse: collapse; width: 100%; margin-bottom: 5mm; }
  th, td { text-align: left; vertical-align: baseline; padding: 1.2mm 2mm 1.2mm 0; border-bottom: 0.2mm solid #bbb; }
  th { width: 34mm; font-weight: normal; color: #444; }
  td { font-family: "Liberation Mono", "Courier New", monospace; font-size: 9.5pt; white-space: pre; }
  .code td { font-size: 13pt; font-weight: bold; }
  .foot { display: flex; gap: 8mm; align-items: flex-start; }
  .foot svg { width: 44mm; height: 44mm; flex: none; }
  .sign { border-top: 0.3mm solid #000; margin-top: 14mm; padding-top: 1mm; width: 80mm; color: #444; }
</style>
<h1>${escaped(title)}</h1>
<p>identity-diode. This page travels with the media. The code names the bundle: compare it on either side.</p>
<table>
${rows.map(([name, value, most]) => `<tr${name === 'Code' ? ' class="code"' : ''}><th>${escaped(name)}</th><td>${escaped(cellText(value, most))}</td></tr>`).join('\n')}
</table>
<div class="foot">
${qrSvg(code)}
<div>
<p>The square holds the code. To check this page: <code>diode-sender evidence DIR CODE</code> or
<code>diode-receiver evidence DIR CODE</code>; with the file of this page in place of the code, its signature too.</p>
<div class="sign">Date, name, signature of who carried it</div>
</div>
</div>
<script type="application/json">${JSON.stringify(evidence).replaceAll('<', '\\u003c')}</script>
</html>
`;
}

/** A cell is 136 mm wide, a character of its type 2.02: 67. */
const LINE_COLUMNS = 64;

function contentOf({ frameCount, frames, epoch, records }: Evidence): string {
  const what = frameCount === 1 ? 'frame' : 'frames';
  return `${count(frameCount)} ${what} of epoch ${epoch}, ${count(records)} records: ${what} ${frames}`;
}

/** Broken into lines here, so that no browser makes more of them. */
function cellText(value: string, mostLines = 1): string {
  const lines = value
    .replace(/[^\S\n]/g, ' ')
    .split('\n')
    .flatMap(brokenLine);
  if (lines.length <= mostLines) return lines.join('\n');
  if (mostLines > 1) return [...lines.slice(0, mostLines - 1), '… and more, in the file of this page'].join('\n');
  const start = [...(lines[0] ?? '')].slice(0, LINE_COLUMNS / 2 - 1);
  return `${start.join('')}…`;
}

/** Between words where it can be; a word that is longer than a line anywhere. */
function brokenLine(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<= )/)) {
    if (columnsOf(line + word.trimEnd()) > LINE_COLUMNS && line !== '') {
      lines.push(line.trimEnd());
      line = '';
    }
    for (const character of word) {
      if (columnsOf(line + character) > LINE_COLUMNS && character !== ' ') {
        lines.push(line.trimEnd());
        line = '';
      }
      line += character;
    }
  }
  return [...lines, line.trimEnd()];
}

/** From U+1100 on characters may be two wide. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, character) => sum + ((character.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2), 0);
}

function grouped(hex: string): string {
  return (hex.match(/.{1,4}/g) ?? []).join(' ');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Evidence of a transfer as one page to print: it travels with the stick, and holds the signed record that it shows. */
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
  const rows: readonly (readonly [string, string])[] = [
    ['Boundary', boundary],
    ['Stream', stream],
    ['Bundle', `${bundle}`],
    ['Code', code],
    ['Manifest digest', grouped(evidence.manifestDigest)],
    [
      'Content',
      `${count(evidence.frameCount)} ${evidence.frameCount === 1 ? 'frame' : 'frames'} of epoch ${evidence.epoch} (${evidence.frames}), ${count(evidence.records)} records`,
    ],
    ['Made', evidence.madeAt],
    [when, evidence.at],
    ['By', evidence.by],
    ['Result', result],
    ['Details', evidence.details.join('\n')],
    ['Signed by', `key ${grouped(evidence.keyId)}`],
  ];
  const title = `Transfer evidence: bundle ${bundle} of ${stream}, ${side === 'sender' ? 'connected' : 'isolated'} side`;
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
  td { font-family: "Liberation Mono", "Courier New", monospace; font-size: 9.5pt; overflow-wrap: anywhere; white-space: pre-line; }
  .code td { font-size: 13pt; font-weight: bold; }
  .foot { display: flex; gap: 8mm; align-items: flex-start; }
  .foot svg { width: 44mm; height: 44mm; flex: none; }
  .sign { border-top: 0.3mm solid #000; margin-top: 14mm; padding-top: 1mm; width: 80mm; color: #444; }
</style>
<h1>${escaped(title)}</h1>
<p>identity-diode. This page travels with the media. The code names the bundle: compare it on either side.</p>
<table>
${rows.map(([name, value]) => `<tr${name === 'Code' ? ' class="code"' : ''}><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`).join('\n')}
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

function grouped(hex: string): string {
  return (hex.match(/.{1,4}/g) ?? []).join(' ');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

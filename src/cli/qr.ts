/** QR codes for terminals and for paper: the one file that imports uqr. */
import { renderSVG, renderUnicodeCompact } from 'uqr';

/**
 * Two rows of modules a line, dark on light as scanners expect, whatever the terminal's colours: light modules are drawn
 * as blocks. Level M repairs 15 % of a scratched or folded print.
 */
export function qrText(text: string): string {
  return renderUnicodeCompact(text, { ecc: 'M', border: 2 });
}

/** For a page that is printed: an SVG element. Level Q repairs 25 % of a page that was folded or got wet. */
export function qrSvg(text: string): string {
  return renderSVG(text, { ecc: 'Q', border: 4, pixelSize: 4 });
}

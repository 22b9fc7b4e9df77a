/** Names and keys for a terminal or a text that is signed: printable ASCII, whatever they hold. Pure. */

/** As it is, or as a JSON string whose other characters are escaped: two names never look the same. */
export function shownName(name: string): string {
  if (PLAIN.test(name)) return name;
  return JSON.stringify(name).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Cut where it is long, which its end says. */
export function cutName(shown: string, most = MAX_SHOWN): string {
  return shown.length <= most ? shown : `${shown.slice(0, most - 3)}...`;
}

/** `a, b and 3 more`, of `count`; each cut. Empty for none. */
export function firstOf(names: readonly string[], count: number): string {
  const more = count - names.length;
  return `${names.map((name) => cutName(name)).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`;
}

const PLAIN = /^[A-Za-z0-9._:/@|%~-]+$/;
/** A key of two UUIDs has 80. */
const MAX_SHOWN = 110;

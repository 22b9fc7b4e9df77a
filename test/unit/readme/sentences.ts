/** What functions of a source file may say: the fixed parts of their texts, nested ones too. */

/** Of functions and constants whose name matches; a part counts where it has a space and at least `leastCharacters`. */
export function sentencesIn(source: string, name: RegExp, leastCharacters = 14): readonly string[] {
  const blocks = source.split(/^(?=(?:export )?(?:const|function|interface|type|class|import) )/m);
  const nameOf = (block: string) => /^(?:export )?(?:function|const) (\w+)/.exec(block)?.[1] ?? '';
  const chosen = blocks.filter((block) => name.test(nameOf(block)));
  return chosen
    .flatMap((text) => fixedParts(text))
    .map((part) => part.trim())
    .filter((part) => part.length >= leastCharacters && part.includes(' '));
}

/** The fixed parts of string and template literals. Comments are none: they are passed over. */
function fixedParts(code: string): readonly string[] {
  const parts: string[] = [];
  let at = 0;
  const readLiteral = (quote: string): void => {
    let part = '';
    for (at++; at < code.length && code[at] !== quote; at++) {
      if (code[at] === '\\') part += code[++at];
      else if (quote === '`' && code.startsWith('${', at)) {
        parts.push(part);
        part = '';
        at += 2;
        readCode();
      } else part += code[at];
    }
    parts.push(part);
  };
  const readCode = (): void => {
    for (let depth = 0; at < code.length; at++) {
      const sign = code[at] as string;
      if (code.startsWith('//', at)) at = endOf(code, '\n', at);
      else if (code.startsWith('/*', at)) at = endOf(code, '*/', at);
      else if (`'"\``.includes(sign)) readLiteral(sign);
      else if (sign === '{') depth++;
      else if (sign === '}' && depth-- === 0) return;
    }
  };
  readCode();
  return parts;
}

function endOf(code: string, end: string, from: number): number {
  const found = code.indexOf(end, from);
  return found === -1 ? code.length : found;
}

/** YAML text as plain values with the line of each: the one file that imports yaml. */
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
} from 'yaml';
import { OPS_LIMITS } from '../limits.ts';
import type { ConfigProblem } from './config-problem.ts';

/** What the lexer puts before the text of a scalar. */
const SCALAR_FOLLOWS = '\x1f';

export type ConfigPath = readonly (string | number)[];

export interface YamlDocument {
  /** Objects, arrays, strings, numbers, booleans, null; undefined where there are problems or the file is empty. */
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** Where the setting stands, or the nearest section that is there; undefined for an empty file. */
  lineOf(path: ConfigPath): number | undefined;
}

/**
 * Parses one YAML 1.2 document of at most `maxConfigBytes`. Duplicate keys, anchors and aliases (which can grow without
 * bound), tags, `__proto__` and keys that are no strings are problems. Never throws.
 */
export function parseYaml(text: string): YamlDocument {
  if (Buffer.byteLength(text) > OPS_LIMITS.maxConfigBytes) {
    const seen = `the file has more than ${OPS_LIMITS.maxConfigBytes} bytes`;
    return refused([{ path: '', seen, cure: 'Remove what is not configuration.' }]);
  }
  if (isTooDeep(text)) {
    const seen = `it is nested deeper than ${OPS_LIMITS.maxConfigDepth}`;
    return refused([{ path: '', seen, cure: 'Look for brackets that nothing closes.' }]);
  }
  const lineCounter = new LineCounter();
  // With the core schema `yes` and dates stay strings, and `<<` is a key like any other. yaml would compare each key with
  // every other of its section, and quote the source for each error, both in quadratic time: names that stand twice are
  // found here, and errors tell their line alone.
  const options = { lineCounter, schema: 'core', uniqueKeys: false, prettyErrors: false } as const;
  const documents = parseAllDocuments(text, options);
  if ('empty' in documents) return refused([]);
  const lineAt = (node: unknown) => {
    const offset = (node as Node | null)?.range?.[0];
    return offset === undefined ? undefined : lineCounter.linePos(offset).line;
  };
  const problems: ConfigProblem[] = [];
  const add = (line: number | undefined, seen: string, cure: string) =>
    problems.push({ path: '', seen, cure, ...(line !== undefined && { line }) });
  if (documents.length > 1) add(lineAt(documents[1]?.contents), 'a second YAML document begins', 'Remove the `---`.');
  const [document] = documents;
  for (const { message, pos } of [...(document?.errors ?? []), ...(document?.warnings ?? [])]) {
    add(lineCounter.linePos(pos[0]).line, message, 'Correct the YAML here: mind indentation, colons and quotes.');
  }
  visit(document ?? null, {
    Node(_, node) {
      if (isAlias(node) || node.anchor !== undefined) {
        add(lineAt(node), 'anchors and aliases (& and *) are not used here', 'Write the value out.');
      }
    },
    Map(_, { items }) {
      const names = new Set<unknown>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key;
        if (names.has(name)) add(lineAt(key), 'this key stands twice', 'Keep one of them.');
        names.add(name);
      }
    },
    Pair(_, { key }) {
      const name = isScalar(key) ? key.value : undefined;
      if (typeof name !== 'string' || name === '__proto__') {
        add(lineAt(key), `${JSON.stringify(name ?? null)} cannot be the name of a setting`, 'Remove it.');
      }
    },
  });
  if (problems.length > 0) return refused(problems);
  return { value: document?.toJS({ maxAliasCount: 0 }), problems, lineOf: (path) => lineOf(document?.contents, path) };

  function lineOf(root: Node | null | undefined, path: ConfigPath): number | undefined {
    let node: Node | null | undefined = root;
    let line = lineAt(root);
    for (const step of path) {
      const pair: Pair | undefined = isMap(node)
        ? node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === step)
        : undefined;
      const next = pair?.value ?? (node as { get?(key: unknown, keep: true): unknown } | null)?.get?.(step, true);
      if (pair === undefined && next === undefined) return line;
      line = lineAt(pair?.key ?? next) ?? line;
      node = next as Node | null;
    }
    return line;
  }
}

/**
 * Counted before anything is built: the parser calls itself for each level, and 100,000 brackets end the process. Levels by
 * indentation cost as many characters as they are deep, so the length of the file bounds them.
 */
function isTooDeep(text: string): boolean {
  let brackets = 0;
  let indicators = 0;
  let previous = '';
  for (const token of new Lexer().lex(text)) {
    if (previous === SCALAR_FOLLOWS || token.endsWith('\n')) indicators = 0;
    else if (token === '[' || token === '{') brackets++;
    else if (token === ']' || token === '}') brackets--;
    else if (token === '-' || token === '?') indicators++;
    if (brackets + indicators > OPS_LIMITS.maxConfigDepth) return true;
    previous = previous === SCALAR_FOLLOWS ? '' : token;
  }
  return false;
}

function refused(problems: readonly ConfigProblem[]): YamlDocument {
  return { value: undefined, problems, lineOf: () => undefined };
}

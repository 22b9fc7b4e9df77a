/** YAML text → a typed config, or every problem at once: path, line, what was seen, what to do. */
import { ConfigError, type ConfigProblem } from './config-problem.ts';
import { quantityHint } from './quantity-hint.ts';
import type { z } from './schema.ts';
import { closestName } from './spelling.ts';
import { type ConfigPath, parseYaml, type YamlDocument } from './yaml-document.ts';

/**
 * The parsed value, or ConfigError (`config-invalid`) with all problems of `text`; `file` names it in the heading. Of the
 * schemas the one of the link's kind is taken, `udp` where it says none or one that is not there.
 */
export function parseConfig<T extends z.ZodType>(
  schemas: { readonly udp: T; readonly serial: T; readonly media: T },
  text: string,
  file: string,
): z.output<T> {
  const document = parseYaml(text);
  if (document.problems.length > 0) throw new ConfigError(file, document.problems);
  const kind = valueAt(document.value, ['link', 'kind']);
  const schema = kind === 'serial' || kind === 'media' ? schemas[kind] : schemas.udp;
  const result = schema.safeParse(document.value ?? {}, { reportInput: true });
  if (result.success) return result.data;
  throw new ConfigError(file, dedupe(result.error.issues.flatMap((issue) => explain(issue, schema, document))));
}

type Issue = z.core.$ZodIssue;

function explain(issue: Issue, schema: z.ZodType, document: YamlDocument): readonly ConfigProblem[] {
  const path = issue.path as ConfigPath;
  const at = (inner: ConfigPath) => {
    const line = document.lineOf(inner);
    return { path: formatPath(inner), ...(line !== undefined && { line }) };
  };
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path);
    return issue.keys.map((key) => ({
      ...at([...path, key]),
      seen: 'no such setting',
      cure: spellingCure(key, known),
    }));
  }
  const told = issue.code === 'custom' ? (issue.params as Pick<ConfigProblem, 'seen' | 'cure'> | undefined) : undefined;
  if (told !== undefined) return [{ ...at(path), seen: told.seen.replace(/\.$/, ''), cure: told.cure }];
  const wanted = issue.message;
  const input = valueAt(document.value, path);
  // The line of its section; a section of its own has none.
  const place = path.length > 1 ? at(path) : { path: formatPath(path) };
  if (input === undefined) return [{ ...place, seen: 'missing', cure: `Add it: ${wanted}.` }];
  const hint = quantityHint(String(path.findLast((step) => typeof step === 'string') ?? ''), input);
  const cure = hint === undefined ? `Write ${wanted}.` : `Write ${hint}.`;
  return [{ ...at(path), seen: `found ${show(input)}`, cure }];
}

function spellingCure(key: string, known: readonly string[]): string {
  const closest = closestName(key, known);
  return closest === undefined
    ? `Remove it; known here: ${known.toSorted().join(', ')}.`
    : `Did you mean \`${closest}\`?`;
}

/** The settings of the section at `path`, through defaults, lists and unions. */
function knownKeys(schema: z.ZodType, path: ConfigPath): readonly string[] {
  let node = unwrap(schema);
  for (const step of path) {
    const inner = node.shape?.[step] ?? node.element;
    if (inner === undefined) return [];
    node = unwrap(inner);
  }
  return Object.keys(node.shape ?? {});
}

interface SchemaNode {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly def?: { readonly innerType?: z.ZodType; readonly in?: z.ZodType };
}

function unwrap(schema: z.ZodType): SchemaNode {
  let node = schema as unknown as SchemaNode;
  for (let inner = node.def?.innerType ?? node.def?.in; inner !== undefined; ) {
    node = inner as unknown as SchemaNode;
    inner = node.def?.innerType ?? node.def?.in;
  }
  return node;
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  let at = value;
  for (const step of path) at = (at as Record<string | number, unknown> | null | undefined)?.[step];
  return at;
}

function show(value: unknown): string {
  if (value === null) return 'nothing';
  const shown = JSON.stringify(value);
  return shown.length <= 60 ? shown : `${shown.slice(0, 57)}…`;
}

function formatPath(path: ConfigPath): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at > 0 ? '.' : ''}${step}`)).join('');
}

/** A number that is neither whole nor in range breaks two rules and is one problem. */
function dedupe(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const seen = new Map<string, ConfigProblem>();
  for (const problem of problems) if (!seen.has(problem.path)) seen.set(problem.path, problem);
  return [...seen.values()];
}

/** What `check` found, one item a line, and its exit code. */
import { ConfigError } from '../config/config-problem.ts';
import { DiodeError } from '../ops/diode-error.ts';
import type { ExitCode } from './program.ts';

export type CheckLevel = 'ok' | 'warn' | 'fail';

export interface CheckItem {
  readonly level: CheckLevel;
  /** What was looked at, such as `keys`. */
  readonly item: string;
  readonly seen: string;
  /** What to do; a command line where there is one. */
  readonly cure?: string;
}

export const ok = (item: string, seen: string): CheckItem => ({ level: 'ok', item, seen });
export const warn = (item: string, seen: string, cure: string): CheckItem => ({ level: 'warn', item, seen, cure });
export const fail = (item: string, seen: string, cure: string): CheckItem => ({ level: 'fail', item, seen, cure });

/** What `look` answers, or its DiodeError as a failed item. */
export async function attempt(
  item: string,
  look: () => CheckItem | readonly CheckItem[] | Promise<CheckItem | readonly CheckItem[]>,
): Promise<readonly CheckItem[]> {
  try {
    const items = await look();
    return 'level' in items ? [items] : items;
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems.map(({ line, path, seen, cure }) => {
        const where = [line === undefined ? '' : `line ${line}`, path].filter((part) => part !== '').join(', ');
        return fail(item, `${where}: ${seen}.`, cure);
      });
    }
    if (error instanceof DiodeError) return [fail(item, error.seen, error.cure)];
    throw error;
  }
}

/** Prints the items; 1 where one failed. `extra` goes into the JSON object, or below the list as lines. */
export function report(
  items: readonly CheckItem[],
  {
    json,
    notes = {},
  }: { readonly json?: boolean | undefined; readonly notes?: Readonly<Record<string, readonly string[]>> },
): ExitCode {
  const isGood = items.every(({ level }) => level !== 'fail');
  if (json) {
    process.stdout.write(`${JSON.stringify({ ok: isGood, items, ...notes })}\n`);
    return isGood ? 0 : 1;
  }
  const width = Math.max(...items.map(({ item }) => item.length));
  for (const { level, item, seen, cure } of items) {
    process.stdout.write(`${level.toUpperCase().padEnd(5)}${item.padEnd(width + 2)}${seen}\n`);
    if (cure !== undefined && cure !== '') process.stdout.write(`${' '.repeat(width + 7)}→ ${cure}\n`);
  }
  for (const lines of Object.values(notes)) process.stdout.write(`\n${lines.join('\n')}\n`);
  const failed = items.filter(({ level }) => level === 'fail').length;
  const warned = items.filter(({ level }) => level === 'warn').length;
  process.stdout.write(
    `\n${failed} failed, ${warned} ${warned === 1 ? 'warning' : 'warnings'}, ${items.length} looked at\n`,
  );
  return isGood ? 0 : 1;
}

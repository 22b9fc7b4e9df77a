/** The pages for people, as tests look into them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './recipe-run.ts';

export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/operations.md',
  'docs/sources.md',
  'docs/calibration.md',
] as const;

export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Fenced blocks of one language, without their fences. */
export function blocks(page: string, language: string): readonly string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, of]) => of === language)
    .map(([, , text = '']) => text);
}

export interface ShownCommand {
  readonly command: string;
  readonly output: readonly string[];
}

/** What stands behind `$ ` in a console block, each with the lines below it. */
export function shownCommands(page: string): readonly ShownCommand[] {
  return blocks(page, 'console').flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...output] = part.trimEnd().split('\n');
        return { command, output };
      }),
  );
}

/** Of one level, such as `##`, in their order. */
export function headingsOf(page: string, level: string): readonly string[] {
  return [...page.matchAll(/^(#+) (.+)$/gm)].flatMap(([, of, heading = '']) => (of === level ? [heading] : []));
}

/** The section under a heading, up to the next one of its level or above. */
export function section(page: string, heading: string): string {
  const start = page.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`no heading "${heading}"`);
  const level = heading.indexOf(' ');
  const body = page.slice(start + heading.length + 2);
  const end = body.search(new RegExp(`^#{1,${level}} `, 'm'));
  return end < 0 ? body : body.slice(0, end);
}

/** Code spans in the first column of all tables. */
export function firstColumn(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

/** GitHub's anchor of a heading. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The set-up of a pair, typed as README.md shows it, with its directories below a temporary one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Program, type as typeCommand } from '../../support/command-line.ts';
import { PAGES, readPage, type ShownCommand, shownCommands } from './page.ts';

const readme = readPage('README.md');
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'diode-readme-'));
});
afterAll(() => rmSync(root, { recursive: true }));

function shown(beginning: string): ShownCommand {
  const found = shownCommands(readme).find(({ command }) => command.startsWith(beginning));
  if (found === undefined) throw new Error(`README.md does not show ${beginning}`);
  return found;
}

/** Cards are carried by hand: here they are taken from where the other side wrote them. */
function typeShown({ command }: ShownCommand, input = ''): Promise<Answer> {
  const [, program, ...args] = command.split(' ');
  const placed = args.map((argument) =>
    argument
      .replace(/^\/etc\//, `${root}/`)
      .replace(/^receiver-card\.json$/, `${root}/diode-receiver/receiver-card.json`)
      .replace(/^sender-card\.json$/, `${root}/diode-sender/sender-card.json`),
  );
  return typeCommand(program as Program, placed, input);
}

/** Lines with everything masked that differs from run to run; `…` in the README stands for lines left out. */
function shape(lines: readonly string[]): readonly string[] {
  return lines
    .filter((line) => line.trim() !== '' && line !== '…')
    .map((line) =>
      line
        .replaceAll(`${root}/`, '/etc/')
        .replace(/\b[0-9a-f]{4}( [0-9a-f]{4})+/g, 'HEX')
        .replace(/[\w-]{43}$/, 'KEY'),
    );
}

describe('the set-up that README.md shows', () => {
  it('makes a receiver, a sender and their trust, and prints what stands there', async () => {
    const steps = [
      [shown('npx diode-receiver init'), ''],
      [shown('npx diode-sender init'), ''],
      [shown('npx diode-receiver trust'), 'yes\n'],
    ] as const;
    for (const [step, input] of steps) {
      const { code, stdout, stderr } = await typeShown(step, input);
      expect(code).toBe(0);
      // The question and its answer share a line on a terminal.
      const printed = shape(`${stderr}${stdout}`.replace('Type yes: ', 'Type yes: yes\n').split('\n'));
      for (const line of shape(step.output)) expect(printed).toContain(line);
    }
  });

  it('names settings that the new config.yaml files have', () => {
    const configs = ['diode-sender', 'diode-receiver'].map((name) =>
      readFileSync(join(root, name, 'config.yaml'), 'utf8'),
    );
    const table = readme.split('\n').filter((line) => /^\| (sender|receiver|both) \| `/.test(line));
    expect(table.length).toBeGreaterThan(5);
    const settings = table.flatMap((line) => [...(line.split(' | ')[1] ?? '').matchAll(/`([\w.]+)`/g)]);
    const unknown = settings
      .map(([, path = '']) => path.split('.').at(-1) as string)
      .filter((name) => !configs.some((text) => new RegExp(`^ *#?${name}:`, 'm').test(text)));
    expect(unknown).toEqual([]);
  });
});

describe('commands named in the pages', () => {
  const named = PAGES.flatMap((path) =>
    [...readPage(path).matchAll(/npx (diode-(?:sender|receiver)) ((?:audit|root) [\w-]+|[\w-]+)([^\n`|]*)/g)].map(
      ([text, program = '', command = '', rest = '']) => ({
        text,
        program: program as Program,
        command,
        options: [...rest.matchAll(/(?<= )--[a-z-]+/g)].map(([option]) => option),
      }),
    ),
  );
  const commands = [...new Set(named.map(({ program, command }) => `${program} ${command}`))];

  it.each(commands)('%s has the options that they show', async (typed) => {
    const [program, ...words] = typed.split(' ') as [Program, ...string[]];
    const command = words.join(' ');
    const { code, stdout } = await typeCommand(program, [...words, '--help']);
    expect(code).toBe(0);
    const options = named
      .filter((use) => use.program === program && use.command === command)
      .flatMap((use) => use.options);
    expect(options.filter((option) => !stdout.includes(option))).toEqual([]);
  });
});

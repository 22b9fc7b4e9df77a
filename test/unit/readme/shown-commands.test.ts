/** Every command that a page, a help text or a message shows is taken by the real command line, which is not let run it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../receiver/command-line.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import type { CommandLine } from '../../../src/cli/program.ts';
import { readPage } from './page.ts';
import { ROOT } from './recipe-run.ts';

type Program = 'diode-sender' | 'diode-receiver';

const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);
const SHOWN = /(?:npx )?(diode-sender|diode-receiver) ([a-z][a-z-]* .*)$/;

function commandLineOf(program: Program): CommandLine {
  return program === 'diode-sender' ? senderCommandLine() : receiverCommandLine();
}

/** Undefined where the program takes the line, else what it says. */
function usageProblem(program: Program, argv: readonly string[]): string | undefined {
  const { root } = commandLineOf(program);
  let said = '';
  const silent = {
    writeErr: (text: string) => {
      said += text;
    },
  };
  root.configureOutput(silent);
  for (const command of root.commands.flatMap((one) => [one, ...one.commands])) {
    command.exitOverride().configureOutput(silent);
    if (command.commands.length === 0) command.action(() => undefined);
  }
  try {
    root.parse([...argv], { from: 'user' });
    return undefined;
  } catch {
    return said.split('\n')[0];
  }
}

/** What stands in fenced blocks behind `$ ` or at a line's start, and in code spans. */
function commandsIn(page: string): readonly string[] {
  const fenced = [...page.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.split('\n'));
  const typed = fenced.map((line) => line.replace(/^\$ /, '')).filter((line) => /^(npx )?diode-/.test(line));
  const prose = page.replace(/^```[\s\S]*?^```$/gm, '');
  const spans = [...prose.matchAll(/`((?:npx )?diode-[^`]+)`/g)].map(([, span = '']) => span);
  return [...typed, ...spans];
}

/** Program and arguments as a shell would give them: up to a comment, a pipe or a redirection. */
function argumentsOf(command: string): readonly [Program, readonly string[]] | undefined {
  const [, program, rest = ''] = SHOWN.exec(command) ?? [];
  if (program === undefined) return undefined;
  const words = [...rest.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  const end = words.findIndex((word) => /^(#|\||&&|;|>|<|\()/.test(word));
  return [program as Program, end < 0 ? words : words.slice(0, end)];
}

function problemsOf(commands: readonly string[]): readonly string[] {
  return commands.flatMap((command) => {
    const parsed = argumentsOf(command);
    const problem = parsed && usageProblem(...parsed);
    return problem === undefined ? [] : [`${command}: ${problem}`];
  });
}

describe('a command that is shown', () => {
  it.each(PAGES)('is taken by the program: %s', (page) => {
    expect(problemsOf(commandsIn(readPage(page)))).toEqual([]);
  });

  it('is found on the pages at all', () => {
    const shown = PAGES.flatMap((page) => commandsIn(readPage(page))).filter((command) => argumentsOf(command));
    expect(shown.length).toBeGreaterThan(25);
    expect(shown).toContain('npx diode-sender revert /etc/diode-sender --to 2026-11-25T14:02:00Z --dry-run');
  });

  it.each(['diode-sender', 'diode-receiver'] as const)('is taken where the help of %s shows it', (program) => {
    const { root } = commandLineOf(program);
    const examples = [root, ...root.commands].flatMap((command) => {
      let help = '';
      command.configureOutput({
        writeOut: (text) => {
          help += text;
        },
      });
      command.outputHelp();
      return (help.split('Examples:\n')[1] ?? '').split('\n').filter((line) => line.includes('diode-'));
    });
    expect(examples.length).toBeGreaterThan(10);
    expect(problemsOf(examples)).toEqual([]);
  });

  it.each([
    ['diode-sender reverse DIR', "error: unknown command 'reverse'"],
    ['diode-sender status DIR --jason', "error: unknown option '--jason'"],
    ['diode-sender revert DIR', "error: required option '--to <TIME>' not specified"],
    ['diode-receiver trust DIR', "error: missing required argument 'FILES'"],
    ['diode-receiver status DIR MORE', "error: too many arguments for 'status'"],
  ])('is refused where it is wrong: %s', (command, problem) => {
    expect(problemsOf([command])).toEqual([expect.stringContaining(problem)]);
  });
});

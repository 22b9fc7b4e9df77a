/** What both programs' command lines share: the one file that imports commander. Exit codes: 0 done, 1 refused, 2 usage. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ConfigError } from '../config/config-problem.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { packageVersion } from './package-version.ts';

export { InvalidArgumentError, Option };

/** What a command answers: its exit code. */
export type ExitCode = 0 | 1 | 2;

export interface ProgramText {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly string[];
}

/** One program's command line; its last command's answer stays in `exitCode`. */
export interface CommandLine {
  readonly root: Command;
  exitCode: ExitCode;
}

export interface CommandText {
  /** As commander reads it, such as `trust <DIR> <CARD>`; DIR always comes first. */
  readonly usage: string;
  /** The command that it is a part of, such as `audit` of `audit verify`. */
  readonly group?: { readonly name: string; readonly description: string };
  readonly description: string;
  readonly examples: readonly string[];
  readonly options?: readonly Option[];
}

export function createCommandLine({ name, description, examples }: ProgramText): CommandLine {
  const root = new Command(name)
    .description(description)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError(`Run \`${name} --help\`, or --help behind a command, for its examples.`)
    .exitOverride();
  return { root: withExamples(root, examples), exitCode: 0 };
}

/** Adds a command; `run` gets its arguments in order, then its options. */
export function addCommand<Arguments extends readonly unknown[]>(
  line: CommandLine,
  { usage, group, description, examples, options = [] }: CommandText,
  run: (...args: Arguments) => ExitCode | Promise<ExitCode>,
): void {
  const parent = group === undefined ? line.root : groupCommand(line.root, group);
  const command = parent.command(usage).description(description).helpOption('-h, --help', 'print this help');
  for (const option of options) command.addOption(option);
  withExamples(command, examples).action(async (...args: unknown[]) => {
    line.exitCode = await run(...(args as unknown as Arguments));
  });
}

function groupCommand(root: Command, { name, description }: { readonly name: string; readonly description: string }) {
  const known = root.commands.find((command) => command.name() === name);
  return known ?? root.command(name).description(description).helpOption('-h, --help', 'print this help');
}

/**
 * Parses and runs; returns the exit code. A DiodeError is printed as its sentence and cure, without a stack; anything
 * else is a bug and keeps its stack. With `--json`, the error is also an object on standard output.
 */
export async function runCommandLine(line: CommandLine, argv: readonly string[]): Promise<ExitCode> {
  try {
    await line.root.parseAsync([...argv], { from: 'user' });
    return line.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    printError(line.root.name(), error, argv.includes('--json'));
    return error instanceof DiodeError && error.code === 'usage' ? 2 : 1;
  }
}

export function printError(name: string, error: unknown, asJson: boolean): void {
  if (!(error instanceof DiodeError)) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`);
    return;
  }
  process.stderr.write(`${name}: ${error.message.trimEnd()}\n`);
  if (!asJson) return;
  const { code, seen, cure } = error;
  const problems = error instanceof ConfigError ? { problems: error.problems } : {};
  process.stdout.write(`${JSON.stringify({ error: { code, seen, cure, ...problems } })}\n`);
}

function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`);
}

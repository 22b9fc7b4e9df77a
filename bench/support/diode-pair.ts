/**
 * A sender and a receiver as an operator sets them up: the real programs, each a process of its own, made with `init`,
 * `trust` and an edited config.yaml. The demo, the rig test and the benchmarks share it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseDocument } from 'yaml';
import { type Engine, engineOf, enginePrefix, engineSettings } from './engine.ts';
import { projectRoot } from './project-root.ts';

const run = promisify(execFile);
const PROGRAMS = {
  sender: `${projectRoot}dist/sender/main.js`,
  receiver: `${projectRoot}dist/receiver/main.js`,
} as const;

export type Side = keyof typeof PROGRAMS;

/** A setting of config.yaml by its path. */
export type Setting = readonly [path: readonly (string | number)[], value: unknown];

export interface DiodePair {
  readonly senderDirectory: string;
  readonly receiverDirectory: string;
}

/** Answers of `--json` may be long: 100,000 tokens of 400 bytes. */
const MAX_OUTPUT_BYTES = 64 << 20;

/** Words before each command, such as `ip netns exec NAME`; none by default. */
export type CommandPrefix = readonly string[];

/** People of a trial come and go within minutes: the guard would hold their deletes for approval. */
const OPEN_GUARD: Setting = [['guard', 'maxLossPercent'], 100];

/** Where each side finds a serial line. */
export interface SerialPlaces {
  readonly sender: string;
  readonly receiver: string;
  readonly baud: number;
}

/** `init` on both sides and `trust`, then the settings. `target` is where the sender sends to. */
export async function setUpPair(options: {
  readonly directory: string;
  readonly boundary: string;
  readonly stream: string;
  readonly target: string | SerialPlaces | 'media';
  readonly senderSettings: readonly Setting[];
  readonly receiverSettings: readonly Setting[];
}): Promise<DiodePair> {
  const senderDirectory = join(options.directory, 'sender');
  const receiverDirectory = join(options.directory, 'receiver');
  const { stream, target } = options;
  const serial = (device: string, baud: number) => ['--link', 'serial', '--device', device, '--baud', String(baud)];
  const isSerial = typeof target === 'object';
  const media = ['--link', 'media'];
  const receiverLink = isSerial ? serial(target.receiver, target.baud) : target === 'media' ? media : [];
  const senderLink = isSerial ? serial(target.sender, target.baud) : target === 'media' ? media : ['--to', target];
  await diode('receiver', ['init', receiverDirectory, '--boundary', options.boundary, ...receiverLink]);
  const receiverCard = join(receiverDirectory, 'receiver-card.json');
  await diode('sender', ['init', senderDirectory, '--stream', stream, '--receiver-card', receiverCard, ...senderLink]);
  await diode('receiver', ['trust', receiverDirectory, join(senderDirectory, 'sender-card.json'), '--yes']);
  const engine = engineSettings(engineOf());
  const isUdp = typeof target === 'string' && target !== 'media';
  changeConfig(senderDirectory, [...(isUdp ? engine.sender : []), ...options.senderSettings]);
  changeConfig(receiverDirectory, [OPEN_GUARD, ...(isUdp ? engine.receiver : []), ...options.receiverSettings]);
  return { senderDirectory, receiverDirectory };
}

/** Runs one command of a program to its end; rejects with what it printed. */
export async function diode(side: Side, args: readonly string[], prefix: CommandPrefix = []): Promise<string> {
  const [file, ...rest] = [...prefix, process.execPath, PROGRAMS[side], ...args] as [string, ...string[]];
  const { stdout } = await run(file, rest, { maxBuffer: MAX_OUTPUT_BYTES });
  return stdout;
}

/** Changes settings and keeps the comments, as an editor would. */
export function changeConfig(directory: string, settings: readonly Setting[]): void {
  const path = join(directory, 'config.yaml');
  const document = parseDocument(readFileSync(path, 'utf8'));
  for (const [place, value] of settings) document.setIn(place, value);
  writeFileSync(path, document.toString());
}

/** Programs that nobody stopped end with this process. */
const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** A running program; its log goes to a file. */
export interface RunningProgram {
  readonly process: ChildProcess;
  readonly logPath: string;
  /** SIGTERM, then its exit code; SIGKILL where it has not ended after 20 s. */
  stop(): Promise<number | null>;
  /** SIGKILL, as a power cut would: nothing is flushed. */
  kill(): Promise<void>;
}

export function startProgram(options: {
  readonly side: Side;
  readonly directory: string;
  readonly logPath: string;
  readonly prefix?: CommandPrefix;
  /** Options of Node itself, such as --cpu-prof. */
  readonly nodeOptions?: readonly string[];
  /** Of its engine what is no setting; without it what the environment says. */
  readonly engine?: Engine;
}): RunningProgram {
  const log = openSync(options.logPath, 'a');
  const node = [process.execPath, ...(options.nodeOptions ?? [])];
  const engine = enginePrefix(options.engine ?? engineOf());
  const args = [...(options.prefix ?? []), ...engine, ...node, PROGRAMS[options.side], 'run', options.directory];
  const [file, ...rest] = args as [string, ...string[]];
  const child = spawn(file, rest, { stdio: ['ignore', log, log] });
  closeSync(log);
  living.add(child);
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      living.delete(child);
      resolve(code);
    });
  });
  return {
    process: child,
    logPath: options.logPath,
    async stop() {
      child.kill('SIGTERM');
      const watchdog = setTimeout(() => child.kill('SIGKILL'), 20_000);
      const code = await ended;
      clearTimeout(watchdog);
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The JSON of a running program's /status, or undefined while it does not answer, or starts. */
export async function readStatus<Status>(opsPort: number): Promise<Status | undefined> {
  const text = await readOps(opsPort, 'status');
  return text === undefined ? undefined : (JSON.parse(text) as Status);
}

/** The value of one metric without labels, or undefined. */
export async function readMetric(opsPort: number, name: string): Promise<number | undefined> {
  const text = await readOps(opsPort, 'metrics');
  const line = text?.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
}

async function readOps(opsPort: number, page: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${opsPort}/${page}`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}

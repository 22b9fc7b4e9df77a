/**
 * A part of a benchmark in a process of its own, perhaps inside a network namespace. The script calls `answerRequests`;
 * whoever started it asks, one request at a time.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CommandPrefix } from './diode-pair.ts';

/** Requests by name; each takes and answers what JSON can carry. */
export type Handlers = Readonly<Record<string, (input: never) => Promise<unknown>>>;

interface Answer {
  readonly value?: unknown;
  readonly error?: string;
}

export interface HelperProcess<H extends Handlers> {
  /** Rejects with the handler's error text, or where the process has ended. */
  ask<N extends keyof H & string>(name: N, input: Parameters<H[N]>[0]): Promise<Awaited<ReturnType<H[N]>>>;
  stop(): Promise<void>;
}

/** `script` is the helper's own file. It ends with this process. */
export function startHelper<H extends Handlers>(script: URL, prefix: CommandPrefix = []): HelperProcess<H> {
  const command = [...prefix, process.execPath, fileURLToPath(script)];
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    ask: (name, input) => ask(child, name, input) as never,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function ask(child: ChildProcess, name: string, input: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error(`the helper process ended during ${name}`));
    child.once('exit', onExit);
    child.once('message', ({ value, error }: Answer) => {
      child.off('exit', onExit);
      if (error === undefined) resolve(value);
      else reject(new Error(`${name}: ${error}`));
    });
    child.send({ name, input });
  });
}

/** Ends with the process that started it. */
export function answerRequests(handlers: Handlers): void {
  process.on('message', async ({ name, input }: { name: string; input: never }) => {
    const answer = await answerOne(handlers, name, input);
    process.send?.(answer);
  });
  process.on('disconnect', () => process.exit(0));
}

async function answerOne(handlers: Handlers, name: string, input: never): Promise<Answer> {
  try {
    const handler = handlers[name];
    if (handler === undefined) throw new Error('no such request');
    return { value: await handler(input) };
  } catch (error) {
    return { error: (error as Error).stack ?? String(error) };
  }
}

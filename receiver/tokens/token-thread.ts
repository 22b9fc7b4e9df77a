/** A thread that judges tokens, as the one that started it sees it. */
import { Worker } from 'node:worker_threads';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type { TokenTrust } from './token-policy.ts';

/** Judged in the order of their posts: a batch by the trust that was posted last before it. */
export type ThreadRequest =
  | { readonly trust: TokenTrust }
  | { readonly batch: number; readonly tokens: readonly string[]; readonly nowMs: number };

export interface ThreadAnswer {
  readonly batch: number;
  readonly verdicts: readonly TokenVerdict[];
  /** That the thread was at it. */
  readonly busyMs: number;
}

export interface TokenThread {
  post(request: ThreadRequest): void;
  stop(): Promise<unknown>;
}

export interface ThreadEvents {
  onAnswer(answer: ThreadAnswer): void;
  /** Once, for whatever reason, `stop` included; no answer comes any more. */
  onEnd(reason: string): void;
}

export type StartThread = (events: ThreadEvents) => TokenThread;

/** Node runs no TypeScript in a thread: from the sources, as in tests, it is the built one. */
const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/receiver/tokens/token-thread-program.js' : './token-thread-program.js',
  import.meta.url,
);

/** Two batches are 4 MB of text. With V8's own nursery a thread took 24 to 30 MB, so it takes 16. */
const MEMORY = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 } as const;

export const startTokenThread: StartThread = ({ onAnswer, onEnd }) => {
  const worker = new Worker(PROGRAM, { resourceLimits: MEMORY });
  let reason: string | undefined;
  worker.on('message', onAnswer);
  worker.on('error', (error) => {
    reason = error.message;
  });
  worker.on('exit', (code) => onEnd(reason ?? `it ended with code ${code}`));
  return { post: (request) => worker.postMessage(request), stop: () => worker.terminate() };
};

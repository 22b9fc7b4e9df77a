/**
 * Calls of native code on the threads of libuv's pool. Nobody can end one from outside, and `process.exit` waits for every
 * such thread: while one hangs, only SIGKILL ends the process (src/cli/process-end.ts).
 */
let underWay = 0;

/** Its promise settles when the thread is free. */
export async function onThread<T>(call: () => Promise<T>): Promise<T> {
  underWay++;
  try {
    return await call();
  } finally {
    underWay--;
  }
}

/** `process.exit` may wait for ever. */
export function isThreadHeld(): boolean {
  return underWay > 0;
}

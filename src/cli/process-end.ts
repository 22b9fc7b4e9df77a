/**
 * What a command prints, and how its process ends: `process.exit` drops what a pipe has not taken yet, and without it native
 * handles that are still open keep a program alive that is done.
 */
import type { ExitCode } from './program.ts';

/** Ends the process with what `run` answers, once all that was printed has left. A reader that went away is no failure. */
export async function endProcess(run: () => Promise<ExitCode>): Promise<never> {
  const streams = [process.stdout, process.stderr];
  for (const stream of streams) stream.on('error', passOverClosedPipe);
  const code = await run();
  await Promise.all(streams.map(flushed));
  process.exit(code);
}

/** Prints at the reader's speed, so that long answers take no memory. False once nobody reads any more. */
export async function print(text: string): Promise<boolean> {
  const { stdout } = process;
  if (!stdout.write(text)) await flushed(stdout);
  return stdout.writable;
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}

/** As of `diode-receiver audit search DIR | head`. */
function passOverClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

import { appendFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const CHUNK_LINES = 250;
/** The mock cluster keeps about 5 MB a partition: what has not been read by then is gone, so the feed waits for the consumer. */
const MAX_AHEAD_RECORDS = 12_000;
const MAX_WAIT_MS = 20_000;

/** Appends the lines to the source file as an identity provider would, in chunks that do not end at line ends. */
export async function feedLines(options: {
  readonly path: string;
  readonly lines: readonly string[];
  readonly arrived: () => number;
}): Promise<void> {
  let rest = '';
  for (let at = 0; at < options.lines.length; at += CHUNK_LINES) {
    // Each change happens when it is written, so that freshness is that of the pipeline and not of the generator.
    const stamp = `"at":"${new Date().toISOString()}"`;
    const lines = options.lines.slice(at, at + CHUNK_LINES).map((line) => line.replace(/"at":"[^"]*"/, stamp));
    const text = `${rest}${lines.join('\n')}\n`;
    const cut = text.length - 40;
    await appendFile(options.path, text.slice(0, cut));
    rest = text.slice(cut);
    const startedMs = performance.now();
    // A line makes at least one record, so what is fed beyond what has arrived is at least this.
    while (at - options.arrived() > MAX_AHEAD_RECORDS && performance.now() - startedMs < MAX_WAIT_MS) await delay(50);
    await delay(20);
  }
  await appendFile(options.path, rest);
}

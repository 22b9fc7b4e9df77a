/** A process of its own: V8's settings are the whole process's. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SOURCES = join(import.meta.dirname, '../../../src');
/** 20,000 arrays of 1 KB live, each replaced in its turn: none is young when it dies. */
const SCRIPT = `
  import { setImmediate as turn } from 'node:timers/promises';
  import { directoryLayout } from ${JSON.stringify(`${SOURCES}/config/directory-layout.ts`)};
  import { runProcess } from ${JSON.stringify(`${SOURCES}/cli/run-process.ts`)};
  const live = new Array(20_000);
  async function peakBytes() {
    let peak = 0;
    for (let made = 0; made < 150_000; made++) {
      live[made % live.length] = new Array(128).fill(made);
      if (made % 1_000 !== 999) continue;
      peak = Math.max(peak, process.memoryUsage().heapTotal);
      await turn();
    }
    return peak;
  }
  const program = 'diode-receiver';
  const before = await peakBytes();
  const refused = await runProcess({ program, layout: directoryLayout(program, '/nowhere') }).catch(({ code }) => code);
  console.log(JSON.stringify({ before, refused, after: await peakBytes() }));`;

it('is bounded by every run, before it does anything else', async () => {
  // As on a machine with much memory, where V8 lets most of it stand.
  const args = ['--max-old-space-size=4096', '--import', 'tsx', '--input-type=module', '--eval', SCRIPT];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { before, refused, after } = JSON.parse(stdout) as Record<'before' | 'refused' | 'after', unknown>;
  expect(refused).toBe('directory-missing');
  expect(after).toBeLessThan(0.8 * (before as number));
});

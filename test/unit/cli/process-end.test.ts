/** A process of its own, whose output a pipe takes more slowly than it comes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

const LINES = 40_000;
const MODULE = JSON.stringify(join(import.meta.dirname, '../../../src/cli/process-end.ts'));

function start(body: string): ChildProcess {
  const script = `import { endProcess, print } from ${MODULE};
    const line = (index) => \`\${index} \${'x'.repeat(80)}\\n\`;
    await endProcess(async () => { ${body} return 3; });`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The number of lines, read with a pause at each piece; the exit code; what stands on standard error. */
async function readSlowly(child: ChildProcess, untilBytes = Number.POSITIVE_INFINITY) {
  let text = '';
  let error = '';
  child.stderr?.on('data', (piece: Buffer) => {
    error += piece;
  });
  const closed = once(child, 'close');
  for await (const piece of child.stdout as AsyncIterable<Buffer>) {
    text += piece;
    if (text.length > untilBytes) break;
    await delay(1);
  }
  const [code] = (await closed) as [number | null];
  return { lines: text.split('\n').length - 1, code, error };
}

describe('a process that ends', () => {
  it.each([
    ['at once', `for (let index = 0; index < ${LINES}; index++) process.stdout.write(line(index));`],
    ["at the reader's speed", `for (let index = 0; index < ${LINES}; index++) await print(line(index));`],
  ])('has given away all that it printed, %s', async (_, body) => {
    expect(await readSlowly(start(body))).toEqual({ lines: LINES, code: 3, error: '' });
  });

  it('says nothing of a reader that went away, and prints no more', async () => {
    const body = `let index = 0; while (index < ${LINES} && (await print(line(index)))) index += 1;
      process.stderr.write(index < ${LINES} ? 'stopped' : 'printed all');`;
    expect(await readSlowly(start(body), 1)).toMatchObject({ code: 3, error: 'stopped' });
  });
});

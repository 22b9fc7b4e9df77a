/** A process of its own, whose output a pipe takes more slowly than it comes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

const LINES = 40_000;
const moduleOf = (path: string) => JSON.stringify(join(import.meta.dirname, '../../../src', path));
const MODULE = moduleOf('cli/process-end.ts');

function start(body: string, before = ''): ChildProcess {
  const script = `import { endProcess, print } from ${MODULE};
    ${before}
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

  it.each([
    ['its end', '', "process.stdout.write('all\\n');"],
    [
      'a second signal',
      `import { nextSignal } from ${moduleOf('cli/run-process.ts')};`,
      `void nextSignal(); process.stdout.write('all\\n');
        for (let count = 0; count < 2; count++) process.emit('SIGTERM');`,
    ],
  ])(
    'is not held up by a key that hangs on its thread, at %s',
    async (_, imports, body) => {
      const folder = mkdtempSync(join(tmpdir(), 'process-end-'));
      const fifo = join(folder, 'key');
      execFileSync('mkfifo', [fifo]);
      // Nobody writes there, so the thread that opens it waits for ever, as one in C_Sign does.
      const hang = `import { open } from 'node:fs/promises';
      import { onThread } from ${moduleOf('ops/thread-calls.ts')};
      void onThread(() => open(${JSON.stringify(fifo)}, 'r'));`;
      const child = start(body, `${imports} ${hang}`);
      const gaveUp = setTimeout(() => child.kill('SIGKILL'), 20_000);
      const seen = await readSlowly(child);
      clearTimeout(gaveUp);
      rmSync(folder, { recursive: true });
      expect({ ...seen, signal: child.signalCode, wasGivenUp: child.killed }).toEqual({
        lines: 1,
        code: null,
        error: '',
        signal: 'SIGKILL',
        wasGivenUp: false,
      });
    },
    30_000,
  );
});

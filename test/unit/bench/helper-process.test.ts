import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HelperProcess, startHelper } from '../../../bench/support/helper-process.ts';

const answering = new URL('../../../bench/support/helper-process.ts', import.meta.url).href;
type Echo = {
  double(input: { n: number }): Promise<{ n: number }>;
  fail(input: object): Promise<void>;
  end(input: object): Promise<void>;
};

describe('helper process', () => {
  let directory: string;
  let helper: HelperProcess<Echo>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'diode-helper-'));
    const script = join(directory, 'helper.mjs');
    writeFileSync(
      script,
      `import { answerRequests } from ${JSON.stringify(answering)};
       answerRequests({
         double: async ({ n }) => ({ n: 2 * n }),
         fail: async () => { throw new Error('the reason'); },
         end: async () => { process.exit(3); },
       });`,
    );
    const loader = import.meta.resolve('tsx');
    helper = startHelper<Echo>(pathToFileURL(script), ['env', `NODE_OPTIONS=--import=${loader}`]);
  });

  afterAll(async () => {
    await helper.stop();
    await rm(directory, { recursive: true });
  });

  it('answers requests one after the other', async () => {
    expect(await helper.ask('double', { n: 4 })).toEqual({ n: 8 });
    expect(await helper.ask('double', { n: 5 })).toEqual({ n: 10 });
  });

  it('rejects with what the handler says', async () => {
    await expect(helper.ask('fail', {})).rejects.toThrow(/fail: .*the reason/);
  });

  it('rejects, instead of waiting for ever, when the process ends', async () => {
    await expect(helper.ask('end', {})).rejects.toThrow('the helper process ended during end');
  });
});

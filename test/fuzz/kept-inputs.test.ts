/** The committed inputs of every fuzz target, as ordinary tests: whatever failed once never fails again. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { corpusFolder, failuresFolder, readInputs } from './fuzz-folders.ts';
import { FUZZ_TARGETS, MAX_INPUT_BYTES } from './target-list.ts';
import { watchedTarget } from './watched-target.ts';

/** Of one folder of the repository; a few hundred files, and below 1 MB. */
const MAX_CORPUS_FILES = 600;
const MAX_CORPUS_BYTES = 1_000_000;

describe.each(FUZZ_TARGETS)('fuzz target $name', ({ name }) => {
  it('holds on its corpus', async () => {
    const fuzz = await watchedTarget(name);
    const inputs = readInputs(corpusFolder(name));
    expect(inputs.length).toBeGreaterThan(0);
    for (const input of inputs) await expect(run(fuzz, input.bytes), input.name).resolves.toBeUndefined();
  });

  it.each(readInputs(failuresFolder(name)))('holds on $name, which failed once', async ({ bytes }) => {
    const fuzz = await watchedTarget(name);
    await fuzz(bytes);
  });
});

describe('the corpus', () => {
  const inputs = FUZZ_TARGETS.flatMap(({ name }) => readInputs(corpusFolder(name)));

  it('is small', () => {
    expect(inputs.length).toBeLessThanOrEqual(MAX_CORPUS_FILES);
    expect(inputs.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(MAX_CORPUS_BYTES);
    for (const { bytes } of inputs) expect(bytes.length).toBeLessThanOrEqual(MAX_INPUT_BYTES);
  });

  it('belongs to targets that are listed, and each target is', () => {
    const names = FUZZ_TARGETS.map(({ name }) => name).sort();
    const files = readdirSync(new URL('./targets', import.meta.url));
    expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual(names);
    expect(readdirSync(new URL('./corpus', import.meta.url)).sort()).toEqual(names);
  });
});

async function run(fuzz: (input: Buffer) => void | Promise<void>, input: Buffer): Promise<void> {
  await fuzz(input);
}

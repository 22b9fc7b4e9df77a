import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { wireVectorFiles } from './generate.ts';

describe('the wire vectors', () => {
  it.each([...wireVectorFiles()])('%s is what the generator writes', (name, text) => {
    const committed = readFileSync(new URL(`./wire/${name}`, import.meta.url), 'utf8');
    expect(committed === text, `${name} differs: run npx tsx test/vectors/generate.ts`).toBe(true);
  });

  it('hold no file that the generator does not write', () => {
    expect(readdirSync(new URL('./wire', import.meta.url)).sort()).toEqual([...wireVectorFiles().keys()].sort());
  });
});

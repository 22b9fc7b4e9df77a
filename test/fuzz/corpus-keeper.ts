/**
 * The committed corpus of a target: of all inputs that are known, shortest first, those that reach places which none before
 * them reached; of these the ones with most such places. Uses the inner step of libFuzzer's merge, whose outer step would start its own program anew.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { FuzzEngine } from './fuzz-engine.ts';
import { corpusFolder, failuresFolder, foundFolder, type KeptInput, readInputs } from './fuzz-folders.ts';
import type { FuzzTarget } from './target-list.ts';

/** Of one target: all together a few hundred files. */
const MAX_KEPT_INPUTS = 32;

/** What the engine calls an input: its SHA-1. One that a person named stays. */
const FOUND_NAME = /^[0-9a-f]{40}$/;

/** How many inputs the corpus has now. */
export async function keepCorpus(engine: FuzzEngine, target: FuzzTarget): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'identity-diode-fuzz-'));
  try {
    const inputs = knownInputs(target.name);
    const paths = inputs.map(({ name }) => join(folder, name));
    for (const [index, { bytes }] of inputs.entries()) writeFileSync(paths[index] as string, bytes);
    const control = join(folder, 'control');
    writeFileSync(control, [paths.length, 0, ...paths, ''].join('\n'));
    const { trouble } = await engine.measure(target, control);
    if (trouble !== undefined) throw new Error(`${target.name}: ${trouble}`);
    const reached = reachedPlaces(control);
    const kept = [...inputs.entries()]
      .filter(([index]) => reached.has(index))
      .sort(([a], [b]) => (reached.get(b) as number) - (reached.get(a) as number))
      .slice(0, MAX_KEPT_INPUTS)
      .map(([, input]) => input);
    const named = readInputs(corpusFolder(target.name)).filter(({ name }) => !FOUND_NAME.test(name));
    rmSync(corpusFolder(target.name), { recursive: true, force: true });
    mkdirSync(corpusFolder(target.name), { recursive: true });
    for (const { name, bytes } of [...kept, ...named]) writeFileSync(join(corpusFolder(target.name), name), bytes);
    return new Set([...kept, ...named].map(({ name }) => name)).size;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each content once, shortest first. */
function knownInputs(target: string): readonly KeptInput[] {
  const failures = new Set(readInputs(failuresFolder(target)).map(({ bytes }) => bytes.toString('latin1')));
  const inputs = new Map<string, KeptInput>();
  for (const input of [...readInputs(corpusFolder(target)), ...readInputs(foundFolder(target))]) {
    const content = input.bytes.toString('latin1');
    if (!failures.has(content)) inputs.set(content, { ...input, name: basename(input.name) });
  }
  return [...inputs.values()].sort((a, b) => a.bytes.length - b.bytes.length || (a.name < b.name ? -1 : 1));
}

/** libFuzzer's control file: a line `COV index places…` for each input, with the places that it is the first to reach. */
function reachedPlaces(controlPath: string): ReadonlyMap<number, number> {
  const reached = new Map<number, number>();
  for (const line of readFileSync(controlPath, 'utf8').split('\n')) {
    const [word, index, ...places] = line.split(' ').filter((part) => part !== '');
    if (word === 'COV' && places.length > 0) reached.set(Number(index), places.length);
  }
  return reached;
}

/**
 * Every seed that ever failed, with what it showed. A change of a scenario gives seeds another meaning: then what they showed
 * must be shown by a mutant (test/mutants), or by another seed. So it is with the first two: a hello larger than the token
 * bucket, and a frame that a hello told of and nobody waited for, are mutants now.
 */
export const KEPT_SEEDS: readonly (readonly [seed: number, shown: string])[] = [];

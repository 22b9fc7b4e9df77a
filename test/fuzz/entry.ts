/** What the engine loads: the target that FUZZ_TARGET names. */
import { watchedTarget } from './watched-target.ts';

export const fuzz = await watchedTarget(process.env.FUZZ_TARGET ?? '');

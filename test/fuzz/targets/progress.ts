import assert from 'node:assert/strict';
import { decodeProgress, encodeProgress } from '../../../receiver/publish/progress.ts';

export function fuzz(input: Buffer): void {
  const progress = decodeProgress(input);
  if (progress === undefined) return;
  assert.deepEqual(decodeProgress(encodeProgress(progress)), progress);
}

/** What the guard counts a key as. */
import { isIdentityKey } from '../../src/identity/snapshot-part.ts';
import type { CountedKind } from './guard-window.ts';

/** Undefined: tokens and key sets have no part in it. */
export function kindOf(key: string): CountedKind | undefined {
  if (key.startsWith('Member|')) return 'memberships';
  return isIdentityKey(key) ? 'subjects' : undefined;
}

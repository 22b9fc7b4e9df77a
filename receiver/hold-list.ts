/** Holds as approvers are shown them, a line each: what their digest is computed from. Pure. */

import type { Hold } from './held-table.ts';
import { rfc3339 } from './kafka-records.ts';

/** Lines of one list: 256 × 120 bytes lie below what an approval request may have. */
export const MAX_LISTED_HOLDS = 256;

export function holdList(holds: readonly Hold[]): string {
  return holds.map((hold) => `${holdLine(hold)}\n`).join('');
}

export function holdLine({ name, records, digest, heldAtMs }: Hold): string {
  return `hold ${name}: ${records} ${records === 1 ? 'record' : 'records'}, held ${rfc3339(heldAtMs)}, sha256 ${digest}`;
}

/** The lines by the names of their holds; undefined for a text that is no list. */
export function readHoldList(text: string): ReadonlyMap<string, string> | undefined {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length === 0 || lines.length > MAX_LISTED_HOLDS) return undefined;
  const named = new Map<string, string>();
  for (const line of lines) {
    const name = /^hold ((?:deletes|grants)-\d{1,16}\.\d{1,16}): /.exec(line)?.[1];
    if (name === undefined || named.has(name)) return undefined;
    named.set(name, line);
  }
  return named;
}

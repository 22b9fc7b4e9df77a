/** "Did you mean": the known name nearest to an unknown one. */

const MAX_EDITS = 2;

/** A sentence to append to a refusal, or the empty string where nothing is near. */
export function attributeHint(name: string, known: Iterable<string>): string {
  if (name.length > 64) return '';
  let best: string | undefined;
  let bestEdits = MAX_EDITS + 1;
  for (const candidate of known) {
    const edits = name.toLowerCase() === candidate.toLowerCase() ? 0 : editDistance(name, candidate);
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best === undefined ? '' : ` Did you mean ${best}?`;
}

/** Levenshtein's distance, by rows. */
function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > MAX_EDITS) return MAX_EDITS + 1;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substitution = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}

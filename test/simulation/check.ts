/** The first contradiction ends the run. */
export class Contradiction extends Error {}

export function check(condition: boolean, contradiction: string): void {
  if (!condition) contradict(contradiction);
}

export function contradict(contradiction: string): never {
  throw new Contradiction(contradiction);
}

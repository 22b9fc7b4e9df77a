/** What is wrong with a code that somebody typed, in words: of cards and of gap tickets. */
import type { PaperCodeProblem } from '../wire/paper-code.ts';

/** As the end of "… is no card code: ". */
export function describeProblem({ reason, group, character }: PaperCodeProblem): string {
  if (reason === 'character') return `group ${group} has ${JSON.stringify(character)}, which no code contains`;
  if (reason === 'kind') return `its first character ${character} is no kind of code`;
  if (reason === 'length') return 'it has too few or too many characters';
  const where = group === undefined ? '' : ` in group ${group}`;
  return `its checksum does not hold, so there is a typing error${where}`;
}

export function retypeCure({ group }: PaperCodeProblem): string {
  return group === undefined
    ? 'Compare it with the original and type it again.'
    : `Compare group ${group} with the original.`;
}

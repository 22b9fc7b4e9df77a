/** Which of some rates is the highest that is carried, with few tries. Pure but for `isCarried`. */

/**
 * Undefined where none is. `rates` rise, and where one is carried those below count as carried. From `near`, the answer of an earlier
 * search, it goes step by step, else it halves what is left.
 */
export async function highestRate(
  rates: readonly number[],
  isCarried: (rate: number) => Promise<boolean>,
  near?: number,
): Promise<number | undefined> {
  let [carried, missed] = [-1, rates.length];
  const middle = () => (carried + missed) >> 1;
  let at = near === undefined ? middle() : rates.indexOf(near);
  while (missed - carried > 1) {
    const isOne = await isCarried(rates[at] as number);
    if (isOne) carried = at;
    else missed = at;
    at = near === undefined ? middle() : at + (isOne ? 1 : -1);
  }
  return rates[carried];
}

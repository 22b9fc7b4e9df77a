import { describe, expect, it } from 'vitest';
import { linkFigures } from '../../../bench/benchmarks/link/link-figures.ts';

/** Gb/s: 4 by the clock, 5 by the busier side; 10 is the sum with openssl speed, 6.25 that of our own parts. */
const RUN = {
  rate: 0.5e9,
  senderSecondsPerByte: 1 / 1e9,
  receiverSecondsPerByte: 1 / 0.625e9,
  limit: { openssl: 1.25e9, own: 0.78125e9 },
};

describe('the figures of a link', () => {
  it('have the sum with openssl speed as the limit of the target, and that of our own parts beside it without one', () => {
    const figures = linkFigures('whole', [RUN], true);
    expect(figures.map(({ name, ratio, met }) => [name, ratio, met])).toEqual([
      ['link.whole.rate', 0.4, false],
      ['link.whole.rate.beside-own-parts', 0.64, undefined],
      ['link.whole.reach', 0.5, undefined],
      ['link.whole.reach.beside-own-parts', 0.8, undefined],
      ['link.whole.sender-reach', undefined, undefined],
      ['link.whole.receiver-reach', undefined, undefined],
    ]);
    expect(figures.filter(({ target }) => target !== undefined)).toHaveLength(1);
  });

  it('have none in a quick run', () => {
    expect(linkFigures('whole', [RUN], false).every(({ target }) => target === undefined)).toBe(true);
  });
});

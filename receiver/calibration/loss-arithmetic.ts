/**
 * What measured losses say of losses to come: how sure a share is, and how often a block lacks more than its repair. Pure.
 *
 * Losses follow one another more often than chance would have it, so they are taken for Gilbert's channel: of two states, in
 * one of which everything is lost (E. N. Gilbert, "Capacity of a Burst-Noise Channel", Bell System Technical Journal 39,
 * 1960). Its two chances are estimated from the runs of losses (M. Yajnik, S. Moon, J. Kurose, D. Towsley, "Measurement and
 * Modelling of the Temporal Dependence in Packet Loss", INFOCOM 1999, section V): a loss begins behind a datagram that came
 * with chance p = runs / received, and ends behind a lost one with q = runs / lost. Where p + q = 1 losses are independent,
 * and all below is the binomial.
 */

export interface MeasuredLoss {
  readonly sent: number;
  readonly lost: number;
  readonly runs: number;
}

/** Shares, 0 to 1. */
export interface LossBounds {
  readonly low: number;
  readonly share: number;
  readonly high: number;
}

/** Of the chances: 95% between the two bounds. */
const Z = 1.96;

/**
 * Wilson's interval (E. B. Wilson, JASA 22, 1927). Of losses in runs each says less: a mean of n correlated draws varies as
 * that of n · (1 − ρ) / (1 + ρ) independent ones, with ρ = 1 − p − q.
 */
export function lossBounds(measured: MeasuredLoss): LossBounds {
  const { sent, lost } = measured;
  if (sent === 0) return { low: 0, share: 0, high: 1 };
  const share = lost / sent;
  const correlation = Math.min(Math.max(1 - startChance(measured) - endChance(measured), 0), 0.999);
  const n = (sent * (1 - correlation)) / (1 + correlation);
  const middle = share + Z ** 2 / (2 * n);
  const reach = Z * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  const scale = 1 + Z ** 2 / n;
  return { low: Math.max(0, (middle - reach) / scale), share, high: Math.min(1, (middle + reach) / scale) };
}

/** Gilbert's channel that loses `share` of all, in runs whose mean is that of `measured`. */
export interface LossModel {
  readonly start: number;
  readonly end: number;
}

export function lossModel(measured: MeasuredLoss, share: number): LossModel {
  if (share >= 1) return { start: 1, end: 0 };
  // Never rarer behind a loss than elsewhere: that would be luck.
  const end = Math.min(endChance(measured), 1 - share);
  return { start: Math.min(1, (share * end) / (1 - share)), end };
}

/** How likely more than `repair` of `symbols` in a row are lost. */
export function failureChance({ start, end }: LossModel, symbols: number, repair: number): number {
  const share = start === 0 ? 0 : start / (start + end);
  // By how many were lost so far: the chance of that, with the last one come or lost.
  let came = new Float64Array(repair + 2);
  let gone = new Float64Array(repair + 2);
  came[0] = 1 - share;
  gone[1] = share;
  const over = repair + 1;
  for (let at = 1; at < symbols; at++) {
    const [nextCame, nextGone] = [new Float64Array(repair + 2), new Float64Array(repair + 2)];
    for (let lost = 0; lost <= over; lost++) {
      const [c, g] = [came[lost] as number, gone[lost] as number];
      nextCame[lost] = (nextCame[lost] as number) + c * (1 - start) + g * end;
      const more = Math.min(lost + 1, over);
      nextGone[more] = (nextGone[more] as number) + c * start + g * (1 - end);
    }
    [came, gone] = [nextCame, nextGone];
  }
  return (came[over] as number) + (gone[over] as number);
}

function startChance({ sent, lost, runs }: MeasuredLoss): number {
  return sent === lost ? 1 : Math.min(1, runs / (sent - lost));
}

/** Without a loss nothing is known: as if they were single. */
function endChance({ lost, runs }: MeasuredLoss): number {
  return lost === 0 ? 1 : runs / lost;
}

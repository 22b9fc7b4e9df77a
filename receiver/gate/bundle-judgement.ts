/** What the heads of a bundle's manifest mean for a stream. Pure. */
import type { Gate } from './gate.ts';
import type { AnnouncedHeads, HeadJudgement } from './head-judgement.ts';

/**
 * `ready`: frames may come. `old`: of an epoch that ended; nothing changes. `halted`: the stream is, by this bundle or
 * before. `epoch-jump`: an epoch number that nothing may lead to.
 */
export type BundleOutcome = 'ready' | 'old' | 'halted' | 'epoch-jump';

/** Changes nothing. A stick may have lain in a drawer, so a head below what is known says nothing about its sender. */
export function judgeBundle(gate: Gate, heads: AnnouncedHeads): HeadJudgement | 'old' | 'halted' {
  const { epoch } = gate.state;
  if (heads.head.epoch < epoch) return 'old';
  const judgement = gate.judgeHello(heads, false);
  return judgement === 'follow' && gate.isHalted ? 'halted' : judgement;
}

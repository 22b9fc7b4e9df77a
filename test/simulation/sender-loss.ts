/** What a seed does to the sender as a whole: its disk is set back, lost, or copied to a second machine. */
import type { Random } from './random.ts';

export interface SenderLoss {
  /** `cloned`: an image of the disk is started beside the sender, which goes on. */
  readonly kind: 'restored' | 'lost' | 'cloned';
  readonly imageAtMs: number;
  readonly atMs: number;
  /** The machine stands still for so long. */
  readonly downMs: number;
  /** Its operator types `new-epoch` before the first start, as is right; else the receiver has to notice. */
  readonly isNoticed: boolean;
  /** Of two clones the copy stays. */
  readonly copyStays: boolean;
  /** Reading an alarm, telephoning and typing takes so long. */
  readonly operatorMs: number;
}

const CHANCE = 0.15;
/** Longer than any datagram of the run before is on its way. */
const MIN_DOWN_MS = 2_000;

export function senderLoss(random: Random, withinMs: number): SenderLoss | undefined {
  const isStruck = random.chance(CHANCE);
  const atMs = random.integer(0, withinMs);
  const loss: SenderLoss = {
    kind: random.pick(['restored', 'restored', 'lost', 'cloned']),
    imageAtMs: random.integer(0, atMs),
    atMs,
    downMs: random.integer(MIN_DOWN_MS, 15_000),
    isNoticed: random.chance(0.4),
    copyStays: random.chance(0.5),
    operatorMs: random.integer(1_000, 20_000),
  };
  return isStruck ? loss : undefined;
}

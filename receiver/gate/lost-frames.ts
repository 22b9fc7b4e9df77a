/**
 * gaps ─► **lost frames**
 *
 * Frames whose place was closed although they never came: the oldest gap where more than `maxOpenGaps` are open, and with an
 * epoch that ends all that is missing of it. No ticket asks for them any more; what they said is missing until a snapshot
 * cycle as of `through` or later is whole. Two numbers and no list, which would need a bound and lose again beyond it. Pure.
 */

export interface LostFrames {
  /** The highest of them; 0 where all are of epochs that ended. */
  readonly through: number;
  /** None is counted out before all are made good. */
  readonly frames: number;
}

interface Run {
  readonly from: number;
  readonly to: number;
}

/** With gaps that were closed. */
export function withLost(known: LostFrames | undefined, closed: readonly Run[]): LostFrames | undefined {
  return closed.reduce<LostFrames | undefined>(
    (sum, { from, to }) => ({
      through: Math.max(sum?.through ?? 0, to),
      frames: (sum?.frames ?? 0) + to - from + 1,
    }),
    known,
  );
}

/** In the next epoch: any whole cycle of it says all that the former ones said. */
export function afterEpoch(known: LostFrames | undefined): LostFrames | undefined {
  return known && { ...known, through: 0 };
}

/** Once a cycle of this epoch is whole whose state is as of `through`. */
export function afterCycle(known: LostFrames | undefined, through: number): LostFrames | undefined {
  return known !== undefined && known.through <= through ? undefined : known;
}

/** Of two that count mostly the same frames. */
export function joinLost(a: LostFrames | undefined, b: LostFrames | undefined): LostFrames | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { through: Math.max(a.through, b.through), frames: Math.max(a.frames, b.frames) };
}

export function isSameLost(a: LostFrames | undefined, b: LostFrames | undefined): boolean {
  return a?.through === b?.through && a?.frames === b?.frames;
}

/** Those in a progress value; undefined where there are none, `invalid` where they are not of their form. */
export function readLost(value: unknown, sequence: number): LostFrames | undefined | 'invalid' {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return 'invalid';
  const { through, frames } = value as Record<string, unknown>;
  const isInside = Number.isSafeInteger(through) && (through as number) >= 0 && (through as number) <= sequence;
  if (!isInside || Object.is(through, -0)) return 'invalid';
  if (!Number.isSafeInteger(frames) || (frames as number) < 1) return 'invalid';
  return { through: through as number, frames: frames as number };
}

/**
 * The demo's other link: a person with three sticks. Whatever the sender has not exported goes onto them, one is lost on the
 * way, and the receiver gets the other two.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DiodePair, diode } from '../support/diode-pair.ts';

export interface CourierCounts {
  readonly bundles: number;
  readonly frames: number;
  readonly lostSticks: number;
}

export interface Courier {
  readonly counts: CourierCounts;
  /** After the bundle under way; rejects with the first command that failed. */
  stop(): Promise<void>;
}

interface Exported {
  readonly bundle: number | null;
  readonly frames: number;
  readonly code: string;
}

const STICKS = ['stick-1', 'stick-2', 'stick-3'] as const;
const PAUSE_MS = 500;

/** Goes to and fro until it is stopped; `onBundle` hears of each in a sentence. */
export function startCourier(pair: DiodePair, directory: string, onBundle: (text: string) => void): Courier {
  const counts = { bundles: 0, frames: 0, lostSticks: 0 };
  let isStopped = false;
  const walk = async () => {
    while (!isStopped) {
      const sticks = STICKS.map((name) => join(directory, 'media', name));
      for (const stick of sticks) mkdirSync(stick, { recursive: true });
      const made = await command<Exported>('sender', ['export', pair.senderDirectory, ...sticks]);
      if (made.bundle === null) {
        await delay(PAUSE_MS);
        continue;
      }
      const lost = counts.bundles % sticks.length;
      rmSync(sticks[lost] as string, { recursive: true });
      const { result } = await command<{ result: string }>('receiver', [
        'import',
        pair.receiverDirectory,
        ...sticks.filter((_, index) => index !== lost),
      ]);
      for (const stick of sticks) rmSync(stick, { recursive: true, force: true });
      counts.bundles++;
      counts.frames += made.frames;
      counts.lostSticks++;
      onBundle(
        `bundle ${made.bundle}: ${made.frames} frames on three sticks, ${STICKS[lost]} lost, ${result}; ${made.code}`,
      );
    }
  };
  const walking = walk();
  // Told at `stop`.
  walking.catch(() => {});
  return {
    counts,
    stop: () => {
      isStopped = true;
      return walking;
    },
  };
}

async function command<Answer>(side: 'sender' | 'receiver', args: readonly string[]): Promise<Answer> {
  return JSON.parse(await diode(side, [...args, '--json'])) as Answer;
}

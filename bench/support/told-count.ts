/** How many datagrams the receiving process has, which it tells the sending one through their progress file. */
import { setTimeout as delay } from 'node:timers/promises';
import { ProgressFile } from './progress-file.ts';

const LOOK_MS = 5;
/** A second without any: no more comes. */
const MAX_SILENT_LOOKS = 200;

export interface ToldCountOptions {
  readonly progressPath: string;
  /** The sender is told every so many datagrams. */
  readonly step: number;
}

export class ToldCount {
  #count = 0;
  #told = 0;
  readonly #step: number;
  readonly #progress: ProgressFile;

  constructor({ progressPath, step }: ToldCountOptions) {
    this.#progress = new ProgressFile(progressPath, 'w+');
    this.#step = step;
  }

  get count(): number {
    return this.#count;
  }

  add(count: number): void {
    this.#count += count;
    if (this.#count - this.#told < this.#step) return;
    this.#told = this.#count;
    this.#progress.write(this.#count);
  }

  /** Resolves once so many have come, or nothing has come for a while. */
  async settle(sent: number): Promise<void> {
    let seen = this.#count;
    for (let silent = 0; this.#count < sent && silent < MAX_SILENT_LOOKS; silent++) {
      await delay(LOOK_MS);
      if (this.#count !== seen) silent = 0;
      seen = this.#count;
    }
  }

  close(): void {
    this.#progress.close();
  }
}

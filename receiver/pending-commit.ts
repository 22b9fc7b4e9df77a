/** What one turn of the event loop decided, until it is written: all of it in one transaction. */
import type { GateState } from './gate.ts';
import type { FrameSample } from './intake-observer.ts';
import type { IntakeBatch, IntakeStore } from './intake-store.ts';
import type { SpoolEntry } from './spool.ts';

export class PendingCommit {
  #frames: SpoolEntry[] = [];
  #bytes = 0;
  #isGateChanged = false;
  #hello: IntakeBatch['hello'];

  addFrame(entry: SpoolEntry): void {
    this.#frames.push(entry);
    this.#bytes += entry.frame.bytes.length;
  }

  /** The gate's state, as of the commit, is to be written. */
  markGate(): void {
    this.#isGateChanged = true;
  }

  /** In place of an earlier one. */
  setHello(hello: NonNullable<IntakeBatch['hello']>): void {
    this.#hello = hello;
  }

  /** Writes all of it; what `store` throws passes through, and then all of it stays. Returns what the spool got. */
  commit(store: IntakeStore, wallMs: number, gate: GateState): FrameSample {
    const frames = this.#frames;
    store.commit({
      wallMs,
      frames,
      ...(this.#isGateChanged && { gate }),
      ...(this.#hello && { hello: this.#hello }),
    });
    const records = frames.reduce((sum, { frame }) => sum + frame.header.recordCount, 0);
    const sample = { frames: frames.length, records, bytes: this.#bytes };
    this.#frames = [];
    this.#bytes = 0;
    this.#isGateChanged = false;
    this.#hello = undefined;
    return sample;
  }

  get isEmpty(): boolean {
    return !this.#isGateChanged && this.#hello === undefined && this.#frames.length === 0;
  }

  /** Of frames. */
  get bytes(): number {
    return this.#bytes;
  }
}

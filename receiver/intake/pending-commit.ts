/** What one turn of the event loop decided, until it is written: all of it in one transaction. */

import type { GateState } from '../gate/gate.ts';
import type { SpoolEntry } from '../gate/spool.ts';
import type { EarlyFrame } from './early-frames.ts';
import type { FrameSample } from './intake-observer.ts';
import type { IntakeBatch, IntakeStore } from './intake-store.ts';

export class PendingCommit {
  #frames: SpoolEntry[] = [];
  #earlyFrames: EarlyFrame[] = [];
  #bytes = 0;
  #isGateChanged = false;
  #hello: IntakeBatch['hello'];
  #joined: IntakeBatch['joined'];
  #floor: IntakeBatch['floor'];

  addFrame(entry: SpoolEntry): void {
    this.#frames.push(entry);
    this.#bytes += entry.frame.bytes.length;
    // What came in one turn of the event loop, in another order than it was sent, had its turn by now.
    this.#earlyFrames = this.#earlyFrames.filter(({ frame }) => frame !== entry.frame);
  }

  /** A frame that waits, whose revocations do not. Its bytes count where it waits. */
  addEarly(early: EarlyFrame): void {
    this.#earlyFrames.push(early);
  }

  /** Nothing of an epoch is to be written; returns how many frames of it go. */
  discard(epoch: number): number {
    const kept = this.#frames.filter(({ frame }) => frame.header.epoch !== epoch);
    const discarded = this.#frames.length - kept.length;
    this.#frames = kept;
    this.#earlyFrames = this.#earlyFrames.filter(({ frame }) => frame.header.epoch !== epoch);
    this.#bytes = kept.reduce((sum, { frame }) => sum + frame.bytes.length, 0);
    return discarded;
  }

  /** The gate's state, as of the commit, is to be written. */
  markGate(): void {
    this.#isGateChanged = true;
  }

  /** Where the journal was when the link was first met. */
  setJoined(joined: NonNullable<IntakeBatch['joined']>): void {
    this.#joined = joined;
  }

  /** In place of an earlier one. */
  setHello(hello: NonNullable<IntakeBatch['hello']>): void {
    this.#hello = hello;
  }

  /** In place of an earlier one. */
  setFloor(floor: NonNullable<IntakeBatch['floor']>): void {
    this.#floor = floor;
  }

  /** Writes all of it; what `store` throws passes through, and then all of it stays. Returns what the publisher may read. */
  commit(store: IntakeStore, wallMs: number, gate: GateState): FrameSample & { readonly earlyFrames: number } {
    const frames = this.#frames;
    const earlyFrames = this.#earlyFrames;
    store.commit({
      wallMs,
      frames,
      earlyFrames,
      ...(this.#isGateChanged && { gate }),
      ...(this.#hello && { hello: this.#hello }),
      ...(this.#joined && { joined: this.#joined }),
      ...(this.#floor && { floor: this.#floor }),
    });
    const records = frames.reduce((sum, { frame }) => sum + frame.header.recordCount, 0);
    const sample = { frames: frames.length, records, bytes: this.#bytes, earlyFrames: earlyFrames.length };
    this.#frames = [];
    this.#earlyFrames = [];
    this.#bytes = 0;
    this.#isGateChanged = false;
    this.#hello = undefined;
    this.#joined = undefined;
    this.#floor = undefined;
    return sample;
  }

  get isEmpty(): boolean {
    const isWithoutFrames = this.#frames.length === 0 && this.#earlyFrames.length === 0;
    return isWithoutFrames && !this.#isGateChanged && this.#hello === undefined && this.#floor === undefined;
  }

  /** Of frames. */
  get bytes(): number {
    return this.#bytes;
  }
}

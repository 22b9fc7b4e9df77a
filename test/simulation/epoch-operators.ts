/**
 * Operators of both sides where the sender's disk was set back, lost or copied. They type what docs/operations.md says, with
 * the numbers that alarm and status name, and compare the epoch's id before they accept it.
 */
import { epochChoice } from '../../receiver/gate/epoch-choice.ts';
import { acceptEpochBody } from '../../receiver/gate/epoch-requests.ts';
import type { GateState } from '../../receiver/gate/gate.ts';
import { readGate } from '../../receiver/gate/gate-store.ts';
import { equalBytes } from '../../src/crypto/digest.ts';
import { contradict } from './check.ts';
import type { SenderImage, SenderNode } from './sender-node.ts';
import type { World } from './simulation.ts';

const LOOK_MS = 1_000;
/** As the cure of an alarm names the command. */
const NEW_EPOCH = /diode-sender new-epoch DIR --epoch (\d+) --again-from (\d+)/;

interface Typed {
  readonly number?: number | undefined;
  readonly againFrom?: number | undefined;
}

export class EpochOperators {
  readonly #world: World;
  readonly #clone: SenderNode;
  #image: SenderImage | undefined;
  /** Something was read, and is not typed yet. */
  #isBusy = false;
  #isStruck = false;
  #isOver = false;
  /** Number of the last epoch that was begun here. */
  #lastTyped = 0;
  #staleHellos = 0;

  /** `clone`: of a sender that does not run yet. */
  constructor(world: World, clone: SenderNode) {
    this.#world = world;
    this.#clone = clone;
    const { senderLoss } = world.scenario;
    if (senderLoss === undefined) return;
    const { time, sender } = world;
    time.at(senderLoss.imageAtMs, () => {
      this.#image = sender.image();
    });
    time.at(senderLoss.atMs, () => (this.#isOver ? undefined : this.#strike()));
  }

  /** Nothing strikes any more; what has struck is mended all the same. */
  end(): void {
    this.#isOver = true;
  }

  /** The receiver follows the sender that runs, in its epoch. */
  get isSettled(): boolean {
    if (!this.#isStruck) return true;
    const epoch = this.#world.sender.epoch;
    const state = this.#gate;
    if (this.#isBusy || epoch === undefined || state === undefined || state.halt !== undefined) return false;
    if (this.#clone.life.isRunning || this.#world.receiver.status()?.link.isSilent !== false) return false;
    return state.epoch === epoch.number && equalBytes(state.epochId, epoch.id);
  }

  #strike(): void {
    const { time, sender, ledger, count, scenario } = this.#world;
    const { kind, downMs, isNoticed } = scenario.senderLoss as NonNullable<typeof scenario.senderLoss>;
    // A backup that was never taken cannot be restored.
    if (kind !== 'lost' && this.#image === undefined) return;
    this.#isStruck = true;
    count(`sender-${kind}`);
    ledger.handleDispute();
    time.after(LOOK_MS, () => this.#look());
    if (kind === 'cloned') {
      this.#clone.replaceDisk(this.#image);
      time.after(0, () => this.#clone.life.begin());
      return;
    }
    this.#isBusy = true;
    sender.life.stop();
    sender.replaceDisk(kind === 'lost' ? undefined : this.#image);
    time.after(downMs, () => {
      if (!isNoticed) this.#start();
      else if (kind === 'restored') this.#typeNewEpoch({});
      else this.#askNumber();
    });
  }

  /** `diode-receiver status`, over the telephone: the number for a sender that lost its disk. */
  #askNumber(): void {
    const state = this.#gate;
    // Nobody answers there yet.
    if (state === undefined) this.#world.time.after(LOOK_MS, () => this.#askNumber());
    else if (state.epoch === 0) this.#start();
    else this.#typeNewEpoch({ number: state.epoch + 1 });
  }

  #look(): void {
    const { time, scenario } = this.#world;
    const { operatorMs } = scenario.senderLoss as NonNullable<typeof scenario.senderLoss>;
    time.after(LOOK_MS, () => this.#look());
    this.#resume();
    const state = this.#gate;
    const isStale = this.#isStale();
    if (this.#isBusy || state === undefined || (state.halt === undefined && !isStale)) return;
    this.#isBusy = true;
    const { halt, epoch } = state;
    time.after(operatorMs, () => {
      if (halt?.offer !== undefined) this.#accept();
      else this.#mend(halt?.cure ?? `diode-sender new-epoch DIR --epoch ${epoch + 1} --again-from 1`);
    });
  }

  /** A copy that was taken in a pause is paused too, and `status` says so: who knows of no pause lets it go on. */
  #resume(): void {
    const { time, sender, scenario } = this.#world;
    const isPlanned = scenario.operators.senderPauses.some(
      ({ atMs, forMs }) => atMs <= time.nowMs && time.nowMs < atMs + forMs + LOOK_MS,
    );
    if (sender.isPaused && !isPlanned) sender.life.requests.ask('resume', undefined);
  }

  /** The link is silent, and the receiver counts hellos that are older than what it accepted. */
  #isStale(): boolean {
    const status = this.#world.receiver.status();
    const stale = status?.hellos['hello-stale'] ?? 0;
    const isMore = stale > this.#staleHellos;
    this.#staleHellos = stale;
    return isMore && status?.link.isSilent === true;
  }

  /** On the sender's side: every sender is stopped, one of them begins anew. */
  #mend(cure: string): void {
    const { sender, scenario } = this.#world;
    const [, number, againFrom] = NEW_EPOCH.exec(cure) ?? contradict(`an alarm names no command: ${cure}`);
    // It was typed already: the receiver has not heard of it.
    if (this.#lastTyped >= Number(number)) {
      this.#isBusy = false;
      return;
    }
    sender.life.stop();
    if (this.#clone.life.isRunning) {
      // Stopped by itself: everything that it journaled is there.
      const image = this.#clone.image();
      this.#clone.life.stop();
      if (scenario.senderLoss?.copyStays && image !== undefined) sender.replaceDisk(image);
    }
    this.#typeNewEpoch({ number: Number(number), againFrom: Number(againFrom) });
  }

  #typeNewEpoch(typed: Typed): void {
    const { time, sender, ledger, count, note } = this.#world;
    // Nothing is written on a full disk: they free it, and type it again.
    if (sender.life.disk.isFull) {
      time.after(LOOK_MS, () => this.#typeNewEpoch(typed));
      return;
    }
    const { number, epochId, previous } = sender.newEpoch({ number: typed.number, againFrom: typed.againFrom });
    this.#lastTyped = number;
    ledger.handleNewEpoch(epochId, previous);
    count('new-epoch');
    note(`new-epoch ${number} (${epochId}) --again-from ${typed.againFrom ?? ''}`);
    this.#start();
  }

  /** On the receiver's side: only the epoch that the sender's operator reads out. */
  #accept(): void {
    const { sender, receiver, ledger, count } = this.#world;
    this.#isBusy = false;
    const choice = epochChoice(this.#gate);
    const own = sender.epoch;
    if (choice === undefined || choice.isAccepted || own === undefined) return;
    const { offer } = choice;
    if (offer.epoch !== own.number || !equalBytes(offer.epochId, own.id)) return;
    ledger.handleAccepted(Buffer.from(offer.epochId).toString('hex'));
    count('accept-epoch');
    receiver.life.requests.ask('accept-epoch', acceptEpochBody(offer));
  }

  #start(): void {
    const { time, sender } = this.#world;
    this.#isBusy = false;
    // An event of its own: time waits for it.
    time.after(0, () => sender.life.begin());
  }

  /** Beside the program, as commands read it; undefined while it does not run. */
  get #gate(): GateState | undefined {
    const { store } = this.#world.receiver.life.disk;
    if (store === undefined) return undefined;
    return readGate(store).state ?? FRESH;
  }
}

const NO_BYTES = new Uint8Array();
const FRESH: GateState = { epoch: 0, epochId: NO_BYTES, sequence: 0, digest: NO_BYTES, gaps: [] };

/**
 * Control objects of one lane, under keys that the two cards give: nothing has to be known of the session, and of its sender
 * no signing key. docs/wire-format.md, "Control blocks".
 *
 *   datagram ─► replay window ─► AEAD ─► geometry ─► object under assembly ─► object
 *
 * A forged datagram leaves nothing behind. Whoever can replay what was sent once gets a bounded table of old objects, and
 * cannot push out the lane of the session that is current: lanes make room among those of one standing alone.
 */
import { DatagramCipher } from '../../src/crypto/sodium.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import {
  type DatagramHeader,
  datagramGeometry,
  HEADER_BYTES,
  readDatagramHeader,
  TAG_BYTES,
} from '../../src/wire/datagram.ts';
import type { FrameGeometry } from '../../src/wire/geometry.ts';
import type { DatagramOutcome } from './assembler.ts';
import { type BlockDecoder, FrameAssembly } from './frame-assembly.ts';
import { ReplayWindow } from './replay-window.ts';
import type { SessionStanding } from './session-history.ts';

export interface ControlLaneOptions {
  /** Of the session with that handle. */
  readonly keyOf: (handle: number) => Uint8Array;
  /** Of the session with that handle, as of now. */
  readonly standingOf: (handle: number) => SessionStanding;
  readonly decoder: BlockDecoder;
  readonly maxObjectBytes: number;
  /** Sessions of each standing whose lane is remembered. Where it is 0, nothing of them is opened. */
  readonly maxSessions: Readonly<Record<SessionStanding, number>>;
  /** Of each session. */
  readonly maxObjects: number;
  /** One that came whole; the bytes are the callee's. */
  readonly onObject: (bytes: Buffer) => void;
  /** One was given up for want of room, its place taken by a newer one. */
  readonly onEvicted: () => void;
}

/** The lane in one session, from its first authentic datagram on. */
interface SessionLane {
  readonly cipher: DatagramCipher;
  readonly window: ReplayWindow;
  readonly objects: Map<string, FrameAssembly>;
  /** Of the newest object that came whole: an older one says less. */
  completed: number;
}

export class ControlLane {
  readonly #options: ControlLaneOptions;
  /** By session handle; the one used last stands last. */
  readonly #sessions = new Map<number, SessionLane>();
  readonly #scratch = Buffer.alloc(WIRE_LIMITS.maxSymbolBytes);

  constructor(options: ControlLaneOptions) {
    this.#options = options;
  }

  /** One datagram of the lane. Copies what it keeps. */
  handleDatagram(nowMs: number, bytes: Buffer): DatagramOutcome {
    const { keyOf, standingOf, maxSessions, maxObjectBytes } = this.#options;
    const header = readDatagramHeader(bytes);
    const known = this.#sessions.get(header.session);
    if (header.counter < 1 || known?.window.isFresh(header.counter) === false) return 'replayed';
    if (known === undefined && maxSessions[standingOf(header.session)] === 0) return 'session';
    const cipher = known?.cipher ?? new DatagramCipher(keyOf(header.session));
    const symbol = this.#scratch.subarray(0, bytes.length - HEADER_BYTES - TAG_BYTES);
    if (!cipher.openInto(symbol, bytes, HEADER_BYTES, header.counter)) return 'forged';
    const lane = this.#use(header.session, known ?? newLane(cipher));
    lane.window.mark(header.counter);
    const geometry = datagramGeometry(header, symbol.length);
    if (geometry === 'geometry' || header.frameBytes > maxObjectBytes) return 'geometry';
    if (header.sequence <= lane.completed) return 'unneeded';
    return this.#handleSymbol(nowMs, lane, { header, geometry, symbol });
  }

  #use(handle: number, lane: SessionLane): SessionLane {
    const isNew = !this.#sessions.delete(handle);
    this.#sessions.set(handle, lane);
    if (isNew) this.#makeRoom();
    return lane;
  }

  /** What is replayed of a session that is over, or was never accepted, takes no place from the current one. */
  #makeRoom(): void {
    const room = { ...this.#options.maxSessions };
    for (const [handle, { objects }] of [...this.#sessions].reverse()) {
      if (--room[this.#options.standingOf(handle)] >= 0) continue;
      this.#sessions.delete(handle);
      for (let left = objects.size; left > 0; left--) this.#options.onEvicted();
    }
  }

  #handleSymbol(
    nowMs: number,
    lane: SessionLane,
    part: { readonly header: DatagramHeader; readonly geometry: FrameGeometry; readonly symbol: Buffer },
  ): DatagramOutcome {
    const { header, geometry, symbol } = part;
    const { decoder } = this.#options;
    const assembly = this.#assembly(nowMs, lane, header, geometry);
    const { blockIndex, symbolIndex, repairCapacity } = header;
    const outcome = assembly.handleSymbol({ blockIndex, symbolIndex, repairCapacity, bytes: symbol }, decoder);
    if (outcome === 'duplicate' || outcome === 'unneeded') return outcome;
    if (assembly.isComplete) this.#handleObject(lane, assembly);
    return 'control';
  }

  #assembly(nowMs: number, lane: SessionLane, header: DatagramHeader, geometry: FrameGeometry): FrameAssembly {
    const { sequence } = header;
    const key = `${sequence}.${geometry.frameBytes}.${geometry.symbolBytes}.${geometry.blockCount}`;
    const known = lane.objects.get(key);
    if (known !== undefined) return known;
    const made = new FrameAssembly({ epoch: 0, sequence, geometry, firstSeenMs: nowMs });
    lane.objects.set(key, made);
    for (const oldest of lane.objects.keys()) {
      if (lane.objects.size <= this.#options.maxObjects) break;
      lane.objects.delete(oldest);
      this.#options.onEvicted();
    }
    return made;
  }

  #handleObject(lane: SessionLane, assembly: FrameAssembly): void {
    lane.completed = assembly.sequence;
    for (const [key, { sequence }] of lane.objects) if (sequence <= lane.completed) lane.objects.delete(key);
    this.#options.onObject(assembly.bytes);
  }
}

function newLane(cipher: DatagramCipher): SessionLane {
  return { cipher, window: new ReplayWindow(), objects: new Map(), completed: 0 };
}

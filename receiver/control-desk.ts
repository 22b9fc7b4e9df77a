/**
 * Hellos that come in control blocks, on links whose datagrams are smaller than a hello. docs/wire-format.md, "Control blocks".
 *
 *   datagram of lane 255 ─► replay window ─► AEAD ─► geometry ─► object under assembly ─► hello datagram ─► hello desk
 *
 * The key comes from the two cards and the session handle, so nothing has to be known of the session, and a forged datagram
 * leaves nothing behind. Whoever can replay an old hello gets a bounded table of old hellos, each of them stale.
 */
import { helloControlKey } from '../src/crypto/digest.ts';
import { DatagramCipher } from '../src/crypto/sodium.ts';
import { RECEIVER_LIMITS, WIRE_LIMITS } from '../src/limits.ts';
import { type ControlReason, decodeHelloObject, HELLO_LANE } from '../src/wire/control.ts';
import {
  DATAGRAM_KIND,
  type DatagramHeader,
  datagramGeometry,
  datagramKind,
  HEADER_BYTES,
  readDatagramHeader,
  TAG_BYTES,
} from '../src/wire/datagram.ts';
import type { FrameGeometry } from '../src/wire/geometry.ts';
import type { DatagramOutcome } from './assembler.ts';
import { type BlockDecoder, FrameAssembly } from './frame-assembly.ts';
import { ReplayWindow } from './replay-window.ts';

/** `evicted`: given up for want of room, its place taken by a newer one. */
export const CONTROL_OUTCOMES = ['hello', 'evicted', 'control-kind', 'control-body'] as const satisfies readonly (
  | ControlReason
  | 'hello'
  | 'evicted'
)[];
export type ControlOutcome = (typeof CONTROL_OUTCOMES)[number];

/** Lane 255 of one session, from its first authentic datagram on. */
interface HelloLane {
  readonly cipher: DatagramCipher;
  readonly window: ReplayWindow;
  readonly objects: Map<string, FrameAssembly>;
  /** Of the newest object that came whole: an older one says less. */
  completed: number;
}

export class ControlDesk {
  readonly #macKey: Uint8Array;
  readonly #decoder: BlockDecoder;
  readonly #onObject: (outcome: ControlOutcome) => void;
  /** By session handle; the one used last stands last. */
  readonly #lanes = new Map<number, HelloLane>();
  readonly #scratch = Buffer.alloc(WIRE_LIMITS.maxSymbolBytes);
  readonly #hellos: Buffer[] = [];

  constructor(options: {
    /** Of the two cards: see `helloMacKey`. */
    readonly macKey: Uint8Array;
    readonly decoder: BlockDecoder;
    readonly onObject: (outcome: ControlOutcome) => void;
  }) {
    this.#macKey = options.macKey;
    this.#decoder = options.decoder;
    this.#onObject = options.onObject;
  }

  /** Whether a datagram belongs here; nothing of it is authentic yet. */
  static takes(bytes: Uint8Array): boolean {
    return datagramKind(bytes) === DATAGRAM_KIND.control && bytes[LANE_AT] === HELLO_LANE;
  }

  /** One datagram that it takes. Copies what it keeps. */
  handleDatagram(nowMs: number, bytes: Buffer): DatagramOutcome {
    const header = readDatagramHeader(bytes);
    const known = this.#lanes.get(header.session);
    if (header.counter < 1 || known?.window.isFresh(header.counter) === false) return 'replayed';
    const cipher = known?.cipher ?? new DatagramCipher(helloControlKey(this.#macKey, header.session));
    const symbol = this.#scratch.subarray(0, bytes.length - HEADER_BYTES - TAG_BYTES);
    if (!cipher.openInto(symbol, bytes, HEADER_BYTES, header.counter)) return 'forged';
    const lane = this.#use(header.session, known ?? newLane(cipher));
    lane.window.mark(header.counter);
    const geometry = datagramGeometry(header, symbol.length);
    if (geometry === 'geometry' || header.frameBytes > WIRE_LIMITS.maxHelloObjectBytes) return 'geometry';
    if (header.sequence <= lane.completed) return 'unneeded';
    return this.#handleSymbol(nowMs, lane, { header, geometry, symbol });
  }

  /** Hello datagrams that came whole, in the order in which they did. */
  poll(): Buffer | undefined {
    return this.#hellos.shift();
  }

  #use(handle: number, lane: HelloLane): HelloLane {
    this.#lanes.delete(handle);
    this.#lanes.set(handle, lane);
    for (const oldest of this.#lanes.keys()) {
      if (this.#lanes.size <= RECEIVER_LIMITS.maxHelloLanes) break;
      this.#lanes.delete(oldest);
    }
    return lane;
  }

  #handleSymbol(
    nowMs: number,
    lane: HelloLane,
    part: { readonly header: DatagramHeader; readonly geometry: FrameGeometry; readonly symbol: Buffer },
  ): DatagramOutcome {
    const { header, geometry, symbol } = part;
    const assembly = this.#assembly(nowMs, lane, header, geometry);
    const { blockIndex, symbolIndex, repairCapacity } = header;
    const outcome = assembly.handleSymbol({ blockIndex, symbolIndex, repairCapacity, bytes: symbol }, this.#decoder);
    if (outcome === 'duplicate' || outcome === 'unneeded') return outcome;
    if (assembly.isComplete) this.#handleObject(lane, assembly);
    return 'control';
  }

  #assembly(nowMs: number, lane: HelloLane, header: DatagramHeader, geometry: FrameGeometry): FrameAssembly {
    const { sequence } = header;
    const key = `${sequence}.${geometry.frameBytes}.${geometry.symbolBytes}.${geometry.blockCount}`;
    const known = lane.objects.get(key);
    if (known !== undefined) return known;
    const made = new FrameAssembly({ epoch: 0, sequence, geometry, firstSeenMs: nowMs });
    lane.objects.set(key, made);
    for (const oldest of lane.objects.keys()) {
      if (lane.objects.size <= RECEIVER_LIMITS.maxHelloObjects) break;
      lane.objects.delete(oldest);
      this.#onObject('evicted');
    }
    return made;
  }

  #handleObject(lane: HelloLane, assembly: FrameAssembly): void {
    lane.completed = assembly.sequence;
    for (const [key, { sequence }] of lane.objects) if (sequence <= lane.completed) lane.objects.delete(key);
    const hello = decodeHelloObject(assembly.bytes);
    if (typeof hello === 'object') this.#hellos.push(Buffer.from(hello));
    this.#onObject(typeof hello === 'string' ? hello : 'hello');
  }
}

const LANE_AT = 8;

function newLane(cipher: DatagramCipher): HelloLane {
  return { cipher, window: new ReplayWindow(), objects: new Map(), completed: 0 };
}

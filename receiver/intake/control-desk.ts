/**
 * What comes in control blocks: hellos, on links whose datagrams are smaller than one, and the statements of root holders.
 *
 *   datagram of lane 255 ─► control lane ─► hello datagram ─► hello desk
 *   datagram of lane 254 ─► control lane ─► root statements, trust bundle ─► trust desk
 */
import { helloControlKey, trustControlKey } from '../../src/crypto/digest.ts';
import { RECEIVER_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import {
  type ControlReason,
  decodeHelloObject,
  decodeTrustObject,
  HELLO_LANE,
  TRUST_LANE,
} from '../../src/wire/control.ts';
import { DATAGRAM_KIND, datagramKind } from '../../src/wire/datagram.ts';
import type { DatagramOutcome } from './assembler.ts';
import { ControlLane, type ControlLaneOptions } from './control-lane.ts';
import type { BlockDecoder } from './frame-assembly.ts';

/** `evicted`: given up for want of room, its place taken by a newer one. */
export const CONTROL_OUTCOMES = [
  'hello',
  'trust',
  'evicted',
  'control-kind',
  'control-body',
] as const satisfies readonly (ControlReason | 'hello' | 'trust' | 'evicted')[];
export type ControlOutcome = (typeof CONTROL_OUTCOMES)[number];

export class ControlDesk {
  readonly #onObject: (outcome: ControlOutcome) => void;
  readonly #helloLane: ControlLane;
  readonly #trustLane: ControlLane;
  readonly #hellos: Buffer[] = [];
  readonly #statements: (readonly string[])[] = [];

  constructor(options: {
    /** Of the two cards: see `helloMacKey`. */
    readonly macKey: Uint8Array;
    readonly decoder: BlockDecoder;
    readonly standingOf: ControlLaneOptions['standingOf'];
    readonly onObject: (outcome: ControlOutcome) => void;
  }) {
    const { macKey, decoder, standingOf, onObject } = options;
    const shared = { decoder, standingOf, onEvicted: () => onObject('evicted') };
    this.#onObject = onObject;
    this.#helloLane = new ControlLane({
      ...shared,
      keyOf: (handle) => helloControlKey(macKey, handle),
      maxObjectBytes: WIRE_LIMITS.maxHelloObjectBytes,
      maxSessions: RECEIVER_LIMITS.maxHelloLanes,
      maxObjects: RECEIVER_LIMITS.maxHelloObjects,
      onObject: (bytes) => this.#handleHello(bytes),
    });
    this.#trustLane = new ControlLane({
      ...shared,
      keyOf: (handle) => trustControlKey(macKey, handle),
      maxObjectBytes: WIRE_LIMITS.maxControlBytes,
      maxSessions: RECEIVER_LIMITS.maxTrustLanes,
      maxObjects: RECEIVER_LIMITS.maxTrustObjects,
      onObject: (bytes) => this.#handleTrust(bytes),
    });
  }

  /** Whether a datagram belongs here; nothing of it is authentic yet. */
  static takes(bytes: Uint8Array): boolean {
    const lane = bytes[LANE_AT];
    return (lane === HELLO_LANE || lane === TRUST_LANE) && datagramKind(bytes) === DATAGRAM_KIND.control;
  }

  /** One datagram that it takes. Copies what it keeps. */
  handleDatagram(nowMs: number, bytes: Buffer): DatagramOutcome {
    const lane = bytes[LANE_AT] === HELLO_LANE ? this.#helloLane : this.#trustLane;
    return lane.handleDatagram(nowMs, bytes);
  }

  /** Hello datagrams that came whole, in the order in which they did; to be asked after each datagram, as is `pollTrust`. */
  poll(): Buffer | undefined {
    return this.#hellos.shift();
  }

  /** Signed texts that came whole, together. */
  pollTrust(): readonly string[] | undefined {
    return this.#statements.shift();
  }

  #handleHello(bytes: Buffer): void {
    const hello = decodeHelloObject(bytes);
    if (typeof hello === 'object') this.#hellos.push(Buffer.from(hello));
    this.#onObject(typeof hello === 'string' ? hello : 'hello');
  }

  #handleTrust(bytes: Buffer): void {
    const statements = decodeTrustObject(bytes);
    if (typeof statements === 'object') this.#statements.push(statements);
    this.#onObject(typeof statements === 'string' ? statements : 'trust');
  }
}

/** Whether a datagram is a hello, or comes in control blocks: all others are symbols of frames, or nothing. */
export function isForDesks(datagram: Uint8Array): boolean {
  return datagramKind(datagram) === DATAGRAM_KIND.hello || ControlDesk.takes(datagram);
}

const LANE_AT = 8;

/** The sessions whose datagrams can be opened: the current one, and the one before while its datagrams still travel. */
import { datagramKey } from '../../src/crypto/digest.ts';
import { type LaneCipher, newLaneCipher } from '../../src/crypto/lane-cipher.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { ReplayWindow } from './replay-window.ts';

/** One sending thread of a session: its own key, its own counters. */
export interface Lane {
  readonly cipher: LaneCipher;
  readonly window: ReplayWindow;
}

export interface OpenedSession {
  readonly number: number;
  readonly id: Uint8Array;
  readonly epoch: number;
  readonly secret: Uint8Array;
}

export interface Session {
  readonly opened: OpenedSession;
  /** First four bytes of the id, as each datagram carries them. */
  readonly handle: number;
  readonly epoch: number;
  readonly lanes: readonly Lane[];
}

export class SessionTable {
  #sessions: readonly Session[] = [];

  /** Adds a session, newest first; beyond `maxSessions` the oldest is forgotten. */
  open(opened: OpenedSession): Session {
    const { id, epoch, secret } = opened;
    // All lanes now (16 × 15 µs, 32 KiB), so that a forged lane number can make nothing.
    const lanes = Array.from({ length: RECEIVER_LIMITS.maxLanes }, (_, lane) => ({
      cipher: newLaneCipher(datagramKey(secret, id, lane)),
      window: new ReplayWindow(),
    }));
    const session = { opened, handle: sessionHandle(id), epoch, lanes };
    this.#sessions = [session, ...this.#sessions].slice(0, RECEIVER_LIMITS.maxSessions);
    return session;
  }

  find(handle: number): Session | undefined {
    return this.#sessions.find((session) => session.handle === handle);
  }
}

export function sessionHandle(sessionId: Uint8Array): number {
  return Buffer.from(sessionId.buffer, sessionId.byteOffset, 4).readUInt32BE(0);
}

/**
 * Which sessions of the sender were accepted: what tells a heartbeat, an old hello that comes late, and a restored or
 * cloned sender apart. Session numbers only rise on a sender's disk, so a lower one that we never met was counted on a
 * copy of that disk; and so was one that goes on although a later one was accepted.
 */
import { equalBytes } from '../../src/crypto/digest.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { HelloBody } from '../../src/wire/hello.ts';
import { sessionHandle } from './session-table.ts';

/** `counter` and `sentAtMs` of the last accepted hello of the session. */
export interface AcceptedSession {
  readonly number: number;
  readonly id: Uint8Array;
  readonly epoch: number;
  readonly counter: number;
  readonly sentAtMs: number;
}

/** How far the journal had come when the sender signed that, told by another way than its hellos. */
export interface SignedHead {
  readonly epoch: number;
  readonly sequence: number;
  readonly signedAtMs: number;
}

/** `heartbeat`: newer, of the current session. `copied`: of a session that a copy of the sender counted. */
export type SessionJudgement = 'heartbeat' | 'new' | 'stale' | 'copied';

/** `over`: another one was accepted after it. `unknown`: not accepted yet, or so long ago that it was forgotten. */
export type SessionStanding = 'current' | 'over' | 'unknown';

export class SessionHistory {
  /** Newest first, at most `maxKnownSessions`. */
  #sessions: readonly AcceptedSession[];
  #floor: SignedHead | undefined;

  /** As of before a restart: `sessions` that were accepted, newest first; `floor`: what `raise` was told. */
  constructor(sessions: readonly AcceptedSession[] = [], floor?: SignedHead) {
    this.#sessions = sessions;
    this.#floor = floor;
  }

  judge(hello: HelloBody): SessionJudgement {
    if (this.#isOvertaken(hello)) return 'stale';
    const current = this.current;
    if (current === undefined) return 'new';
    if (isOf(current, hello)) return hello.counter > current.counter ? 'heartbeat' : 'stale';
    const known = this.#sessions.find((session) => isOf(session, hello));
    if (known === undefined && isLater(hello, current)) return 'new';
    if (known !== undefined && hello.counter <= known.counter) return 'stale';
    // Numbers go on where the disk went on. A hello that is older than the last accepted one, by the sender's own clock,
    // was only held up on its way (of a session that has ended, or of which we heard nothing in time); whoever can delay
    // datagrams must not be able to halt the stream. A copy that runs now signs the time of now.
    const isOld = known === undefined ? hello.sentAtMs < current.sentAtMs : hello.sentAtMs <= current.sentAtMs;
    return isOld ? 'stale' : 'copied';
  }

  /** An accepted hello, of the current session or of a new one. */
  accept(hello: HelloBody): void {
    const { sessionNumber, sessionId, counter, sentAtMs, head } = hello;
    const accepted = { number: sessionNumber, id: Uint8Array.from(sessionId), epoch: head.epoch, counter, sentAtMs };
    const others = this.#sessions.filter((session) => !isOf(session, hello));
    this.#sessions = [accepted, ...others].slice(0, RECEIVER_LIMITS.maxKnownSessions);
  }

  /** A bundle, or what was published, tells of more than hellos did. False where that was known. */
  raise(floor: SignedHead): boolean {
    if (this.#floor !== undefined && !isBelow(this.#floor, floor)) return false;
    this.#floor = floor;
    return true;
  }

  /** It knows less than what came by another way, and was signed no later: it was held up, and says nothing of its sender. */
  #isOvertaken({ head, sentAtMs }: HelloBody): boolean {
    return this.#floor !== undefined && sentAtMs <= this.#floor.signedAtMs && isBelow(head, this.#floor);
  }

  get current(): AcceptedSession | undefined {
    return this.#sessions[0];
  }

  /** By what a datagram says of its session. */
  standingOf(handle: number): SessionStanding {
    const at = this.#sessions.findIndex(({ id }) => sessionHandle(id) === handle);
    return at === 0 ? 'current' : at > 0 ? 'over' : 'unknown';
  }
}

function isOf(session: AcceptedSession, hello: HelloBody): boolean {
  return session.number === hello.sessionNumber && equalBytes(session.id, hello.sessionId);
}

type Place = Pick<SignedHead, 'epoch' | 'sequence'>;

function isBelow(a: Place, b: Place): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.sequence < b.sequence);
}

/** Numbers compare within an epoch: a sender that lost its disk counts from 1 again. */
function isLater(hello: HelloBody, current: AcceptedSession): boolean {
  const { head, sessionNumber } = hello;
  return head.epoch === current.epoch ? sessionNumber > current.number : head.epoch > current.epoch;
}

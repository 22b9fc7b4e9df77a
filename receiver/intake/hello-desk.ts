/**
 * From hello datagrams to sessions and the journal's head.
 *
 *   hello ─► verifier ─► session history ─► gate's judgement ─► (new session: HPKE, outside) ─► accepted
 *
 * HPKE is asynchronous, so a new session stops here as a `SealedSession`; whoever runs the intake opens it and hands the
 * secret in. Hellos that come meanwhile wait, so that each is judged against all that was accepted before it.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { HelloBody, HelloReason } from '../../src/wire/hello.ts';
import type { Gate } from '../gate/gate.ts';
import type { HelloRefusal, HelloVerifier, VerifiedHello } from './hello-verifier.ts';
import type { SessionHistory } from './session-history.ts';
import { type Session, type SessionTable, sessionHandle } from './session-table.ts';

/**
 * `hello-stale`: not newer than the last accepted of its session. `hello-halting`: it contradicts what was accepted.
 * `hello-halted`: a new session of a halted stream. `hello-epoch`: the epoch changed within a session. `hello-epoch-jump`: an
 * epoch number that would leave too few. `hello-busy`: too many at once.
 */
export const HELLO_OUTCOMES = [
  'accepted',
  'hello-stale',
  'hello-halting',
  'hello-halted',
  'hello-epoch',
  'hello-epoch-jump',
  'hello-busy',
  'hello-receiver',
  'hello-mac',
  'hello-boundary',
  'hello-stream',
  'hello-key',
  'hello-signature',
  'hello-sealed',
  'hello-length',
  'hello-slots',
  'hello-protobuf',
  'hello-field',
  'hello-version',
] as const satisfies readonly (HelloReason | HelloRefusal | `hello-${string}` | 'accepted')[];
export type HelloOutcome = (typeof HELLO_OUTCOMES)[number];

/** A session whose secret is to be opened: HPKE of `hello.sealed`, associated data of its body. */
export interface SealedSession {
  readonly hello: VerifiedHello;
  /** The stored hello of a receiver that was restarted: it opens its session, and is no sign of life. */
  readonly isRestored: boolean;
}

/** An accepted hello; `session` where it opened one. */
export interface AcceptedHello {
  readonly hello: VerifiedHello;
  readonly session: Session | undefined;
  readonly isRestored: boolean;
}

/** `waiting`: the outcome follows. */
export type HelloStep = HelloOutcome | 'waiting';

export class HelloDesk {
  readonly #verifier: HelloVerifier;
  readonly #history: SessionHistory;
  readonly #sessions: SessionTable;
  readonly #gate: Gate;
  readonly #waiting: VerifiedHello[] = [];
  readonly #accepted: AcceptedHello[] = [];
  #sealed: SealedSession | undefined;
  #heard: HelloBody | undefined;

  constructor(options: {
    readonly verifier: HelloVerifier;
    readonly history: SessionHistory;
    readonly sessions: SessionTable;
    readonly gate: Gate;
    /** The last accepted hello datagram, before a restart. */
    readonly storedHello?: Uint8Array | undefined;
  }) {
    this.#verifier = options.verifier;
    this.#history = options.history;
    this.#sessions = options.sessions;
    this.#gate = options.gate;
    const stored = options.storedHello && this.#verifier.verify(options.storedHello);
    // Where a card or key was changed meanwhile it holds no longer, and the next hello opens the session.
    if (typeof stored === 'object') this.#sealed = { hello: stored, isRestored: true };
  }

  handleDatagram(nowMs: number, datagram: Uint8Array): HelloStep {
    const hello = this.#verifier.verify(datagram, (body) => this.#history.judge(body) === 'stale');
    if (typeof hello === 'string') return hello;
    if (this.#sealed === undefined) return this.#handleHello(nowMs, hello);
    if (this.#waiting.length >= RECEIVER_LIMITS.maxWaitingHellos) return 'hello-busy';
    this.#waiting.push(hello);
    return 'waiting';
  }

  /** The secret of `sealed`, or undefined where it does not open. Answers for it and for the hellos that waited. */
  handleSecret(nowMs: number, sealed: SealedSession, secret: Uint8Array | undefined): readonly HelloOutcome[] {
    if (sealed !== this.#sealed) return [];
    this.#sealed = undefined;
    const outcomes: HelloStep[] = [secret === undefined ? 'hello-sealed' : this.#handleOpened(nowMs, sealed, secret)];
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      outcomes.push(this.#handleHello(nowMs, next));
      if (this.#sealed !== undefined) break;
    }
    return outcomes.filter((outcome) => outcome !== 'waiting');
  }

  /** Accepted hellos in order. */
  poll(): AcceptedHello | undefined {
    return this.#accepted.shift();
  }

  /** The last authentic hello of now, whatever it meant for the stream: a sign of life of sender and link. Once. */
  takeHeard(): HelloBody | undefined {
    const heard = this.#heard;
    this.#heard = undefined;
    return heard;
  }

  get sealed(): SealedSession | undefined {
    return this.#sealed;
  }

  get history(): SessionHistory {
    return this.#history;
  }

  #handleHello(nowMs: number, hello: VerifiedHello): HelloStep {
    const { body } = hello;
    const session = this.#history.judge(body);
    if (session === 'stale') return 'hello-stale';
    this.#heard = body;
    const current = this.#history.current;
    if (session === 'copied') {
      this.#gate.haltForCopy(body, current?.number ?? 0);
      return 'hello-halting';
    }
    if (session === 'heartbeat' && current?.epoch !== body.head.epoch) return 'hello-epoch';
    const judgement = this.#gate.judgeHello(body, session === 'new' || this.#gate.isBehindUs(nowMs, body));
    if (judgement === 'epoch-jump') return 'hello-epoch-jump';
    if (typeof judgement === 'object') {
      this.#gate.halt(judgement);
      return 'hello-halting';
    }
    if (session === 'heartbeat' && this.#sessions.find(sessionHandle(body.sessionId)) !== undefined) {
      return this.#accept(nowMs, { hello, session: undefined, isRestored: false }, judgement);
    }
    if (this.#gate.isHalted && judgement === 'follow') return 'hello-halted';
    this.#sealed = { hello, isRestored: false };
    return 'waiting';
  }

  #handleOpened(nowMs: number, sealed: SealedSession, secret: Uint8Array): HelloOutcome {
    const { hello, isRestored } = sealed;
    const { sessionNumber: number, sessionId: id, head } = hello.body;
    // Judged again: frames were accepted, or a bundle came, while the secret was being opened.
    const judged = this.#history.judge(hello.body);
    if (!isRestored && judged === 'stale') return 'hello-stale';
    const isLater = judged === 'new' || this.#gate.isBehindUs(nowMs, hello.body);
    const judgement = this.#gate.judgeHello(hello.body, !isRestored && isLater);
    // A stored hello is no sign of life: where the progress topic told of more meanwhile, it is simply old.
    if (isRestored && typeof judgement === 'object') return 'hello-stale';
    if (judgement === 'epoch-jump') return 'hello-epoch-jump';
    if (typeof judgement === 'object') {
      this.#gate.halt(judgement);
      return 'hello-halting';
    }
    const session = this.#sessions.open({ number, id, epoch: head.epoch, secret });
    return this.#accept(nowMs, { hello, session, isRestored }, judgement);
  }

  #accept(nowMs: number, accepted: AcceptedHello, judgement: 'first' | 'follow' | 'next-epoch'): 'accepted' {
    if (!accepted.isRestored) this.#history.accept(accepted.hello.body);
    this.#gate.handleHello(nowMs, accepted.hello.body, judgement);
    this.#accepted.push(accepted);
    return 'accepted';
  }
}

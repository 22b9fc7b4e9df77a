/** What is missing, since when, and the tickets that ask for it: `diode-receiver gaps`. Pure. */
import { type TicketScope, type WrittenTicket, writeTickets } from '../../src/config/ticket-form.ts';
import { type FrameRun, joinRuns, runsWithin } from '../../src/wire/frame-runs.ts';
import { decodeHello, decodeHelloBody, decodeHelloDatagram, type Head } from '../../src/wire/hello.ts';
import type { StoredGate } from './gate-store.ts';
import type { LostFrames } from './lost-frames.ts';

export interface OpenGap extends FrameRun {
  /** Wall clock when it was recorded. */
  readonly sinceMs: number;
  /** What of it the sender's journal no longer had at its last hello: only a snapshot brings its records. */
  readonly gone?: FrameRun;
}

export interface GapReport {
  /** Absent before the first hello. */
  readonly scope?: TicketScope;
  readonly isHalted: boolean;
  /** Ascending. */
  readonly gaps: readonly OpenGap[];
  /** Closed unhealed and not made good since: no ticket asks for them. */
  readonly lost?: LostFrames;
  /** For all that the sender can still send. */
  readonly tickets: readonly WrittenTicket[];
  /** As of the last hello; absent where there was none of this epoch. */
  readonly sender?: { readonly oldestSequence: number; readonly headSequence: number; readonly heardAtMs: number };
}

export function gapReport(
  names: { readonly boundary: string; readonly stream: string },
  gate: StoredGate,
  maxCharacters: number,
): GapReport {
  const { state } = gate;
  if (state === undefined || state.epoch === 0) return { isHalted: false, gaps: [], tickets: [] };
  const scope = { ...names, epoch: state.epoch, epochId: state.epochId };
  const head = lastHead(gate, state.epoch);
  // A journal prunes from its oldest frame on, so what it had lost by then it does not get back.
  const oldest = head === undefined ? 1 : head.oldestSequence || head.sequence + 1;
  const gaps = state.gaps.map(({ from, to, sinceMs }): OpenGap => {
    const gone = { from, to: Math.min(to, oldest - 1) };
    return { from, to, sinceMs, ...(gone.to >= from && { gone }) };
  });
  const wanted = runsWithin(joinRuns(state.gaps), oldest, Number.MAX_SAFE_INTEGER);
  return {
    scope,
    isHalted: state.halt !== undefined,
    gaps,
    ...(state.lost && { lost: state.lost }),
    tickets: writeTickets(scope, wanted, maxCharacters),
    ...(head && {
      sender: {
        oldestSequence: head.oldestSequence,
        headSequence: head.sequence,
        heardAtMs: gate.hello?.receivedAtMs ?? 0,
      },
    }),
  };
}

/** Of the stored hello, which was verified when it came. */
function lastHead({ hello }: StoredGate, epoch: number): Head | undefined {
  const datagram = hello && decodeHelloDatagram(hello.datagram);
  if (datagram === undefined || typeof datagram === 'string') return undefined;
  const signed = decodeHello(datagram.hello);
  const body = typeof signed === 'string' ? signed : decodeHelloBody(signed.body);
  return typeof body === 'string' || body.head.epoch !== epoch ? undefined : body.head;
}

/**
 * commands ─► request inbox ─► [request desk] ─► the program. Each request goes to the handler of its kind; its file is
 * deleted once its effect and the audit entry of it are durable. What nobody can handle is said, audited and dropped.
 */
import { DiodeError } from './diode-error.ts';
import type { OperatorRequest, RequestInbox } from './request-inbox.ts';

/** What became of a request. `detail`: numbers and names for log and audit; `reason`: a sentence, with what to do. */
export type RequestAnswer =
  | { readonly outcome: 'done'; readonly detail?: RequestDetail }
  | { readonly outcome: 'refused'; readonly reason: string };

/** Not the names that an audit entry has itself. */
export type RequestDetail = Readonly<Record<string, string | number | boolean>> & {
  readonly at?: never;
  readonly index?: never;
};

/**
 * Called by the program's own thread, between its other work. What it changed is durable when it returns, or will be done
 * again where the request is met again: a request may come twice, and then changes nothing. It checks the body's form
 * (`refused`). Where the disk is full it throws DiodeError `disk-full` and is asked again; any other error ends the program.
 */
export type RequestHandler = (request: OperatorRequest) => RequestAnswer;

/** By kind. */
export type RequestHandlers = Readonly<Record<string, RequestHandler>>;

export interface RequestDeskOptions {
  readonly inbox: Pick<RequestInbox, 'waiting' | 'done'>;
  readonly handlers: RequestHandlers;
  readonly audit: {
    append(nowMs: number, entry: { readonly event: string } & RequestDetail): void;
    sync(): void;
  };
  readonly log: { info(detail: object, text: string): void; warn(detail: object, text: string): void };
  /** Without room nothing is begun: an audit log that cannot be written ends the program. */
  readonly hasRoom: () => boolean;
}

export class RequestDesk {
  readonly #options: RequestDeskOptions;
  /** Carried out, with a file that could not be deleted yet. */
  #finished = new Set<string>();
  /** What was last said of an inbox that cannot be read. */
  #trouble: string | undefined;

  constructor(options: RequestDeskOptions) {
    this.#options = options;
  }

  /** Carries out what waits, oldest first. Throws what a handler or the audit log throws, but a full disk. */
  poll(wallMs: number): void {
    for (const request of this.#waiting()) {
      if (this.#finished.has(request.id)) this.#drop(request.id);
      else if (!this.#options.hasRoom() || !this.#carryOut(request, wallMs)) return;
    }
  }

  /** False where the disk is full: it waits, and those behind it with it. */
  #carryOut(request: OperatorRequest, wallMs: number): boolean {
    const { audit, log } = this.#options;
    const { id } = request;
    let answer: RequestAnswer;
    try {
      answer = this.#answer(request);
    } catch (error) {
      if (error instanceof DiodeError && error.code === 'disk-full') return false;
      throw error;
    }
    // The name is an operator's, or whatever lies in the folder: cut, so that no line grows beyond its bound.
    const kind = request.kind.slice(0, MAX_KIND_CHARACTERS);
    if (answer.outcome === 'done') {
      audit.append(wallMs, { ...answer.detail, event: 'request-done', request: id, kind });
      log.info({ ...answer.detail, request: id, kind }, 'A request of an operator was carried out.');
    } else {
      const { reason } = answer;
      audit.append(wallMs, { event: 'request-refused', request: id, kind, reason });
      log.warn({ request: id, kind, reason }, 'A request of an operator was refused.');
    }
    audit.sync();
    this.#finished.add(id);
    this.#drop(id);
    return true;
  }

  #answer(request: OperatorRequest): RequestAnswer {
    const { handlers } = this.#options;
    if (Object.hasOwn(handlers, request.kind)) return (handlers[request.kind] as RequestHandler)(request);
    if (request.kind === 'unreadable') return { outcome: 'refused', reason: 'The file is no request.' };
    return { outcome: 'refused', reason: 'This program knows no such request: is the command of the same release?' };
  }

  #waiting(): readonly OperatorRequest[] {
    const { inbox, log } = this.#options;
    try {
      const waiting = inbox.waiting();
      this.#trouble = undefined;
      const ids = new Set(waiting.map(({ id }) => id));
      this.#finished = new Set([...this.#finished].filter((id) => ids.has(id)));
      return waiting;
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (code !== this.#trouble)
        log.warn({ code }, 'Requests of operators cannot be read: correct DIR/data/requests.');
      this.#trouble = code;
      return [];
    }
  }

  #drop(id: string): void {
    try {
      this.#options.inbox.done(id);
    } catch {
      // It is not carried out again by this run; its deletion is tried at the next look.
    }
  }
}

const MAX_KIND_CHARACTERS = 64;

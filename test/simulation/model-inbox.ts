/** Requests of operators as files that outlive the program: given to it until it says that they are done. */
import type { OperatorRequest, RequestInbox } from '../../src/ops/request-inbox.ts';

export class ModelInbox implements Pick<RequestInbox, 'waiting' | 'done'> {
  #waiting: readonly OperatorRequest[] = [];
  #asked = 0;

  ask(kind: string, body: unknown): void {
    const id = `${String(++this.#asked).padStart(13, '0')}-00000000`;
    this.#waiting = [...this.#waiting, { id, kind, body }];
  }

  waiting(): readonly OperatorRequest[] {
    return this.#waiting;
  }

  done(id: string): void {
    this.#waiting = this.#waiting.filter((request) => request.id !== id);
  }
}

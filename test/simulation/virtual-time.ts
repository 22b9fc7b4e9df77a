/** Virtual time: what is to happen, in order of its time, then in the order in which it was said. */

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

export class VirtualTime {
  readonly #heap: Event[] = [];
  #order = 0;
  #failure: { readonly error: unknown } | undefined;
  nowMs = 0;

  at(atMs: number, run: () => void | Promise<void>): void {
    const event = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, run };
    const heap = this.#heap;
    heap.push(event);
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!isBefore(heap[child] as Event, heap[parent] as Event)) return;
      swap(heap, child, parent);
      child = parent;
    }
  }

  after(delayMs: number, run: () => void | Promise<void>): void {
    this.at(this.nowMs + delayMs, run);
  }

  /**
   * A promise for code that waits, until then or until `signal` is aborted. What it sets going runs before the next event.
   * The dead wait for ever.
   */
  sleep(delayMs: number, isAlive: () => boolean = () => true, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let isOver = false;
      const end = () => {
        if (isOver || !isAlive()) return undefined;
        isOver = true;
        signal?.removeEventListener('abort', soon);
        resolve();
        return nextTurn();
      };
      const soon = () => this.after(0, end);
      this.after(delayMs, end);
      signal?.addEventListener('abort', soon, { once: true });
    });
  }

  /** What went wrong where nobody waits for it: `runUntil` throws it. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Runs what is due until `endMs`; time then stands at `endMs`. */
  async runUntil(endMs: number): Promise<void> {
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= endMs; first = this.#heap[0]) {
      this.#removeFirst();
      this.nowMs = first.atMs;
      const pending = first.run();
      if (pending !== undefined) await pending;
      if (this.#failure !== undefined) throw this.#failure.error;
    }
    this.nowMs = endMs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      const right = left + 1;
      let least = parent;
      if (left < heap.length && isBefore(heap[left] as Event, heap[least] as Event)) least = left;
      if (right < heap.length && isBefore(heap[right] as Event, heap[least] as Event)) least = right;
      if (least === parent) return;
      swap(heap, parent, least);
      parent = least;
    }
  }
}

/** Behind every promise that can be settled now. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function swap(heap: Event[], a: number, b: number): void {
  const kept = heap[a] as Event;
  heap[a] = heap[b] as Event;
  heap[b] = kept;
}

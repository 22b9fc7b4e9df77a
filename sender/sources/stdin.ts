/** Standard input: lines without positions. Best effort: what was read and not journaled is lost with the process. */
import type { Readable } from 'node:stream';
import { SENDER_LIMITS } from '../../src/limits.ts';
import { LineSplitter, type SplitLine } from './line-splitter.ts';
import type { Source, SourceEntry, SourceHandlers, SourcePosition } from './source.ts';

export interface StdinOptions {
  readonly name: string;
  /** process.stdin; it must give Buffers. */
  readonly stream: Readable;
}

export class StdinSource implements Source {
  readonly name: string;
  readonly isResumable = false;
  readonly #stream: Readable;
  #isClosed = false;

  constructor({ name, stream }: StdinOptions) {
    this.name = name;
    this.#stream = stream;
  }

  start(_position: SourcePosition | undefined, handlers: SourceHandlers): void {
    const splitter = new LineSplitter({ offset: 0, lineNumber: 0, maxLineBytes: SENDER_LIMITS.maxLineBytes });
    const handle = (lines: readonly SplitLine[]) => {
      const entries = lines.flatMap(toEntry);
      if (entries.length > 0 && !this.#isClosed) handlers.onEntries(entries);
    };
    this.#stream.on('data', (chunk: Buffer) => handle(splitter.push(chunk)));
    this.#stream.on('end', () => {
      const last = splitter.flush();
      if (last !== undefined) handle([last]);
      if (!this.#isClosed) handlers.onEvent({ kind: 'end' });
    });
    this.#stream.on('error', (error) => {
      if (!this.#isClosed) handlers.onEvent({ kind: 'error', error });
    });
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#isClosed) this.#stream.resume();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stream.destroy();
  }
}

function toEntry({ lineNumber, content }: SplitLine): readonly SourceEntry[] {
  switch (content.kind) {
    case 'text':
      return [{ kind: 'line', lineNumber, text: content.text, positionAfter: undefined }];
    case 'unreadable':
      return [{ kind: 'refused', lineNumber, code: content.code, positionAfter: undefined }];
    case 'blank':
      return [];
  }
}

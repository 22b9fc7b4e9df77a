/** A source file in a directory of its own, what happens to it, and a journal of what was handed over and committed. */
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { JsonlFileSource } from '../../sender/sources/jsonl-file.ts';
import type { SourceEntry, SourceEvent, SourcePosition } from '../../sender/sources/source.ts';

export class FollowedFile {
  readonly directory = mkdtempSync(join(tmpdir(), 'jsonl-'));
  readonly path = join(this.directory, 'feed.jsonl');
  /** Texts of lines whose position is saved. */
  readonly committed: string[] = [];
  readonly events: SourceEvent[] = [];
  /** Handed over, not committed. */
  pending: SourceEntry[] = [];
  position: SourcePosition | undefined;
  source: JsonlFileSource;

  constructor() {
    this.source = this.#start();
  }

  append(text: string): void {
    appendFileSync(this.path, text);
  }

  /** As logrotate by rename: feed.jsonl.1 becomes .2, the file .1, and a new one is created. */
  rotate(options: { readonly isCreated: boolean } = { isCreated: true }): void {
    this.#shift();
    renameSync(this.path, `${this.path}.1`);
    if (options.isCreated) writeFileSync(this.path, '');
  }

  /** As logrotate with copytruncate. */
  copyTruncate(): void {
    this.#shift();
    copyFileSync(this.path, `${this.path}.1`);
    truncateSync(this.path);
  }

  /** Removes the oldest rotated file, where there are two. */
  prune(): void {
    const [oldest, ...others] = this.#rotatedNumbers();
    if (others.length > 0) rmSync(`${this.path}.${oldest}`);
  }

  truncate(): void {
    truncateSync(this.path);
  }

  async poll(): Promise<void> {
    await this.source.poll();
  }

  /** The journal takes the first `count` entries in, with their position. */
  commit(count: number = this.pending.length): void {
    for (const entry of this.pending.splice(0, count)) {
      if (entry.kind === 'line') this.committed.push(entry.text);
      else if (entry.kind === 'refused') this.committed.push(`refused ${entry.code}`);
      this.position = JSON.parse(JSON.stringify(entry.positionAfter)) as SourcePosition;
    }
  }

  /** The process dies: what was not committed is forgotten. */
  async crash(): Promise<void> {
    await this.source.close();
    this.pending = [];
  }

  restart(): void {
    this.source = this.#start();
  }

  async remove(): Promise<void> {
    await this.source.close();
    rmSync(this.directory, { recursive: true });
  }

  #start(): JsonlFileSource {
    const source = new JsonlFileSource({ name: 'feed', path: this.path, isWatching: false });
    source.start(this.position, {
      onEntries: (entries) => this.pending.push(...entries),
      onEvent: (event) => this.events.push(event),
    });
    return source;
  }

  #shift(): void {
    for (const number of this.#rotatedNumbers()) renameSync(`${this.path}.${number}`, `${this.path}.${number + 1}`);
  }

  /** Oldest first. */
  #rotatedNumbers(): readonly number[] {
    return readdirSync(this.directory)
      .map((name) => Number(name.slice(basename(this.path).length + 1)))
      .filter((number) => number > 0)
      .sort((a, b) => b - a);
  }
}

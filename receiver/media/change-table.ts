/**
 * A key a row, in a scratch database: how it stood before a bundle and how it stands after, whatever happened in between.
 * Pure but for SQLite.
 */
import type { KeyRange } from '../../src/identity/snapshot-part.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import type { Revision } from '../../src/wire/revision.ts';
import { NO_FACTS, type SubjectFacts } from '../guard/guard-limits.ts';

export interface KeyState {
  readonly revision: Revision;
  readonly isLive: boolean;
  readonly facts: SubjectFacts;
}

/** Of a key that the bundle names. Facts are absent where it did not live, or does not. */
export interface StateChange {
  readonly key: string;
  readonly before: SubjectFacts | undefined;
  readonly after: SubjectFacts | undefined;
  /** A membership that ends with its group or member. */
  readonly isCascade: boolean;
}

interface Row {
  readonly epoch: number;
  readonly sequence: number;
  readonly record_index: number;
  readonly is_live: number;
  readonly facts: string;
}

interface TouchedRow {
  readonly key: string;
  readonly facts_before: string;
  readonly facts: string;
  readonly is_cascade: number;
}

const PAGE_ROWS = 1_000;

export class ChangeTable {
  readonly #scratch: Store;
  readonly #find: Statement;
  readonly #put: Statement;
  readonly #touched: Statement;
  readonly #live: Statement;

  /** `scratch`: the caller closes it. */
  constructor(scratch: Store) {
    this.#scratch = scratch;
    scratch.exec(`CREATE TABLE change (
      key TEXT PRIMARY KEY, was_live INTEGER NOT NULL, is_live INTEGER NOT NULL,
      epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, record_index INTEGER NOT NULL,
      facts_before TEXT NOT NULL, facts TEXT NOT NULL, is_cascade INTEGER NOT NULL,
      is_touched INTEGER NOT NULL
    ) WITHOUT ROWID`);
    this.#find = scratch.prepare('SELECT epoch, sequence, record_index, is_live, facts FROM change WHERE key = ?');
    this.#put = scratch.prepare(
      `INSERT INTO change (key, was_live, is_live, epoch, sequence, record_index, facts_before, facts, is_cascade, is_touched)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (key) DO UPDATE SET is_live = excluded.is_live,
       epoch = excluded.epoch, sequence = excluded.sequence, record_index = excluded.record_index,
       facts = excluded.facts, is_cascade = excluded.is_cascade, is_touched = 1`,
    );
    this.#touched = scratch.prepare(
      `SELECT key, facts_before, facts, is_cascade FROM change
       WHERE key > ? AND is_touched AND (was_live OR is_live) ORDER BY key LIMIT ?`,
    );
    this.#live = scratch
      .prepare("SELECT key FROM change WHERE key >= ? AND (? = '' OR key < ?) AND is_live ORDER BY key")
      .pluck();
  }

  transaction(work: () => void): void {
    this.#scratch.transaction(work)();
  }

  find(key: string): KeyState | undefined {
    const row = this.#find.get(key) as Row | undefined;
    if (row === undefined) return undefined;
    const { epoch, sequence, record_index: index } = row;
    return { revision: { epoch, sequence, index }, isLive: row.is_live === 1, facts: factsIn(row.facts) ?? NO_FACTS };
  }

  /** `before`: what was known of it, which counts where the key is new here. */
  put(key: string, before: KeyState | undefined, after: KeyState & { readonly isCascade: boolean }): void {
    const { isLive, facts, isCascade } = after;
    const { epoch, sequence, index } = after.revision;
    const wasLive = before?.isLive === true;
    const texts = [textOf(wasLive ? before.facts : undefined), textOf(isLive ? facts : undefined)];
    this.#put.run(key, wasLive ? 1 : 0, isLive ? 1 : 0, epoch, sequence, index, ...texts, isCascade ? 1 : 0);
  }

  /** Keys that live now, in order. */
  liveIn({ first, last }: KeyRange): readonly string[] {
    return this.#live.all(first, last, last) as string[];
  }

  /** From now on what stands here is how it was before. */
  begin(): void {
    this.#scratch.exec('UPDATE change SET was_live = is_live, facts_before = facts, is_touched = 0');
  }

  /** In the order of their keys, but for those that did not live before and do not live after. */
  *touched(): Iterable<StateChange> {
    let last = '';
    for (;;) {
      // In pieces: the caller writes other tables meanwhile.
      const rows = this.#touched.all(last, PAGE_ROWS) as TouchedRow[];
      for (const { key, facts_before: before, facts, is_cascade: isCascade } of rows) {
        yield { key, before: factsIn(before), after: factsIn(facts), isCascade: isCascade === 1 };
      }
      if (rows.length < PAGE_ROWS) return;
      last = rows.at(-1)?.key ?? '';
    }
  }
}

function textOf(facts: SubjectFacts | undefined): string {
  return JSON.stringify(facts ?? null);
}

function factsIn(text: string): SubjectFacts | undefined {
  return (JSON.parse(text) as SubjectFacts | null) ?? undefined;
}

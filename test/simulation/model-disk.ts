/**
 * A disk that loses what was not synced. The database on it is a real one: SQLite, its WAL and its recovery, in a folder of
 * memory. What is modelled is the moment of the sync: with synchronous=FULL a commit has synced the WAL when it returns;
 * with less nothing is synced. A crash cuts the WAL somewhere behind what was synced, and the next life opens what is left.
 *
 *   commit: ─ begin ─ work ─ [a] ─ WAL written ─ [b] ─ synced ─ [c] ─ returns
 *
 * A crash at a leaves the transaction out, at b leaves it in or out, at c leaves it in.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Statement, Store } from '../../src/store/database.ts';
import { ModelCrash } from './model-crash.ts';
import type { Random } from './random.ts';

/** What a drawn commit meets. */
export type CommitFault = 'crash' | 'sync-fails' | undefined;

export interface ModelDiskOptions {
  readonly random: Random;
  /** Asked before each commit that is no part of another. */
  readonly drawFault: () => CommitFault;
  /** The program dies here and now; what it holds is not to be used again. */
  readonly onCrash: () => void;
  /** A program went on writing behind a failed sync. */
  readonly onContradiction: (text: string) => never;
}

/** A copy of the database as it was at some time. */
export type DiskImage = Buffer;

const FULL = 2;
const HOME = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export class ModelDisk {
  readonly #options: ModelDiskOptions;
  readonly #folder = mkdtempSync(join(HOME, 'diode-sim-'));
  #life = 0;
  #raw: Store | undefined;
  /** How many rows it ever wrote. */
  #changes: Statement | undefined;
  #isSynchronous = true;
  /** Of the WAL: a power cut leaves at least these. */
  #syncedBytes = 0;
  #isFull = false;
  #hasFailed = false;
  /** What the programs are told when they ask; a disk may fill up faster than they look. */
  freeBytes = 1e12;

  constructor(options: ModelDiskOptions) {
    this.#options = options;
  }

  /** A new life of the program opens its database: `open` gets the path, `onCommitted` hears of each durable commit. */
  open(open: (path: string) => Store, onCommitted: () => void = () => undefined): Store {
    const raw = open(this.#path);
    this.#raw = raw;
    this.#changes = raw.prepare<unknown[], number>('SELECT total_changes()').pluck();
    this.#isSynchronous = (raw.pragma('synchronous', { simple: true }) as number) >= FULL;
    this.#syncedBytes = this.#walBytes;
    this.#hasFailed = false;
    this.isFull = this.#isFull;
    return this.#facade(raw, onCommitted);
  }

  /** Beside the program; undefined while it does not run. */
  get store(): Store | undefined {
    return this.#raw;
  }

  get path(): string {
    return this.#path;
  }

  /** While it is, SQLite takes no page more than the database has (SQLITE_FULL). */
  get isFull(): boolean {
    return this.#isFull;
  }

  set isFull(isFull: boolean) {
    this.#isFull = isFull;
    this.#raw?.pragma(`max_page_count = ${isFull ? 1 : 0x3fff_fffe}`);
  }

  /** The program is dead: what is synced stays, of the rest some. */
  crash(): void {
    if (this.#raw === undefined) return;
    const written = this.#walBytes;
    const synced = this.#isSynchronous && !this.#isCommitting && !this.#hasFailed ? written : this.#syncedBytes;
    const kept = this.#options.random.chance(0.5) ? synced : this.#options.random.integer(synced, written);
    const before = this.#path;
    this.#life++;
    copyFileSync(before, this.#path);
    if (existsSync(`${before}-wal`)) {
      copyFileSync(`${before}-wal`, `${this.#path}-wal`);
      truncateSync(`${this.#path}-wal`, Math.min(kept, written));
    }
    this.#forget(before);
  }

  /** The program ended by itself. */
  stop(): void {
    this.#raw?.close();
    this.#raw = undefined;
  }

  /** As a backup taken while the program runs; undefined while it does not. */
  image(): DiskImage | undefined {
    return this.#raw?.serialize();
  }

  /** Between two lives: an older image, or an empty disk. */
  replace(image: DiskImage | undefined): void {
    const before = this.#path;
    this.#life++;
    this.#forget(before);
    if (image !== undefined) writeFileSync(this.#path, image);
  }

  remove(): void {
    this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #isCommitting = false;

  #transaction(raw: Store, work: (...args: unknown[]) => unknown, onCommitted: () => void) {
    const run =
      (mode: 'default' | 'immediate' | 'exclusive') =>
      (...args: unknown[]) => {
        if (raw.inTransaction) return raw.transaction(work)[mode](...args);
        return this.#commit((beforeCommit) => {
          const inner = (...innerArgs: unknown[]) => {
            const result = work(...innerArgs);
            beforeCommit();
            return result;
          };
          return raw.transaction(inner)[mode](...args);
        }, onCommitted);
      };
    return Object.assign(run('default'), {
      immediate: run('immediate'),
      deferred: (...args: unknown[]) => this.#read(() => raw.transaction(work).deferred(...args)),
      exclusive: run('exclusive'),
    });
  }

  /** What only reads has nothing to make durable. */
  #read<T>(work: () => T): T {
    const before = this.#changes?.get();
    const result = work();
    if (this.#changes?.get() !== before) this.#options.onContradiction('a program wrote where it said that it reads');
    return result;
  }

  /** One durable step, with what the seed says becomes of it. */
  #commit<T>(write: (beforeCommit: () => void) => T, onCommitted: () => void): T {
    if (this.#hasFailed) this.#options.onContradiction('a program wrote on behind a failed sync');
    const fault = this.#options.drawFault();
    const at = fault === 'crash' ? this.#options.random.integer(0, 2) : -1;
    const result = write(() => (at === 0 ? this.#die() : undefined));
    if (fault === 'sync-fails') this.#failSync();
    this.#isCommitting = at === 1;
    if (at === 1) this.#die();
    onCommitted();
    if (at === 2) this.#die();
    if (this.#isSynchronous) this.#syncedBytes = this.#walBytes;
    return result;
  }

  #die(): never {
    // Inside the transaction the database is still in use: what is on disk is copied as it stands.
    try {
      this.#options.onCrash();
    } finally {
      this.#isCommitting = false;
    }
    throw new ModelCrash();
  }

  #failSync(): never {
    this.#hasFailed = true;
    throw new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_FSYNC');
  }

  #facade(raw: Store, onCommitted: () => void): Store {
    const statements = new Map<string, Statement>();
    return new Proxy(raw, {
      get: (target, name) => {
        if (name === 'transaction') {
          return (work: (...args: unknown[]) => unknown) => this.#transaction(target, work, onCommitted);
        }
        if (name === 'prepare') {
          return (sql: string) => {
            const statement = statements.get(sql) ?? this.#statement(target, sql, onCommitted);
            statements.set(sql, statement);
            return statement;
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  /** What is written outside of a transaction is one of its own. */
  #statement(raw: Store, sql: string, onCommitted: () => void): Statement {
    const statement = raw.prepare(sql) as Statement;
    if (statement.readonly) return statement;
    const durably =
      <T>(write: (...args: unknown[]) => T) =>
      (...args: unknown[]) => {
        if (raw.inTransaction) return write.apply(statement, args);
        return this.#commit((beforeCommit) => {
          beforeCommit();
          return write.apply(statement, args);
        }, onCommitted);
      };
    const own = { run: durably(statement.run), get: durably(statement.get), all: durably(statement.all) };
    return new Proxy(statement, {
      get: (target, name) => {
        if (name === 'run' || name === 'get' || name === 'all') return own[name];
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  #forget(path: string): void {
    this.#raw?.close();
    this.#raw = undefined;
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
  }

  get #path(): string {
    return join(this.#folder, `${this.#life}.db`);
  }

  get #walBytes(): number {
    return statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }
}

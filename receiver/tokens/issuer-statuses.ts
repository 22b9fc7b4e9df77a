/** The last word on how fresh each issuer's revocations are, on disk: `admitStatus` bounds them by the issuers of the config. */
import type { Statement, Store } from '../../src/store/database.ts';

export const ISSUER_STATUS_SCHEMA = `
  CREATE TABLE issuer_status (
    issuer TEXT PRIMARY KEY,
    as_of_ms INTEGER NOT NULL,
    next_by_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

export interface IssuerStatus {
  readonly issuer: string;
  /** All revocations up to then were said before. */
  readonly asOfMs: number;
  /** By then the next status is due. */
  readonly nextByMs: number;
}

/** The status in a value of the `trust` topic, or undefined where it is none. */
export function readStatus(value: Buffer): IssuerStatus | undefined {
  try {
    const { issuer, asOfMs, nextByMs } = (JSON.parse(value.toString('utf8')) ?? {}) as Record<string, unknown>;
    const isStatus = typeof issuer === 'string' && Number.isSafeInteger(asOfMs) && Number.isSafeInteger(nextByMs);
    return isStatus ? { issuer, asOfMs: asOfMs as number, nextByMs: nextByMs as number } : undefined;
  } catch {
    return undefined;
  }
}

export class IssuerStatuses {
  readonly #all: Statement;
  readonly #put: Statement;

  constructor(store: Store) {
    this.#all = store.prepare(
      'SELECT issuer, as_of_ms AS asOfMs, next_by_ms AS nextByMs FROM issuer_status ORDER BY issuer',
    );
    this.#put = store.prepare(
      `INSERT OR REPLACE INTO issuer_status (issuer, as_of_ms, next_by_ms)
       VALUES (@issuer, @asOfMs, @nextByMs)`,
    );
  }

  get all(): readonly IssuerStatus[] {
    return this.#all.all() as IssuerStatus[];
  }

  /** Inside the caller's transaction. */
  put(status: IssuerStatus): void {
    this.#put.run({ ...status });
  }
}

/** Every decision, in order, for good: what the stages see of a log. Behind it stands the Merkle log. */

/** Digests, ids, names and counts only: never a token, a private key or an attribute's value. */
export interface AuditEvent {
  readonly event: string;
  /** The log's own: a detail of such a name would take its place. */
  readonly index?: never;
  readonly at?: never;
  readonly [detail: string]: string | number | boolean | readonly string[] | undefined;
}

export interface AuditLog {
  /** Queues one entry; it is on disk when the next `sync` returns. Throws DiodeError `audit-failed` once writing failed. */
  append(nowMs: number, entry: AuditEvent): void;
  /** All queued entries written and synced. What a stage makes visible to others comes after this. */
  sync(): void;
  close(): void;
}

/** Every decision, in order, for good: what the stages see of a log. Behind it stands the Merkle log. */

/** Digests, ids, names and counts only: never a token, a private key or an attribute's value. */
export interface AuditEvent {
  readonly event: string;
  readonly [detail: string]: string | number | boolean | readonly string[] | undefined;
}

export interface AuditLog {
  /** Queues one entry; it is on disk when the next `sync` returns. Throws DiodeError `audit-failed` once writing failed. */
  append(nowMs: number, entry: AuditEvent): void;
  /** All queued entries written and synced. What a stage makes visible to others comes after this. */
  sync(): void;
  close(): void;
}

/** Every decision, in order, for good. First an append-only file (file-audit-log.ts); the Merkle log stands behind the same interface. */

/** Digests, names and counts only: never a token, a key or an attribute's value. */
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

/** Every code that an operator can meet. Codes are API: never renamed, never reused. */
export type DiodeErrorCode =
  | 'config-unreadable'
  | 'config-invalid'
  | 'directory-exists'
  | 'directory-missing'
  | 'directory-locked'
  | 'path-link'
  | 'card-invalid'
  | 'card-not-trusted'
  | 'root-missing'
  | 'root-pinned'
  | 'trust-refused'
  | 'trust-damaged'
  | 'key-missing'
  | 'key-invalid'
  | 'key-mode'
  | 'signer-module'
  | 'signer-token'
  | 'signer-pin'
  | 'signer-key'
  | 'signer-mechanism'
  | 'signer-failed'
  | 'request-invalid'
  | 'request-foreign'
  | 'boundary-mismatch'
  | 'stream-mismatch'
  | 'link-port-in-use'
  | 'link-address'
  | 'link-interface'
  | 'link-device'
  | 'link-device-in-use'
  | 'source-missing'
  | 'source-unreadable'
  | 'record-too-large'
  | 'frame-too-large'
  | 'disk-full'
  | 'disk-failed'
  | 'store-damaged'
  | 'store-newer'
  | 'store-older'
  | 'state-lost'
  | 'stream-halted'
  | 'audit-failed'
  | 'audit-missing'
  | 'proof-invalid'
  | 'not-witnessed'
  | 'ops-port-in-use'
  | 'not-running'
  | 'requests-full'
  | 'not-confirmed'
  | 'approval-invalid'
  | 'approval-refused'
  | 'hold-unknown'
  | 'hold-changed'
  | 'state-unknown'
  | 'revert-waiting'
  | 'ticket-invalid'
  | 'epoch-mismatch'
  | 'frames-missing'
  | 'epoch-unknown'
  | 'clock-far'
  | 'epoch-number'
  | 'epoch-due'
  | 'kafka-unreachable'
  | 'kafka-tls'
  | 'kafka-sasl'
  | 'kafka-acl'
  | 'kafka-topic'
  | 'kafka-message-too-large'
  | 'kafka-timeout'
  | 'kafka-fenced'
  | 'kafka-failed'
  | 'site-secret'
  | 'inventory-invalid'
  | 'inventory-incomplete'
  | 'medium-missing'
  | 'medium-full'
  | 'medium-unwritable'
  | 'medium-failed'
  | 'bundle-missing'
  | 'bundle-unfinished'
  | 'bundle-invalid'
  | 'bundle-damaged'
  | 'bundle-foreign'
  | 'bundle-old'
  | 'bundle-refused'
  | 'volume-missing'
  | 'interrupted'
  | 'evidence-invalid'
  | 'usage';

/**
 * An operator's mistake or a failure that an operator can cure. The message is one clear sentence of what was seen,
 * then what to do; `main` prints it without a stack and exits with 1 (2 for `usage`).
 */
export class DiodeError extends Error {
  readonly code: DiodeErrorCode;
  readonly seen: string;
  readonly cure: string;

  constructor(code: DiodeErrorCode, seen: string, cure: string, options?: ErrorOptions) {
    super(`${seen} ${cure}`, options);
    this.name = 'DiodeError';
    this.code = code;
    this.seen = seen;
    this.cure = cure;
  }
}

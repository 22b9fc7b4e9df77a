/** An audit log that loses what was not synced, and says what it has. */
import type { AuditEvent, AuditLog } from '../../src/audit/audit-log.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { ModelCrash } from './model-crash.ts';
import type { CommitFault } from './model-disk.ts';
import type { Random } from './random.ts';

export interface ModelAuditOptions {
  readonly random: Random;
  /** Asked at each sync that has something to write. */
  readonly drawFault: () => CommitFault;
  readonly onCrash: () => void;
  readonly onContradiction: (text: string) => never;
}

export class ModelAudit {
  readonly #options: ModelAuditOptions;
  readonly #synced: AuditEvent[] = [];
  #pending: AuditEvent[] = [];
  #hasFailed = false;

  constructor(options: ModelAuditOptions) {
    this.#options = options;
  }

  /** For one life of the program. */
  open(): AuditLog {
    this.#hasFailed = false;
    return {
      append: (_nowMs, entry) => {
        if (this.#hasFailed) this.#options.onContradiction('an entry was appended behind a failed sync');
        this.#pending.push(entry);
      },
      sync: () => this.#sync(),
      close: () => undefined,
    };
  }

  /** Of what waits for a sync, the first lines may have been written. */
  crash(): void {
    this.#synced.push(...this.#pending.slice(0, this.#options.random.integer(0, this.#pending.length)));
    this.#pending = [];
  }

  get synced(): readonly AuditEvent[] {
    return this.#synced;
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  #sync(): void {
    if (this.#hasFailed) this.#options.onContradiction('a sync was tried again behind a failed one');
    if (this.#pending.length === 0) return;
    const fault = this.#options.drawFault();
    if (fault === 'crash') {
      this.#options.onCrash();
      throw new ModelCrash();
    }
    if (fault === 'sync-fails') {
      this.#hasFailed = true;
      throw new DiodeError('audit-failed', 'The audit log cannot be written.', 'Mend its disk.');
    }
    for (const entry of this.#pending) this.#synced.push(entry);
    this.#pending = [];
  }
}

/** What the guard may hold, release and refuse, told from the topics alone: each held record has one end, or is held. */
import { type HeldRecord, type Pin, readHeldEvent } from '../../receiver/guard/held-record.ts';
import { EVENT_TYPES } from '../../receiver/publish/kafka-records.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import { compareRevisions, parseRevision, type Revision } from '../../src/wire/revision.ts';
import { valueBytes } from '../support/kafka-value.ts';
import { check } from './check.ts';
import type { GuardPlan } from './guard-plan.ts';

export interface HoldLedgerOptions {
  readonly guard: GuardPlan | undefined;
  readonly topic: string;
  readonly nowMs: () => number;
  /** False: both clocks jumped, and so may the hour. */
  readonly isHourTrue: boolean;
  readonly count: (event: string) => void;
}

const HOUR_MS = 3_600_000;

export class HoldLedger {
  readonly #options: HoldLedgerOptions;
  readonly #held = new Map<string, HeldRecord>();
  readonly #pins = new Map<string, Pin>();
  /** Of this transaction, as they stand on `identity`. */
  #released = new Map<string, HeldRecord>();
  /** When subjects were deleted that nobody approved. */
  #losses: number[] = [];

  constructor(options: HoldLedgerOptions) {
    this.#options = options;
  }

  /** Before the records of a transaction are looked at. */
  begin(records: readonly KafkaRecord[]): void {
    this.#released = new Map();
    for (const record of records) {
      if (record.topic !== this.#options.topic || typeOf(record) !== EVENT_TYPES.heldReleased) continue;
      const held = this.#held.get(record.key);
      check(held !== undefined, `${record.key} is released, and was not held`);
      this.#released.set(record.key, held as HeldRecord);
    }
  }

  /** Of the topic itself. `isDecided`: of its frame, by this transaction. */
  handle(record: KafkaRecord, isDecided: boolean): void {
    const { guard, count } = this.#options;
    const { key } = record;
    check(guard !== undefined, `${key} is held without a guard`);
    const said = readHeldEvent({ key, value: valueBytes(record.value) });
    check(said !== undefined, `what is held of ${key} cannot be read`);
    const known = this.#held.get(key);
    switch (typeOf(record)) {
      case EVENT_TYPES.held: {
        const held = said?.held as HeldRecord;
        check(isDecided, `${key} is held without progress over its frame`);
        check(known === undefined || compareRevisions(held.revision, known.revision) > 0, `${key} is held again`);
        check(said?.pin?.revision === undefined || this.#pins.has(key), `a pin of ${key} comes from nowhere`);
        this.#held.set(key, held);
        break;
      }
      case EVENT_TYPES.heldRejected:
        check(known !== undefined, `${key} is rejected, and was not held`);
        this.#pins.set(key, said?.pin as Pin);
        this.#held.delete(key);
        break;
      case EVENT_TYPES.heldReplaced:
        check(known !== undefined || this.#pins.has(key), `${key} is replaced, and was not held`);
        check(!this.#released.has(key), `${key} is replaced and released`);
        this.#held.delete(key);
        this.#pins.delete(key);
        break;
      default:
        this.#held.delete(key);
        this.#pins.delete(key);
    }
    count(`held: ${typeOf(record).split(':').at(-1)}`);
  }

  /** A record of `identity` that no frame of this transaction said: an approver let it go, as it was. */
  checkReleased(record: KafkaRecord, id: string): void {
    const held = this.#released.get(record.key);
    check(held !== undefined, `${id} is published without progress over its frame, or again`);
    const isSame = JSON.stringify(held?.headers) === JSON.stringify(record.headers);
    check(isSame && (held?.value ?? null) === record.value, `${id} was held otherwise`);
  }

  /** Of `identity`; `wasLive` as of the record before it. */
  handleIdentity(record: KafkaRecord, { wasLive, isDecided }: { wasLive: boolean; isDecided: boolean }): void {
    const { guard, nowMs, isHourTrue } = this.#options;
    const pin = this.#pins.get(record.key);
    const revision = parseRevision(headerOf(record, 'ce_revision')) as Revision;
    const isReleased = this.#released.has(record.key) && !isDecided;
    check(
      pin === undefined || isReleased || compareRevisions(revision, pin.revision) > 0,
      `${record.key} is published, although approvers refused it`,
    );
    const isLoss = record.value === null && wasLive && isDecided && !record.key.startsWith('Member|');
    if (guard === undefined || !isLoss || !isHourTrue) return;
    this.#losses = [...this.#losses.filter((atMs) => atMs > nowMs() - HOUR_MS), nowMs()];
    check(
      this.#losses.length <= guard.freeLosses,
      `${this.#losses.length} subjects were deleted within an hour, and ${guard.freeLosses} may`,
    );
  }

  /** Behind a transaction: as many as progress counts. */
  checkTotal(held: number): void {
    const counted = [...this.#held.values()].filter(({ isCounted }) => isCounted).length;
    check(counted === held, `${counted} records are held, progress counts ${held}`);
  }

  /** Whether approvers have it before them, or refused it: then `identity` need not say what the sender said last. */
  isOpen(key: string): boolean {
    return this.#held.has(key) || this.#pins.has(key);
  }
}

function typeOf(record: KafkaRecord): string {
  return headerOf(record, 'ce_type');
}

function headerOf(record: KafkaRecord, name: string): string {
  return record.headers.find(([each]) => each === name)?.[1] ?? '';
}

/**
 * Compares the topics, as kcat read them, with what the source said. It knows headers and values as docs/consumers.md
 * has them, and nothing of the product's code.
 */
import type { KcatRecord } from './kafka-tools.ts';
import { type ExpectedRecord, type ExpectedRecords, FIRST_AT_MS } from './rising-workload.ts';

export interface LedgerVerdict {
  /** What the source said. */
  readonly records: number;
  /** Of these: on its topic, or superseded. */
  readonly delivered: number;
  /** A newer one of its key is there, it may be of a frame that came late, and the receiver counts as many. */
  readonly superseded: number;
  readonly duplicated: number;
  readonly missing: number;
  readonly outOfOrder: number;
  /** What else is wrong; the first few, in words. */
  readonly faults: readonly string[];
}

/** What the last progress record of the stream says. */
interface ToldProgress {
  readonly gaps: readonly unknown[];
  readonly waitingFrames: readonly unknown[];
  readonly totals: Readonly<Record<string, number>>;
  readonly topics: Readonly<Record<string, number>>;
}

/** Epoch and sequence of a frame that came late. */
export type HealedFrame = readonly [epoch: number, sequence: number];

/** Where a line came to lie. */
interface Place {
  readonly number: number;
  /** Epoch, sequence and index. */
  readonly revision: readonly number[];
}

const MAX_FAULTS = 20;

export class RisingLedger {
  /** Numbers by key, in the order in which they lie in the topic. */
  readonly #seen = new Map<string, number[]>();
  readonly #lastRevision = new Map<string, readonly number[]>();
  readonly #ids = new Set<string>();
  readonly #places: Place[] = [];
  /** Numbers of tombstones. */
  readonly #deletes = new Set<number>();
  readonly #faults: string[] = [];
  #duplicated = 0;
  #outOfOrder = 0;
  #progress: ToldProgress | undefined;

  /** Of `identity` or `tokens`. */
  handleRecord(record: KcatRecord): void {
    const key = record.key ?? '';
    const id = header(record, 'ce_id');
    if (this.#ids.has(id)) {
      this.#duplicated += 1;
      this.#fault(`${id} is there twice, the second at partition ${record.partition}, offset ${record.offset}`);
      return;
    }
    this.#ids.add(id);
    const number = Date.parse(header(record, 'ce_time')) - FIRST_AT_MS;
    const told = toldNumber(record);
    if (told !== undefined && told !== number)
      this.#fault(`${id} has the content of line ${told}, the time of ${number}`);
    const numbers = this.#seen.get(key) ?? [];
    const revision = header(record, 'ce_revision').split('.').map(Number);
    const last = this.#lastRevision.get(key) ?? [];
    if (compare(revision, last) <= 0 || number <= (numbers.at(-1) ?? 0)) {
      this.#outOfOrder += 1;
      this.#fault(`${id}, line ${number}, comes after revision ${last.join('.')}, line ${numbers.at(-1)}, of its key`);
    }
    this.#lastRevision.set(key, revision);
    this.#places.push({ number, revision });
    numbers.push(number);
    this.#seen.set(key, numbers);
    if (record.value === null) this.#deletes.add(number);
  }

  /** Of `progress`, in order; the last one counts. */
  handleProgress({ value }: KcatRecord): void {
    if (value !== null) this.#progress = JSON.parse(value) as ToldProgress;
  }

  /** `healed`: frames that the receiver took out of a gap; those in order cannot be overtaken. */
  judge(expected: ExpectedRecords, healed: readonly HealedFrame[]): LedgerVerdict {
    this.#places.sort((a, b) => a.number - b.number);
    let records = 0;
    let delivered = 0;
    let overtaken = 0;
    for (const [key, list] of expected) {
      records += list.length;
      const numbers = this.#seen.get(key) ?? [];
      const present = this.#matchKey(key, list, numbers);
      delivered += present.size;
      const newest = numbers.at(-1) ?? 0;
      const older = list.filter(({ number }) => !present.has(number) && number < newest);
      overtaken += older.filter(({ number }) => this.#mayBeLate(number, key, healed)).length;
    }
    for (const key of this.#seen.keys()) if (!expected.has(key)) this.#fault(`nobody said anything of key ${key}`);
    // An absent record that a newer one of its key hides is lost all the same, unless the receiver says what became of it.
    const superseded = Math.min(overtaken, this.#progress?.totals.superseded ?? 0);
    this.#compareProgress({ delivered, superseded: overtaken });
    return {
      records,
      delivered: delivered + superseded,
      superseded,
      duplicated: this.#duplicated,
      missing: records - delivered - superseded,
      outOfOrder: this.#outOfOrder,
      faults: this.#faults,
    };
  }

  /**
   * Whether a line that is not there may have been in a frame that came late. Lines are framed in their order, so its frame lies
   * between those of its neighbours that are there.
   */
  #mayBeLate(number: number, key: string, healed: readonly HealedFrame[]): boolean {
    const at = firstAbove(this.#places, number);
    const from = this.#places[at - 1]?.revision.slice(0, 2) ?? [];
    const to = this.#places[at]?.revision.slice(0, 2) ?? [Number.POSITIVE_INFINITY];
    if (healed.some((frame) => compare(frame, from) >= 0 && compare(frame, to) <= 0)) return true;
    this.#fault(`line ${number} of ${key} is gone, though its frame came in order: between ${from} and ${to}`);
    return false;
  }

  /** The numbers that are there and should be. */
  #matchKey(key: string, list: readonly ExpectedRecord[], numbers: readonly number[]): Set<number> {
    const wanted = new Map(list.map((record) => [record.number, record]));
    const present = new Set<number>();
    for (const number of numbers) {
      const record = wanted.get(number);
      if (record === undefined) this.#fault(`line ${number} lies under key ${key}, where it does not belong`);
      else if (record.isDelete !== this.#deletes.has(number))
        this.#fault(`line ${number} is a delete on one side only`);
      else if (present.has(number)) this.#duplicated += 1;
      else present.add(number);
    }
    return present;
  }

  /** The receiver's own count must say the same. */
  #compareProgress(counted: { readonly delivered: number; readonly superseded: number }): void {
    const progress = this.#progress;
    if (progress === undefined) {
      this.#fault('there is no progress record');
      return;
    }
    const { gaps, waitingFrames, totals, topics } = progress;
    const same = (what: string, told: number | undefined, seen: number) => {
      if (told !== seen) this.#fault(`progress tells of ${told} ${what}, and ${seen} were counted`);
    };
    same('published records', totals.published, counted.delivered);
    same('superseded records', totals.superseded, counted.superseded);
    same('records on topics', (topics.identity ?? 0) + (topics.tokens ?? 0), counted.delivered);
    for (const outcome of ['quarantined', 'held', 'expired']) same(`${outcome} records`, totals[outcome], 0);
    if (gaps.length > 0) this.#fault(`gaps are left: ${JSON.stringify(gaps)}`);
    if (waitingFrames.length > 0) this.#fault(`${waitingFrames.length} frames wait for a trusted clock`);
  }

  #fault(text: string): void {
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(text);
  }
}

/** The last line of a run, and whether all is as it must be. */
export function verdictLine(verdict: LedgerVerdict): string {
  const { records, delivered, duplicated, missing, outOfOrder } = verdict;
  return `records ${delivered} of ${records}, ${duplicated} duplicated, ${missing} missing, ${outOfOrder} out of order`;
}

/** For the line before it. */
export function supersededLine({ superseded }: LedgerVerdict): string {
  return `superseded ${superseded}: of these records, which count, a newer one of the key was there before their frame healed`;
}

export function isFlawless({ duplicated, missing, outOfOrder, faults }: LedgerVerdict): boolean {
  return duplicated + missing + outOfOrder + faults.length === 0;
}

/** The number in the content: of a user its display name, of a token its id; a tombstone has none. */
function toldNumber(record: KcatRecord): number | undefined {
  if (record.value === null) return undefined;
  const jti = header(record, 'ce_jti');
  if (jti !== '') return Number(jti.replace('number-', ''));
  const { displayName } = JSON.parse(record.value) as { readonly displayName: string };
  return Number(displayName.replace('number ', ''));
}

function header({ headers }: KcatRecord, name: string): string {
  return headers.find(([key]) => key === name)?.[1] ?? '';
}

function firstAbove(places: readonly Place[], number: number): number {
  let [from, to] = [0, places.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((places[middle] as Place).number > number) to = middle;
    else from = middle + 1;
  }
  return from;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of a.entries()) if (part !== b[index]) return part - (b[index] ?? 0);
  return 0;
}

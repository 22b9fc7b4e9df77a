/**
 * One part of a snapshot cycle, as much of the state as one frame holds: keys in their order first, without holes, then
 * key sets, revocations and live tokens in parts whose range is empty. Pure over the state, which is read row by row.
 */
import { WIRE_LIMITS } from '../../src/limits.ts';
import { revocationTarget, type SnapshotPartRecord, type WireRecord } from '../../src/wire/record.ts';
import type { Revision } from '../../src/wire/revision.ts';
import type { KeyedRecord } from '../journal/subject-state.ts';
import { type PlacedRecord, TRUST_STAGES, type TrustStage } from '../journal/trust-state.ts';

/** Where the next part begins: `key` in the stage of identities, behind `place` in the others. */
export interface CyclePlace {
  readonly stage: 'identity' | TrustStage;
  readonly key: string;
  readonly place: number;
}

export const CYCLE_START: CyclePlace = { stage: 'identity', key: '', place: 0 };

export interface SnapshotState {
  liveFrom(firstKey: string): Iterable<KeyedRecord>;
  after(stage: TrustStage, place: number, wallMs: number): Iterable<PlacedRecord>;
}

export interface PartDraft {
  readonly cycle: number;
  readonly part: number;
  readonly from: CyclePlace;
  /** The state is that as of this position. */
  readonly asOf: Revision;
  readonly wallMs: number;
  readonly maxBodyBytes: number;
}

export interface BuiltPart {
  readonly record: SnapshotPartRecord;
  /** Undefined: this was the last. */
  readonly next: CyclePlace | undefined;
}

/** Equal bounds that are not empty are an empty range. */
const EMPTY_RANGE = { firstKey: 'Token|', lastKey: 'Token|' } as const;
/**
 * Of an entry beside its texts, about: tags, lengths, revision, time, operation. At most 80, and 4,096 times the difference is
 * far from any bound.
 */
const ENTRY_BYTES = 44;

export function buildPart(state: SnapshotState, draft: PartDraft): BuiltPart {
  return draft.from.stage === 'identity' ? identityPart(state, draft) : trustPart(state, draft, draft.from.stage);
}

function identityPart(state: SnapshotState, draft: PartDraft): BuiltPart {
  const { key: firstKey } = draft.from;
  const entries = new Entries(draft.maxBodyBytes);
  for (const { key, record } of state.liveFrom(firstKey)) {
    if (!entries.add(record)) {
      const next = { stage: 'identity', key, place: 0 } as const;
      return { record: partRecord(draft, entries, { firstKey, lastKey: key }, false), next };
    }
  }
  const next = nextTrustPlace(state, draft.wallMs, TRUST_STAGES[0]);
  return { record: partRecord(draft, entries, { firstKey, lastKey: '' }, next === undefined), next };
}

function trustPart(state: SnapshotState, draft: PartDraft, firstStage: TrustStage): BuiltPart {
  const entries = new Entries(draft.maxBodyBytes);
  for (const stage of TRUST_STAGES.slice(TRUST_STAGES.indexOf(firstStage))) {
    let last = stage === firstStage ? draft.from.place : 0;
    for (const { place, record } of state.after(stage, last, draft.wallMs)) {
      if (!entries.add(record)) {
        return { record: partRecord(draft, entries, EMPTY_RANGE, false), next: { stage, key: '', place: last } };
      }
      last = place;
    }
  }
  return { record: partRecord(draft, entries, EMPTY_RANGE, true), next: undefined };
}

/** The first stage from `stage` on that has anything to carry. */
function nextTrustPlace(state: SnapshotState, wallMs: number, stage: TrustStage): CyclePlace | undefined {
  for (const each of TRUST_STAGES.slice(TRUST_STAGES.indexOf(stage))) {
    for (const _ of state.after(each, 0, wallMs)) return { stage: each, key: '', place: 0 };
  }
  return undefined;
}

function partRecord(
  { cycle, part, asOf }: PartDraft,
  { records: entries }: Entries,
  range: Pick<SnapshotPartRecord, 'firstKey' | 'lastKey'>,
  last: boolean,
): SnapshotPartRecord {
  return { kind: 'snapshot-part', cycle, part, last, ...range, asOf, entries };
}

class Entries {
  readonly records: WireRecord[] = [];
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** False where the part is full; the first fits whatever its size, as in a frame of deltas. */
  add(record: WireRecord): boolean {
    const bytes = entryBytes(record);
    const isFull = this.records.length >= WIRE_LIMITS.maxEntriesPerPart || this.#bytes + bytes > this.#maxBytes;
    if (this.records.length > 0 && isFull) return false;
    this.records.push(record);
    this.#bytes += bytes;
    return true;
  }
}

/** To encode each entry only to measure it would double the time that a part takes. */
function entryBytes(record: WireRecord): number {
  return textsOf(record).reduce((sum, text) => sum + Buffer.byteLength(text), ENTRY_BYTES);
}

function textsOf(record: WireRecord): readonly string[] {
  switch (record.kind) {
    case 'delta':
      return [record.type, record.id, record.resource ?? '', record.reason ?? ''];
    case 'member':
      return [record.group, record.member, record.memberType ?? '', record.reason ?? ''];
    case 'token':
      return [record.jws];
    case 'key-set':
      return [record.issuer, record.jwks];
    case 'revocation':
      return [record.issuer, revocationTarget(record.target).name];
    default:
      throw new Error(`a snapshot carries no ${record.kind}`);
  }
}

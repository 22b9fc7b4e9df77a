/**
 * One snapshot part: what it carries goes through the same rules as in a frame of deltas, then what it does not name is
 * deleted. The part is the journaled record and has the one outcome; its entries and tombstones are counted apart.
 */
import { identityKey, isIdentity, rangeOf, snapshotPartProblem } from '../../src/identity/snapshot-part.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type { DeltaRecord, MemberRecord, SnapshotPartRecord, TokenRecord, WireRecord } from '../../src/wire/record.ts';
import { compareRevisions, type Revision } from '../../src/wire/revision.ts';
import { isSettledElsewhere } from '../guard/held-record.ts';
import { type SubjectAttributes, settleSubject } from '../tokens/token-holder.ts';
import type { GroupFrame } from './group-frame.ts';
import type { GroupLedger, Placed } from './group-ledger.ts';
import { EVENT_TYPES, type FrameContext } from './kafka-records.ts';

export interface PartAdmission {
  readonly scope: 'all' | 'tokens-only';
  readonly verdicts: ReadonlyMap<TokenRecord, TokenVerdict>;
  readonly hasHistory: boolean;
  readonly subjectAttributes: SubjectAttributes | undefined;
  readonly admit: (placed: Placed<WireRecord>, verdict: TokenVerdict | undefined) => void;
}

/** True where tokens in it wait for a trusted clock; they are decided under `tokens-only`, and nothing else then. */
export function admitSnapshotFrame(
  { content }: GroupFrame & { readonly content: readonly WireRecord[] },
  frame: FrameContext,
  ledger: GroupLedger,
  how: PartAdmission,
): boolean {
  const isOnePart = content.length === 1 && content[0]?.kind === 'snapshot-part';
  let isWaiting = false;
  for (const [index, record] of content.entries()) {
    const revision = { epoch: frame.epoch, sequence: frame.sequence, index };
    if (record.kind === 'snapshot-part' && isOnePart) {
      isWaiting = admitPart({ record, frame, revision }, ledger, how);
    } else if (how.scope === 'all') {
      const reason = record.kind === 'snapshot-part' ? 'part-count' : 'kind-unsupported';
      ledger.refuse({ record, frame, revision }, { reason });
    }
  }
  return isWaiting;
}

function admitPart(placed: Placed<SnapshotPartRecord>, ledger: GroupLedger, how: PartAdmission): boolean {
  const { record: part, frame, revision: position } = placed;
  const problem = snapshotPartProblem(part, position);
  if (problem !== undefined) {
    if (how.scope === 'all') ledger.refuse(placed, { reason: problem });
    return false;
  }
  let isWaiting = false;
  const entries = ledger.countEntries(() => {
    for (const record of part.entries) {
      if (how.scope === 'tokens-only' && record.kind !== 'token') continue;
      if (how.scope === 'all' && isIdentity(record)) lookBehind(record, part.asOf, ledger);
      const verdict = record.kind === 'token' ? how.verdicts.get(record) : undefined;
      if (record.kind === 'token' && verdict === undefined) isWaiting = true;
      else how.admit({ record, frame, revision: record.revision as Revision, asOf: part.asOf }, verdict);
    }
  });
  if (how.scope === 'tokens-only') {
    ledger.addEntries({ ...entries, tombstones: 0, left: 0 });
    return isWaiting;
  }
  const { held, ...buried } = buryAbsent(placed, ledger, how);
  ledger.memory.putFloor({ ...rangeOf(part), asOf: part.asOf });
  ledger.count(part, 'published');
  const counts = { ...entries, ...buried, held: entries.held + held };
  ledger.addEntries(counts);
  const { cycle, part: number } = part;
  ledger.note('snapshot-part', placed, { cycle, part: number, last: Number(part.last), ...counts });
  return isWaiting;
}

/**
 * A state knows of each key the last record of its sender's history. What was published later than that, and no later than the state,
 * stands in another one: its sender was set back, and a gap hid it.
 */
function lookBehind(record: DeltaRecord | MemberRecord, asOf: Revision, ledger: GroupLedger): void {
  const key = identityKey(record);
  const published = ledger.memory.findSubject(key)?.revision;
  const said = record.revision;
  if (published === undefined || said === undefined || published.epoch !== asOf.epoch) return;
  if (compareRevisions(published, said) <= 0 || compareRevisions(published, asOf) > 0) return;
  ledger.noteOlderState({ key, published, said, asOf });
}

/**
 * Tombstones for live keys of the range that the part does not name, not even with an entry that was refused, and that are
 * not newer than its state. They carry the part's own position: nothing older may bring the key back.
 */
function buryAbsent(placed: Placed<SnapshotPartRecord>, ledger: GroupLedger, how: PartAdmission) {
  const { record: part, frame, revision } = placed;
  const { guard, memory, topics } = ledger;
  const named = new Set(part.entries.filter(isIdentity).map(identityKey));
  const absent: string[] = [];
  let left = 0;
  let held = 0;
  for (const { key, revision: last } of memory.liveIn(rangeOf(part))) {
    if (named.has(key) || compareRevisions(last, part.asOf) > 0) continue;
    if (isSettledElsewhere(part.asOf, { held: memory.findHeld(key), pin: memory.findPin(key) })) continue;
    if (absent.length < RECEIVER_LIMITS.maxPartTombstones) absent.push(key);
    else left++;
  }
  const isApproved = guard !== undefined && memory.isApproved(frame);
  let tombstones = 0;
  for (const [ordinal, key] of absent.entries()) {
    const idSuffix = ordinal > 0 && { idSuffix: String(ordinal) };
    const event = { key, value: null, type: EVENT_TYPES.delete, revision, reason: 'snapshot', ...idSuffix };
    if (guard !== undefined && !isApproved && guard.judgeAbsent(key) !== 'pass') {
      if (ledger.hasRoomToHold) {
        ledger.holdAbsent(frame, event);
        held += 1;
      } else left += 1;
      continue;
    }
    ledger.add(frame, { ...event, topic: topics.identity });
    if (how.hasHistory) ledger.add(frame, { ...event, topic: topics.history });
    const change = { key, subject: { revision, isDeleted: true }, isFree: isApproved, cause: revision };
    settleSubject(ledger, frame, change, how.subjectAttributes);
    ledger.letGo(key, revision);
    tombstones += 1;
  }
  // What is held of a key that the state no longer has must not come by a release: no later record would take it back.
  for (const key of memory.heldPutsIn(rangeOf(part))) {
    const waiting = memory.findHeld(key);
    if (named.has(key) || waiting === undefined || compareRevisions(waiting.revision, part.asOf) > 0) continue;
    ledger.letGo(key, revision);
  }
  return { tombstones, left, held };
}

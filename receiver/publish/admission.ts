/**
 * unpacker ─► **admission** ─► publisher
 *
 * Decides every record of a group of frames, in order: published, superseded, quarantined or expired. Pure over what the
 * tables remember and what the token checker said: the same frames over the same tables give the same records again,
 * which is what recovery after an unclean commit rests on.
 */
import { type IdentityRules, isIssuerCarried } from '../../src/identity/identity-rules.ts';
import { checkRecordAgainstRules } from '../../src/identity/record-check.ts';
import { isRefusal } from '../../src/identity/refusal.ts';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type { DeltaRecord, KeySetRecord, MemberRecord, TokenRecord, WireRecord } from '../../src/wire/record.ts';
import { compareRevisions, type Revision } from '../../src/wire/revision.ts';
import { cascadesIn, type GuardRules, type GuardTime } from '../guard/guard.ts';
import { NO_LIMITS, subjectFacts } from '../guard/guard-limits.ts';
import { admitStatus } from '../tokens/status-admission.ts';
import { admitRevocation, admitToken, type TokenDesk } from '../tokens/token-admission.ts';
import { isNewer, type RevocationTurn, type TokenLimits } from '../tokens/token-desk.ts';
import { settleSubject } from '../tokens/token-holder.ts';
import { admitCheckpoint } from '../witness/checkpoint-admission.ts';
import type { GroupFrame } from './group-frame.ts';
import { type Admission, GroupLedger, type Placed } from './group-ledger.ts';
import type { Memory } from './group-memory.ts';
import { type CloudEvent, DATA_SCHEMAS, EVENT_TYPES, frameContext } from './kafka-records.ts';
import { frameName } from './progress.ts';
import { admitSnapshotFrame } from './snapshot-admission.ts';
import type { TopicNames } from './topics.ts';

export interface AdmissionRules {
  readonly identity: IdentityRules;
  readonly tokens: TokenLimits;
  readonly topics: TopicNames;
  readonly hasHistory: boolean;
  /** Undefined: nothing is held. */
  readonly guard?: GuardRules;
}

export interface AdmissionInput {
  readonly frames: readonly GroupFrame[];
  /** Of every token that may be decided now; a token without one waits, and with it its frame. */
  readonly verdicts: ReadonlyMap<TokenRecord, TokenVerdict>;
  /**
   * `tokens-only`: frames that waited; all else in them was decided when they came. `revocations-only`: frames whose turn
   * has not come.
   */
  readonly scope: 'all' | 'tokens-only' | 'revocations-only';
  /** Names of frames whose revocations were decided before their turn. */
  readonly earlyFrames?: readonly string[];
  /** The guard's hour so far, and the time it is judged at; without it nothing is held. Of no use but to scope `all`. */
  readonly guardTime?: GuardTime;
}

const SCOPE_KIND = { all: undefined, 'tokens-only': 'token', 'revocations-only': 'revocation' } as const;

export function admitGroup(
  { frames, verdicts, scope, earlyFrames = [], guardTime }: AdmissionInput,
  tables: Memory,
  rules: AdmissionRules,
): Admission {
  const guard = rules.guard && guardTime && { rules: rules.guard, time: guardTime };
  const ledger = new GroupLedger(tables, rules.topics, guard);
  const early = new Set(earlyFrames);
  const desk = deskOf(rules);
  for (const frame of frames) {
    const context = frameContext(frame);
    if (typeof frame.content === 'string') {
      ledger.refuseFrame(frame, frame.content, context);
      continue;
    }
    const turn = scope === 'revocations-only' ? 'early' : early.has(frameName(context)) ? 'again' : 'in-turn';
    let isWaiting = false;
    if (frame.header.kind === 'snapshot') {
      // A snapshot's revocations take effect with their part, in turn.
      if (scope === 'revocations-only') continue;
      isWaiting = admitSnapshotFrame({ ...frame, content: frame.content }, context, ledger, {
        scope,
        verdicts,
        hasHistory: rules.hasHistory,
        subjectAttributes: rules.tokens.subjectAttributes,
        admit: (placed, verdict) =>
          admitRecord(placed, { verdict, turn: 'in-turn', isCascade: () => false, desk }, ledger, rules),
      });
      if (isWaiting) ledger.wait(context);
      continue;
    }
    const isCascade = cascadesIn(frame.content);
    for (let index = 0; index < frame.content.length; index++) {
      const record = frame.content[index] as WireRecord;
      if (SCOPE_KIND[scope] !== undefined && record.kind !== SCOPE_KIND[scope]) continue;
      const position = { epoch: context.epoch, sequence: context.sequence, index };
      const placed = { record, frame: context, revision: record.revision ?? position };
      const verdict = record.kind === 'token' ? verdicts.get(record) : undefined;
      const isAgain = record.kind === 'revocation' && turn === 'again';
      const isAhead = compareRevisions(placed.revision, position) > 0;
      if (isAgain && isAhead) continue;
      if (isDecided(record, ledger.memory.rebuiltThrough)) {
        // Of a frame that waited, it was counted when the frame came.
        if (scope === 'all') ledger.supersede(placed);
        continue;
      }
      if (record.kind === 'token' && verdict === undefined) isWaiting = true;
      // A record that repeats an earlier one cannot come before it.
      else if (isAhead) {
        ledger.refuse({ ...placed, revision: position }, { reason: 'revision-ahead' });
      } else admitRecord(placed, { verdict, turn, isCascade, desk }, ledger, rules);
    }
    if (isWaiting) ledger.wait(context);
  }
  return ledger.admission;
}

/** Said again, under a revision that was decided before the tables were lost. Revocations hold again whatever was. */
function isDecided({ kind, revision }: WireRecord, through: Revision | undefined): boolean {
  if (revision === undefined || through === undefined || kind === 'revocation') return false;
  return compareRevisions(revision, through) <= 0;
}

function admitRecord(
  placed: Placed,
  {
    verdict,
    turn,
    isCascade,
    desk,
  }: {
    readonly verdict: TokenVerdict | undefined;
    readonly turn: RevocationTurn;
    readonly isCascade: (record: DeltaRecord | MemberRecord) => boolean;
    readonly desk: TokenDesk;
  },
  ledger: GroupLedger,
  rules: AdmissionRules,
): void {
  if (isOf(placed, 'delta') || isOf(placed, 'member')) admitIdentity(placed, isCascade(placed.record), ledger, rules);
  else if (isOf(placed, 'token')) admitToken(placed, verdict as TokenVerdict, ledger, desk);
  else if (isOf(placed, 'revocation')) admitRevocation(placed, ledger, { ...desk, turn });
  else if (isOf(placed, 'key-set')) admitKeySet(placed, ledger, rules);
  else if (isOf(placed, 'status')) admitStatus(placed, ledger, desk);
  else if (isOf(placed, 'checkpoint')) admitCheckpoint(placed, ledger);
  else ledger.refuse(placed, { reason: 'kind-unsupported' });
}

/** Tells the compiler, so that no record has to be taken out of its place to be told apart. */
function isOf<K extends WireRecord['kind']>(
  placed: Placed,
  kind: K,
): placed is Placed<Extract<WireRecord, { readonly kind: K }>> {
  return placed.record.kind === kind;
}

function deskOf({ identity, tokens }: AdmissionRules): TokenDesk {
  return { ...tokens, isCarried: (issuer) => isIssuerCarried(identity, issuer) };
}

function admitIdentity(
  placed: Placed<DeltaRecord | MemberRecord>,
  isCascade: boolean,
  ledger: GroupLedger,
  rules: AdmissionRules,
): void {
  const checked = checkPlaced(placed, ledger, rules);
  if (checked === undefined) return;
  const { record, frame, revision } = placed;
  const { key, value, resource } = checked;
  const { guard, memory, topics } = ledger;
  const event: CloudEvent = {
    topic: topics.identity,
    key,
    value: value ?? null,
    type: EVENT_TYPES[record.operation],
    contentType: 'application/scim+json',
    dataSchema: record.kind === 'member' ? DATA_SCHEMAS.member : undefined,
    revision,
    atMs: record.atMs,
    reason: record.reason,
  };
  const isApproved = guard !== undefined && memory.isApproved(frame);
  const facts = resource && subjectFacts(resource, rules.guard?.limits ?? NO_LIMITS);
  const ruling = guard === undefined || isApproved ? 'pass' : guard.judge({ key, record, facts });
  if (ruling !== 'pass') {
    ledger.hold(placed, event, ruling);
    return;
  }
  if (!ledger.publish(placed, event)) return;
  if (rules.hasHistory) ledger.add(frame, { ...event, topic: topics.history });
  const subject = { revision, isDeleted: value === undefined, ...(facts && { facts }) };
  // An entry of a snapshot says again what was said before.
  const saidAtMs = placed.asOf === undefined ? (record.atMs ?? frame.createdAtMs) : undefined;
  const change = { key, subject, resource, isFree: isApproved || isCascade, cause: revision, saidAtMs };
  settleSubject(ledger, frame, change, rules.tokens.subjectAttributes);
  ledger.letGo(key, revision);
}

/** Wrapped, so that nobody takes it for a key set that counts: only trust admits one. */
function admitKeySet(placed: Placed<KeySetRecord>, ledger: GroupLedger, rules: AdmissionRules): void {
  const checked = checkPlaced(placed, ledger, rules);
  if (checked === undefined) return;
  const { record, revision } = placed;
  const { key, value } = checked;
  const isPublished = ledger.publish(placed, {
    topic: ledger.topics.trust,
    key,
    value: `{"admitted":false,"issuer":${JSON.stringify(record.issuer)},"jwks":${value}}`,
    type: EVENT_TYPES.keySetPut,
    contentType: 'application/json',
    dataSchema: DATA_SCHEMAS.keySet,
    revision,
    atMs: record.atMs,
    extensions: [['admitted', 'false']],
  });
  if (isPublished) ledger.memory.putSubject(key, { revision, isDeleted: false });
}

/** The grammar, then the revision; undefined where the record was refused or superseded. */
function checkPlaced(
  placed: Placed<DeltaRecord | MemberRecord | KeySetRecord>,
  ledger: GroupLedger,
  rules: AdmissionRules,
) {
  const checked = checkRecordAgainstRules(rules.identity, placed.record);
  if (isRefusal(checked)) {
    const { refused: reason, path, detail } = checked;
    ledger.refuse(placed, { reason, path, detail });
    return undefined;
  }
  const isSaid = placed.record.kind !== 'key-set' && isBelowFloor(placed, ledger.memory.findFloor(checked.key));
  if (isNewer(placed.revision, checked.key, ledger.memory) && !isSaid && !isPinned(placed, checked.key, ledger)) {
    return checked;
  }
  ledger.supersede(placed, { key: checked.key });
  return undefined;
}

/** Whether an approver rejected what was said of the key up to this revision. */
function isPinned({ revision }: Placed, key: string, { memory }: GroupLedger): boolean {
  const pin = memory.findPin(key);
  return pin !== undefined && compareRevisions(revision, pin.revision) <= 0;
}

/**
 * Whether a snapshot said all of this key's range at the record's revision or later. An entry speaks for the state of its
 * own part: also one that was refused before comes in with a later cycle.
 */
function isBelowFloor({ revision, asOf }: Placed, floor: Revision | undefined): boolean {
  if (floor === undefined) return false;
  return asOf === undefined ? compareRevisions(revision, floor) <= 0 : compareRevisions(asOf, floor) < 0;
}

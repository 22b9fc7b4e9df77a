/**
 * What the topics may hold, kept apart from the programs: looked at with each transaction that becomes visible. A
 * contradiction names what a consumer would have seen.
 */

import type { SpooledFrame } from '../../receiver/gate/spool.ts';
import { EVENT_TYPES } from '../../receiver/publish/kafka-records.ts';
import { covers, frameName, type Progress, type TopicName } from '../../receiver/publish/progress.ts';
import { isWholeCycle } from '../../receiver/publish/snapshot-progress.ts';
import { topicNames } from '../../receiver/publish/topics.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import type { WireRecord } from '../../src/wire/record.ts';
import { compareRevisions, parseRevision, type Revision } from '../../src/wire/revision.ts';
import { progressIn } from '../support/kafka-value.ts';
import { check, contradict } from './check.ts';
import { DroppedRecords } from './dropped-records.ts';
import type { ArchivedFrame, FrameArchive } from './frame-archive.ts';
import { HoldLedger, type HoldLedgerOptions } from './hold-ledger.ts';
import { claimsOf, isForged } from './model-tokens.ts';
import { KAFKA, STREAM } from './site.ts';
import { TokenLedger, type TokenLedgerOptions } from './token-ledger.ts';

export const TOPICS = topicNames(KAFKA);

type Place = Pick<Revision, 'epoch' | 'sequence'>;

export interface TopicLedgerOptions extends Omit<HoldLedgerOptions, 'topic'>, Pick<TokenLedgerOptions, 'mayForget'> {
  readonly hasTrust: boolean;
}

export class TopicLedger {
  readonly #archive: FrameArchive;
  readonly #holds: HoldLedger;
  /** Undefined where trust never changes. */
  readonly tokens: TokenLedger | undefined;
  /** Undefined where a guard stands: what it holds may be replaced, and what approvers reject is dropped. */
  readonly #dropped: DroppedRecords | undefined;
  readonly #ids = new Set<string>();
  /** Topic and key → the last record. */
  readonly #last = new Map<string, KafkaRecord>();
  readonly #lastRevisions = new Map<string, Revision>();
  readonly #closed = new Set<string>();
  /** Of published frames, by their names. */
  readonly #digests = new Map<string, string>();
  /** The last progress of each epoch that ended. */
  readonly #ended: Progress[] = [];
  #progress: Progress | undefined;
  #transactions = 0;

  constructor(archive: FrameArchive, { hasTrust, mayForget, ...holds }: TopicLedgerOptions) {
    this.#archive = archive;
    const last = (topic: TopicName, key: string) => this.#last.get(`${TOPICS[topic]} ${key}`);
    this.tokens = hasTrust ? new TokenLedger({ last, mayForget, count: holds.count }) : undefined;
    this.#holds = new HoldLedger({ ...holds, topic: TOPICS.held });
    const { guard, count } = holds;
    if (guard === undefined)
      this.#dropped = new DroppedRecords({ archive, count, revision: (key) => this.revision(key) });
  }

  /** Of the stream, as committed; what a receiver must agree with. */
  get progress(): Progress | undefined {
    return this.#progress;
  }

  /** Names of frames that may have been closed without ever being published: by a snapshot cycle, or with a lost disk. */
  get closed(): ReadonlySet<string> {
    return this.#closed;
  }

  get ended(): readonly Progress[] {
    return this.#ended;
  }

  /** Whether approvers have a key of `identity` before them, or refused what was said of it. */
  isHeld(key: string): boolean {
    return this.#holds.isOpen(key);
  }

  get transactions(): number {
    return this.#transactions;
  }

  /** The last committed revision of a key, whatever its topic. */
  revision(key: string): Revision | undefined {
    return this.#lastRevisions.get(key);
  }

  /** Of one topic: key → last record. */
  state(topic: TopicName): ReadonlyMap<string, KafkaRecord> {
    const prefix = `${TOPICS[topic]} `;
    const own = [...this.#last].filter(([place]) => place.startsWith(prefix));
    return new Map(own.map(([place, record]) => [place.slice(prefix.length), record]));
  }

  /** What the spool has that it had not before. */
  handleReleased(spooled: readonly SpooledFrame[]): void {
    this.#dropped?.handleReleased(spooled);
  }

  handleCommit(records: readonly KafkaRecord[]): void {
    this.#transactions++;
    const last = records.at(-1);
    const progress = last?.topic === TOPICS.progress ? progressIn(last) : undefined;
    check(progress !== undefined, 'a transaction became visible without its progress');
    const others = records.slice(0, -1);
    check(
      others.every(({ topic }) => topic !== TOPICS.progress),
      'a transaction has progress twice',
    );
    const decided = this.#decided(progress as Progress);
    this.#holds.begin(others);
    for (const record of others) this.#handleRecord(record, decided);
    const ofTopic = (topic: string) => others.filter((record) => record.topic === topic);
    this.tokens?.handleCommit(ofTopic(TOPICS.identity), ofTopic(TOPICS.tokens));
    this.#holds.checkTotal((progress as Progress).totals.held);
    this.#dropped?.handleCommit(others, this.#progress, progress as Progress);
    this.#handleClosed(progress as Progress);
    this.#progress = progress;
  }

  /** Frames that this progress says are published and the one before did not: what the transaction may speak of. */
  #decided(progress: Progress): (frame: Place) => boolean {
    const before = this.#progress;
    const waited = new Set(before?.waitingFrames ?? []);
    for (const name of progress.waitingFrames) waited.delete(name);
    // Their revocations alone, before their turn.
    const early = new Set(progress.earlyFrames);
    for (const name of before?.earlyFrames ?? []) early.delete(name);
    return (frame) =>
      (covers(progress, frame) && (before === undefined || !covers(before, frame))) ||
      waited.has(frameName(frame)) ||
      early.has(frameName(frame));
  }

  #handleClosed(progress: Progress): void {
    const before = this.#progress;
    const { epoch, isWhole, closedFrames } = progress;
    const waiting = before?.waitingFrames ?? [];
    if (before !== undefined && before.epoch < epoch) {
      this.#ended.push(before);
      // What waits is not missed where it goes with a disk.
      for (const name of waiting) this.#closed.add(name);
    }
    this.#checkLost(progress);
    const wereLost = (progress.lost?.frames ?? 0) > (before?.lost?.frames ?? 0);
    if (isWhole && !wereLost && closedFrames === (before?.closedFrames ?? 0)) return;
    for (let sequence = 1; sequence <= progress.sequence; sequence++) {
      const wasCovered = before !== undefined && covers(before, { epoch, sequence });
      if (!wasCovered && covers(progress, { epoch, sequence })) this.#closed.add(frameName({ epoch, sequence }));
    }
    for (const name of waiting) this.#closed.add(name);
  }

  /** What is lost stays so until a whole snapshot as of its end, and then counts as closed by it. */
  #checkLost({ epoch, lost, snapshot, closedFrames }: Progress): void {
    const before = this.#progress;
    if (before?.lost === undefined || before.epoch !== epoch || lost !== undefined) return;
    const isSaid = isWholeCycle(snapshot) && snapshot?.epoch === epoch && snapshot.through >= before.lost.through;
    const isCounted = closedFrames >= before.closedFrames + before.lost.frames;
    check(isSaid && isCounted, `${before.lost.frames} lost frames are forgotten`);
  }

  #handleRecord(record: KafkaRecord, isDecided: (frame: Place) => boolean): void {
    if (header(record, 'ce_type') === EVENT_TYPES.trustBundle) {
      check(this.tokens !== undefined, 'a bundle is published, and there is none');
      this.tokens?.handleBundle(record);
      return;
    }
    const id = header(record, 'ce_id');
    const cause = parseRevision(id.slice(STREAM.length + 1).replace(/\/.*$/, '')) as Revision;
    const frame = this.#archive.findByDigest(header(record, 'ce_framedigest'));
    if (frame === undefined) contradict(`${id} stems from no frame that the sender signed`);
    this.#checkHistory(frame);
    const isKeyRevoked = header(record, 'ce_reason') === 'key-revoked' && record.topic === TOPICS.tokens;
    if (header(record, 'ce_type') === EVENT_TYPES.tokenExpired || isKeyRevoked) {
      this.#handleSwept(record, id);
      return;
    }
    const isFresh = isDecided(frame.header);
    if (!isFresh && record.topic === TOPICS.identity) this.#holds.checkReleased(record, id);
    else {
      // Of a User whose delete approvers let go.
      const isReleased = this.tokens !== undefined && header(record, 'ce_reason') === 'subject-inactive';
      const mayBeOld = record.topic === TOPICS.held || isReleased;
      check(isFresh || mayBeOld, `${id} is published without progress over its frame, or again`);
    }
    // A snapshot behind a gap says what the sender said that was set back, and nobody can tell yet that it is another.
    check(
      !this.#ids.has(id) || this.#archive.isDisputed(cause),
      `two records have the ce_id ${id}, the second in ${record.topic}`,
    );
    this.#ids.add(id);
    if (record.topic === TOPICS.held) {
      this.#holds.handle(record, isFresh);
      return;
    }
    if (record.topic === TOPICS.quarantine) {
      const isTooLate = header(record, 'ce_reason') === 'expired';
      const published = `${STREAM}/${header(record, 'ce_revision')}`;
      check(!isTooLate || !this.#ids.has(published), `${published} is called expired, though it was published`);
      return;
    }
    this.#handleRevision(record);
    if (record.topic === TOPICS.identity) {
      const before = this.#last.get(`${record.topic} ${record.key}`);
      const wasLive = before !== undefined && before.value !== null;
      this.#holds.handleIdentity(record, { wasLive, isDecided: isFresh });
    }
    checkContent(record, frame, cause);
    this.#last.set(`${record.topic} ${record.key}`, record);
  }

  /** No frame says it: it ends what is current, once nobody takes that any more. A standby may say it again. */
  #handleSwept(record: KafkaRecord, id: string): void {
    const before = this.#last.get(`${record.topic} ${record.key}`);
    check(record.value === null && before !== undefined, `${id} ends what was never there`);
    const isAgain = before?.value === null && header(before, 'ce_id') === id;
    const jws = before?.value ?? '';
    check(isAgain || claimsOf(jws).jti === header(record, 'ce_jti'), `${id} ends another token than the current one`);
    this.#ids.add(id);
    this.#handleRevision(record);
    this.#last.set(`${record.topic} ${record.key}`, record);
  }

  /** Of one epoch one history. */
  #checkHistory({ digest, header: { epoch, sequence } }: ArchivedFrame): void {
    const name = frameName({ epoch, sequence });
    const known = this.#digests.get(name) ?? digest;
    check(known === digest, `two frames ${name} are published`);
    this.#digests.set(name, digest);
  }

  /** They only rise; a token's tombstone repeats its token's. */
  #handleRevision(record: KafkaRecord): void {
    const revision = parseRevision(header(record, 'ce_revision')) as Revision;
    const before = this.#lastRevisions.get(record.key);
    const order = before === undefined ? 1 : compareRevisions(revision, before);
    const mayRepeat = record.topic === TOPICS.tokens && record.value === null;
    check(
      order > 0 || (mayRepeat && order === 0),
      `the revision of ${record.key} does not rise: ${header(record, 'ce_revision')}`,
    );
    this.#lastRevisions.set(record.key, revision);
  }
}

export function header(record: KafkaRecord, name: string): string {
  return record.headers.find(([each]) => each === name)?.[1] ?? '';
}

/** What is published is what was signed. */
function checkContent(record: KafkaRecord, frame: ArchivedFrame, cause: Revision): void {
  const signed = signedRecord(frame, cause);
  const id = header(record, 'ce_id');
  if (signed === undefined) contradict(`${id} names no record of its frame`);
  if (record.topic === TOPICS.tokens && signed.kind === 'delta') {
    check(record.value === null && header(record, 'ce_reason') === 'subject-inactive', `${id} is no tombstone`);
    return;
  }
  if (signed.kind === 'delta') {
    check((record.value ?? undefined) === signed.resource, `${id} is not the resource that was signed`);
  } else if (signed.kind === 'member') {
    check((record.value === null) === (signed.operation === 'delete'), `${id} is no such membership`);
  } else if (signed.kind === 'token') {
    check(record.value === signed.jws && !isForged(signed.jws), `${id} is no token that may pass`);
    check(header(record, 'ce_jti') === claimsOf(signed.jws).jti, `${id} names another jti`);
  } else if (signed.kind === 'revocation' || signed.kind === 'snapshot-part') {
    check(record.value === null, `${id} is a delete with a value`);
  }
}

/**
 * In a frame of deltas its place, or the revision that it repeats; of a part an entry by its own revision, or the part, for
 * what it does not name.
 */
function signedRecord(frame: ArchivedFrame, cause: Revision): WireRecord | undefined {
  const [first] = frame.records;
  const { epoch, sequence } = frame.header;
  const isOfFrame = cause.epoch === epoch && cause.sequence === sequence;
  const isPart = first?.kind === 'snapshot-part';
  if (isOfFrame) return isPart ? first : frame.records[cause.index];
  const records = isPart ? first.entries : frame.records;
  return records.find(({ revision }) => revision !== undefined && compareRevisions(revision, cause) === 0);
}

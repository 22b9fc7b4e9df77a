/** Once nothing goes wrong any more: what the topics must have come to, told from the sender's frames alone. */
import { covers, frameName, OUTCOMES, type Progress } from '../../receiver/publish/progress.ts';
import { jwksKey, memberKey, subjectKey } from '../../src/identity/key.ts';
import type { RevocationRecord, WireRecord } from '../../src/wire/record.ts';
import { formatRevision } from '../../src/wire/revision.ts';
import { check } from './check.ts';
import type { ArchivedFrame } from './frame-archive.ts';
import { claimsOf, isForged, keyIdOf, REVOKED_KEY, tokenKeyOf } from './model-tokens.ts';
import { SECOND } from './model-trust.ts';
import { header, type TopicLedger } from './topic-ledger.ts';

interface Final {
  readonly progress: Progress;
  readonly topics: TopicLedger;
  /** What the sender's disk has sent, in order, up to its head. */
  readonly frames: readonly ArchivedFrame[];
  /** Also of disks that were set back or lost. */
  readonly allFrames: readonly ArchivedFrame[];
  /** Whether two histories have a frame of its name. */
  readonly isDisputed: (frame: ArchivedFrame['header']) => boolean;
  /** Wall clock. */
  readonly nowMs: number;
  /** False: a token may have expired by a clock that nobody could know to be wrong. */
  readonly areClocksRight: boolean;
}

/** Everything that can heal has: no frame is missing but what a snapshot made good. */
export function checkFinal(final: Final): void {
  const { progress, frames } = final;
  const last = frames.at(-1)?.header.sequence ?? 0;
  check(progress.isWhole, 'the receiver is not whole');
  check(progress.lost === undefined, `${progress.lost?.frames} frames are lost`);
  check(progress.gaps.length === 0 && progress.sequence === last, `Kafka has gaps, or ends at ${progress.sequence}`);
  checkTotals(final);
  checkIdentities(final);
  checkTokens(final);
}

/** Each record has one outcome: as many are counted as the frames hold, less those that were closed unheard. */
function checkTotals({ progress, topics, allFrames, isDisputed }: Final): void {
  const counted = OUTCOMES.reduce((sum, outcome) => sum + progress.totals[outcome], 0);
  // Of an epoch that ended, what was published by then; and at most all that was ever sent in it.
  const isPublished = ({ header: frame }: ArchivedFrame) =>
    [...topics.ended, progress].some((end) => end.epoch === frame.epoch && covers(end, frame));
  const isClosed = ({ header: frame }: ArchivedFrame) => topics.closed.has(frameName(frame));
  const most = sumRecords(allFrames, Math.max) + sumEarly(allFrames.filter(({ header: frame }) => isDisputed(frame)));
  const least = sumRecords(
    allFrames.filter((frame) => isPublished(frame) && !isClosed(frame)),
    Math.min,
  );
  check(progress.waitingFrames.length === 0, `tokens of ${progress.waitingFrames.join()} still wait`);
  check(counted >= least && counted <= most, `${counted} records were counted, ${least} to ${most} were released`);
}

/** Revocations that may have been taken ahead of their turn, of frames whose turn came in another history. */
function sumEarly(disputed: readonly ArchivedFrame[]): number {
  return disputed.flatMap(({ records }) => records.filter(({ kind }) => kind === 'revocation')).length;
}

/** Where two histories have a frame of one name, either of them. */
function sumRecords(frames: readonly ArchivedFrame[], either: (a: number, b: number) => number): number {
  const counts = new Map<string, number>();
  for (const { header: frame } of frames) {
    const name = frameName(frame);
    counts.set(name, either(counts.get(name) ?? frame.recordCount, frame.recordCount));
  }
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Of every key what the sender says last; of a deleted one no value; and nothing else. */
function checkIdentities({ topics, frames, allFrames }: Final): void {
  const expected = { identity: new Map<string, Expected>(), trust: new Map<string, Expected>() };
  for (const { header: place, records } of frames) {
    for (const [index, record] of records.entries()) {
      const key = identityKey(record);
      if (key === undefined) continue;
      const own = { epoch: place.epoch, sequence: place.sequence, index };
      const revision = formatRevision(record.revision ?? own);
      const isDeleted = 'operation' in record && record.operation === 'delete';
      const resource = record.kind === 'delta' ? record.resource : undefined;
      expected[record.kind === 'key-set' ? 'trust' : 'identity'].set(key, { revision, isDeleted, resource });
    }
  }
  for (const topic of ['identity', 'trust'] as const) {
    const state = topics.state(topic);
    for (const [key, { revision, isDeleted, resource }] of expected[topic]) {
      if (topics.isHeld(key)) continue;
      const record = state.get(key);
      const isLive = record !== undefined && record.value !== null;
      check(isLive !== isDeleted, `the ${topic} topic has ${key} ${isLive ? 'although it is deleted' : 'no longer'}`);
      const seen = record === undefined ? revision : header(record, 'ce_revision');
      // A disk that was set back says it under another revision; what its journal has pruned is not said again as new.
      const isSame = resource === undefined || resource === record?.value;
      const isAgain = allFrames.length > frames.length && isSame;
      check(
        isDeleted || isAgain || seen === revision,
        `the ${topic} topic ends with ${seen} for ${key}, the sender with ${revision}`,
      );
    }
    for (const key of state.keys()) check(expected[topic].has(key), `the sender never named ${key}`);
  }
}

interface Expected {
  readonly revision: string;
  readonly isDeleted: boolean;
  /** Of a delta. */
  readonly resource: string | undefined;
}

function identityKey(record: WireRecord): string | undefined {
  if (record.kind === 'delta') return subjectKey(record.type, record.id);
  if (record.kind === 'member') return memberKey(record.group, record.member);
  return record.kind === 'key-set' ? jwksKey(record.issuer) : undefined;
}

/** No revoked token is current; the newest of a slot is, unless it was revoked, forged, or too old when it came. */
function checkTokens({ topics, frames, allFrames, nowMs, areClocksRight }: Final): void {
  const records = frames.flatMap((frame) => frame.records);
  const revocations = records.filter((record) => record.kind === 'revocation');
  const state = topics.state('tokens');
  const trust = topics.tokens;
  check(trust === undefined || trust.bundle === SECOND, 'the second bundle is not published');
  for (const [key, record] of state) {
    if (record.value === null) continue;
    const jws = record.value;
    // Nothing needs to take back what nobody accepts any more.
    if (claimsOf(jws).exp * 1_000 <= nowMs) continue;
    check(!isRevoked(jws, revocations), `the revoked token ${claimsOf(jws).jti} is current under ${key}`);
    const isKeyRevoked = trust !== undefined && keyIdOf(jws) === REVOKED_KEY;
    check(!isKeyRevoked, `token ${claimsOf(jws).jti} is current under ${key}, and its key is revoked`);
  }
  // What was closed unheard comes with a snapshot, in which a newer token may stand in its place; and where a disk was lost,
  // what it said comes again, the older of a slot for the first time.
  if (topics.closed.size > 0 || allFrames.length > frames.length || topics.ended.length > 0 || !areClocksRight) return;
  const seen = new Set<string>();
  /** From its first mention on; one that is said again, whose first mention came late, counts as new. */
  const newest = new Map<string, string[]>();
  for (const record of records) {
    if (record.kind !== 'token' || isForged(record.jws)) continue;
    const key = tokenKeyOf(claimsOf(record.jws).sub);
    if (seen.has(record.jws)) newest.get(key)?.push(record.jws);
    else newest.set(key, [record.jws]);
    seen.add(record.jws);
  }
  for (const [key, mentioned] of newest) {
    const { iat, exp, jti, sub } = claimsOf(mentioned[0] as string);
    // It may have come by the key before that was revoked or behind, in the stead of one that then did not come back.
    if (trust !== undefined && (trust.wasGone(sub) || mentioned.some((jws) => keyIdOf(jws) === REVOKED_KEY))) continue;
    if (exp - iat < 1_000 || isRevoked(mentioned[0] as string, revocations)) continue;
    const last = state.get(key);
    const current = last?.value ?? undefined;
    const isCurrent = current !== undefined && mentioned.includes(current);
    // It took this one's place, and was revoked or expired as well: what it replaced does not come back.
    const gone = last?.value === null ? header(last, 'ce_jti') : undefined;
    const hasExpired = last?.value === null && header(last, 'ce_reason') === 'expired';
    const isTakenBack = mentioned
      .slice(1)
      .some((jws) => claimsOf(jws).jti === gone && (hasExpired || isRevoked(jws, revocations)));
    check(isCurrent || isTakenBack, `token ${jti} should be current under ${key}`);
  }
}

function isRevoked(jws: string, revocations: readonly RevocationRecord[]): boolean {
  const { jti, sub, iat } = claimsOf(jws);
  return revocations.some(({ target }) => {
    if ('jti' in target) return target.jti === jti;
    if (!('subject' in target)) throw new Error('the workload revokes tokens and subjects alone');
    return target.subject === sub && iat * 1_000 <= target.issuedBeforeMs;
  });
}

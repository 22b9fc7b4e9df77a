/** What a person reads of foreign issuers, and what is wrong with them. */
import { breakdown, count, duration, type StatusSection, time } from '../../src/cli/status-table.ts';
import type { ForeignStatus } from './foreign-issuers.ts';

export function foreignSection(foreign: readonly ForeignStatus[]): StatusSection {
  return { title: 'Foreign issuers', rows: foreign.flatMap(rowsOf) };
}

export function foreignAlarms(foreign: readonly ForeignStatus[]): readonly string[] {
  return foreign.flatMap(alarmsOf);
}

function alarmsOf({ issuer, failure, answeredAtMs, isOverdue, decision, seen }: ForeignStatus): readonly string[] {
  const alarms: string[] = [];
  if (failure?.reason === 'private-key') {
    alarms.push(
      `A foreign issuer gives its private keys away: ${issuer}. ${failure.seen} Tell whoever runs it, and revoke the key.`,
    );
  } else if (failure !== undefined && isOverdue) {
    const since = answeredAtMs === undefined ? 'it was named' : time(answeredAtMs);
    alarms.push(`Keys of a foreign issuer cannot be read since ${since}: ${issuer}. ${failure.seen}`);
  }
  if (decision === 'waiting' && seen !== undefined) {
    alarms.push(`A key set waits for approval since ${time(seen.sinceMs)}: ${issuer}. See diode-sender key-sets DIR`);
  }
  return alarms;
}

function rowsOf({ issuer, answerAgeMs, failure, fetches, seen, leftOut, decision }: ForeignStatus) {
  const answered = answerAgeMs === undefined ? 'no good answer yet' : `answered ${duration(answerAgeMs)} ago`;
  const more = leftOut.length === 0 ? '' : `, ${count(leftOut.length)} left out`;
  const keys = seen === undefined ? '' : `, ${count(seen.keys)} keys${more}, ${decisionWords[decision]}`;
  return [
    ['issuer', issuer],
    ['keys', `${answered}${keys}`],
    ['asked', breakdown({ ...fetches })],
    ['fails', failure && `${count(failure.inARow)} times in a row: ${failure.seen}`],
  ] as const;
}

const decisionWords = {
  'none-seen': 'none seen',
  approved: 'may cross',
  waiting: 'wait for approval',
  rejected: 'rejected',
} as const satisfies Record<ForeignStatus['decision'], string>;

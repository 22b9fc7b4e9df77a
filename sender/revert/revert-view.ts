/** A revert as a person reads it before it is confirmed, and why there can be none. */
import { count, type StatusSection, statusTable, time } from '../../src/cli/status-table.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { PlaceInTime, RevertPlan, UnknownState } from './revert-plan.ts';
import type { RevertAction, RevertSummary } from './revert-summary.ts';

const ACTIONS: Readonly<Record<RevertAction, { readonly subject: string; readonly membership: string }>> = {
  'put-back': { subject: 'put back', membership: 'put back' },
  created: { subject: 'created again', membership: 'join again' },
  deleted: { subject: 'deleted', membership: 'leave' },
};

export function revertText(plan: RevertPlan, summary: RevertSummary, toMs: number): string {
  const { point, headSequence, keys, clockSetBackAt } = plan;
  const { sequence, epoch, createdAtMs } = point;
  const nothing = summary.lines === 0 ? [['nothing', 'everything is as it was']] : [];
  const sections: StatusSection[] = [
    {
      title: `As it was at ${time(toMs)}`,
      rows: [
        ['last frame then', `${count(sequence)} of epoch ${epoch}, of ${time(createdAtMs)}`],
        ['frames since', headSequence === sequence ? 'none' : `${count(sequence + 1)} to ${count(headSequence)}`],
        ['changed since', `${count(keys.count)} subjects and memberships`],
        ...clockSetBackAt.map((at): [string, string] => [
          'clock set back',
          `behind frame ${count(at)}: times do not tell there what came first`,
        ]),
      ],
    },
    { title: 'To be sent', rows: [...(nothing as [string, string][]), ...changeRows(summary)] },
    { title: 'Not reverted', rows: notRevertedRows(plan, summary) },
  ];
  return statusTable(sections);
}

/** As one object for scripts. */
export function revertObject(plan: RevertPlan, summary: RevertSummary, toMs: number): object {
  const { point, headSequence, keys, notReverted, clockSetBackAt } = plan;
  return {
    to: time(toMs),
    point: { epoch: point.epoch, sequence: point.sequence, createdAt: time(point.createdAtMs) },
    headSequence,
    changedKeys: keys.count,
    clockSetBackAt,
    ...summary,
    notReverted,
  };
}

/** `earliestMs`: from when on the state is known; without meaning for an empty epoch. */
export function noPlan(state: UnknownState, toMs: number, earliestMs: number): DiodeError {
  if (state.kind === 'empty') {
    const seen = 'The journal has no frame of the current epoch.';
    return new DiodeError('state-unknown', seen, 'There is nothing to revert: put the lines into the source again.');
  }
  const cure = `The earliest time that can be reverted to is ${time(earliestMs)}.`;
  if (state.kind === 'unknown') {
    const seen = `What ${count(state.count)} of the changed subjects and memberships were at ${time(toMs)} is not known: ${reach(state.oldest)}, and no snapshot in it says so.`;
    return new DiodeError('state-unknown', seen, cure);
  }
  const { oldest, isFirst } = state;
  const seen = isFirst
    ? `Epoch ${oldest.epoch} began only with frame 1 of ${time(oldest.createdAtMs)}: what was sent before ${time(toMs)} this journal cannot know.`
    : `${time(toMs)} is before all that the journal holds: ${reach(oldest)}; what was before is pruned.`;
  return new DiodeError('state-unknown', seen, cure);
}

function changeRows({ changes, examples }: RevertSummary): [string, string][] {
  const rows = Object.entries(changes)
    .sort(([a], [b]) => Number(a === 'Member') - Number(b === 'Member') || a.localeCompare(b))
    .map(([type, counts]): [string, string] => {
      const isMembership = type === 'Member';
      const parts = entriesOf(ACTIONS)
        .filter(([action]) => counts[action] > 0)
        .map(([action, words]) => `${count(counts[action])} ${isMembership ? words.membership : words.subject}`);
      return [isMembership ? 'memberships' : type, parts.join(', ')];
    });
  const first = entriesOf(examples)
    .filter(([, keys]) => keys.length > 0)
    .map(([action, keys]): [string, string] => [`first ${ACTIONS[action].subject}`, keys.join(' ')]);
  return [...rows, ...first];
}

function notRevertedRows({ notReverted }: RevertPlan, { refused, firstRefusal }: RevertSummary): [string, string][] {
  const { token, revocation, 'key-set': keySet } = notReverted;
  const rows: [string, string][] = [
    [
      'tokens and keys',
      `${count(token)} tokens, ${count(revocation)} revocations, ${count(keySet)} key sets since then stay as they are`,
    ],
  ];
  if (firstRefusal === undefined) return rows;
  const { key, refusal } = firstRefusal;
  const why = `${refusal.refused} ${refusal.path}: ${refusal.detail}`;
  return [...rows, ['refused by config', `${count(refused)}, the first ${key}: ${why}`]];
}

function reach({ sequence, createdAtMs }: PlaceInTime): string {
  return `the journal reaches back to frame ${count(sequence)} of ${time(createdAtMs)}`;
}

function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): readonly [K, V][] {
  return Object.entries(record) as [K, V][];
}

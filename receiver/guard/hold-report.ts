/** Holds and pins for a person, and for a script: grouped, counted, with the first keys of each. */
import { count } from '../../src/cli/status-table.ts';
import { formatRevision } from '../../src/wire/revision.ts';
import type { Pin } from './held-record.ts';
import type { Hold, HoldSums } from './held-table.ts';
import { holdBlock } from './hold-list.ts';

/** Of its records, those that nothing newer replaced. */
export interface ListedHold extends Hold, HoldSums {}

export interface HoldReport {
  readonly boundary: string;
  readonly stream: string;
  readonly holds: readonly ListedHold[];
  readonly pinCount: number;
  /** The first of them. */
  readonly pins: readonly Pin[];
}

const SHOWN_PINS = 5;

export function holdReportObject({ holds, pins, ...report }: HoldReport) {
  const shown = pins.map(({ key, revision, hold, rejectedAtMs }) => ({
    key,
    revision: formatRevision(revision),
    hold,
    rejectedAtMs,
  }));
  return { ...report, holds, pins: shown };
}

export function holdReportText({ boundary, stream, holds, pinCount, pins }: HoldReport, directory: string): string {
  const held = holds.reduce((sum, hold) => sum + hold.held, 0);
  const lines = [`Stream ${stream} of boundary ${boundary}: ${count(held)} held in ${holds.length} holds.`];
  for (const hold of holds) lines.push('', holdBlock(hold, 1).trimEnd(), about(hold));
  if (pinCount > 0) {
    lines.push('', `Pinned by a rejection: ${count(pinCount)}. Nothing of these keys up to the revision is published.`);
    for (const { key, revision, hold } of pins.slice(0, SHOWN_PINS))
      lines.push(`  ${key} to ${formatRevision(revision)}, ${hold}`);
    if (pinCount > SHOWN_PINS) lines.push('  --json has more.');
  }
  if (holds.length > 0) {
    lines.push(
      '',
      'Every record of them, and what it would do:',
      `  diode-receiver held ${directory} HOLD --records`,
      'An approver releases or rejects what is named here, or `all`:',
      `  diode-receiver release ${directory} HOLD --key FILE`,
      `  diode-receiver held ${directory} HOLD --action release --request FILE   (to be signed elsewhere, with \`approve\`)`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function about({ records, held, deletes, types, cause }: ListedHold): string {
  const kinds = Object.entries(types).map(([type, number]) => `${count(number)} ${type}`);
  const what = cause === 'deletes' ? 'more would be deleted in an hour than may' : 'an admin role or group is granted';
  const replaced = records === held ? '' : `; ${count(records - held)} were replaced since`;
  return `  ${what}: ${kinds.join(', ')}, ${count(deletes)} of them deletes${replaced}`;
}

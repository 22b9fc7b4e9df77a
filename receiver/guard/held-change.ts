/** A held record as whoever decides on it reads it: whom it concerns, and what it would do to what stands now. Pure. */
import type { GuardConfig } from '../../src/config/receiver-config.ts';
import type { JsonObject } from '../../src/identity/json-value.ts';
import { formatRevision, type Revision } from '../../src/wire/revision.ts';
import { changeOf, changeText } from '../media/change-list.ts';
import type { StateChange } from '../media/change-table.ts';
import { rfc3339 } from '../publish/kafka-records.ts';
import type { Subject } from '../publish/subject-table.ts';
import { NO_FACTS, subjectFacts } from './guard-limits.ts';
import type { Decision, ListedRecord } from './held-table.ts';
import { cutName, shownName } from './shown-name.ts';

export interface HeldChange extends Omit<StateChange, 'isCascade'> {
  readonly hold: string;
  readonly revision: Revision;
  readonly heldAtMs: number;
  /** Beside the id, where anything knows it: as the record says, or as tokens call the subject. */
  readonly name?: string;
  readonly decision?: Decision;
}

/** `before`: what is published of the key. `name`: as tokens call it. */
export function heldChange(
  { key, kind, value, hold, revision, heldAtMs, decision }: ListedRecord,
  {
    before,
    name,
    guard,
  }: {
    readonly before: Subject | undefined;
    readonly name: string | undefined;
    readonly guard: Pick<GuardConfig, 'adminRoles'>;
  },
): HeldChange {
  const resource = value === null ? undefined : (JSON.parse(value) as JsonObject);
  const shown = (resource && nameIn(resource)) ?? name;
  const after = resource && (kind === 'delta' ? subjectFacts(resource, guard) : NO_FACTS);
  return {
    key,
    hold,
    revision,
    heldAtMs,
    before: before === undefined || before.isDeleted ? undefined : (before.facts ?? NO_FACTS),
    after,
    ...(shown !== undefined && { name: shown }),
    ...(decision !== undefined && { decision }),
  };
}

/** One line, with its end. */
export function heldChangeText(change: HeldChange): string {
  const { hold, revision, heldAtMs, name, decision } = change;
  const words = [
    hold,
    rfc3339(heldAtMs),
    formatRevision(revision),
    changeText(change),
    ...(name === undefined ? [] : [`name ${cutName(shownName(name))}`]),
    ...(decision === undefined ? [] : [`(${decision} was decided)`]),
  ];
  return `${words.join('  ')}\n`;
}

export function heldChangeObject(change: HeldChange) {
  const { hold, key, name, revision, heldAtMs, decision } = change;
  return { hold, key, name, ...changeOf(change), revision: formatRevision(revision), heldAtMs, decision };
}

function nameIn({ userName, displayName }: JsonObject): string | undefined {
  return [userName, displayName].find((name) => typeof name === 'string');
}

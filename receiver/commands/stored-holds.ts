/** Holds and pins as receiver.db has them, beside a running receiver or without one. */
import { existsSync } from 'node:fs';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { GuardConfig } from '../../src/config/receiver-config.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { heldChange } from '../guard/held-change.ts';
import { heldLine, holdDigest, type Pin } from '../guard/held-record.ts';
import { HeldTable, type Hold } from '../guard/held-table.ts';
import { MAX_LISTED_HOLDS } from '../guard/hold-list.ts';
import type { ListedHold } from '../guard/hold-report.ts';
import { ChangeFile } from '../media/change-file.ts';
import { SubjectNames } from '../publish/subject-names.ts';
import { SubjectTable } from '../publish/subject-table.ts';
import { readReceiverStore } from '../receiver-store.ts';

export interface StoredHolds {
  readonly holds: readonly ListedHold[];
  readonly pinCount: number;
  readonly pins: readonly Pin[];
}

const MAX_SHOWN_PINS = 1_000;

/** Throws DiodeError `store-older`, or `store-damaged` or `disk-failed` where it cannot be read. */
export function readStoredHolds(layout: DirectoryLayout): StoredHolds {
  if (!existsSync(layout.store)) return { holds: [], pinCount: 0, pins: [] };
  const store = readReceiverStore(layout.store);
  try {
    return store.transaction(() => {
      const held = new HeldTable(store);
      const holds = held.holds().map((hold) => ({ ...hold, ...held.sumsOf(hold.name) }));
      return { holds, pinCount: held.pinCount, pins: held.pins(MAX_SHOWN_PINS) };
    })();
  } finally {
    store.close();
  }
}

/**
 * Every record of these holds, with what it would change: one after the other and as the file has them then, so that a reader
 * who takes an hour holds up nobody.
 */
export function* readHeldChanges(layout: DirectoryLayout, holds: readonly string[], guard: GuardConfig) {
  if (!existsSync(layout.store)) return;
  const store = readReceiverStore(layout.store);
  try {
    const [held, subjects, names] = [new HeldTable(store), new SubjectTable(store), new SubjectNames(store)];
    const attributes = [...names.attributes];
    for (const hold of holds) {
      for (const record of held.recordsOf(hold)) {
        const name = attributes
          .map((attribute) => names.find(record.key, attribute))
          .find((each) => each !== undefined);
        yield heldChange(record, { before: subjects.find(record.key), name, guard });
      }
    }
  } finally {
    store.close();
  }
}

/**
 * The lines of which a hold's digest is, as a new file. Throws DiodeError `hold-changed`, and leaves no file, where they are not
 * all there any more: whoever approves signs what was held, of which what was replaced or decided since is here no longer.
 */
export function writeHoldLines(layout: DirectoryLayout, { name, records, digest }: Hold, path: string): void {
  const store = readReceiverStore(layout.store);
  const file = new ChangeFile(path);
  try {
    const left = new HeldTable(store).rowsOf(name);
    if (holdDigest(left) !== digest) {
      const seen = `${name} is not any more what its digest names: ${left.length} of its ${records} records are held.`;
      const cure = `Those are listed by \`diode-receiver held ${layout.directory} ${name} --records\`: what is signed of a hold says nothing of others.`;
      throw new DiodeError('hold-changed', seen, cure);
    }
    for (const record of left) file.add(heldLine(record));
    file.publish();
  } finally {
    file.abandon();
    store.close();
  }
}

/** Those that are named, as many as one approval takes; `all` names all. Throws DiodeError `hold-unknown`. */
export function namedHolds<H extends Hold>(holds: readonly H[], names: readonly string[]): readonly H[] {
  const named = listedHolds(holds, names);
  if (named.length <= MAX_LISTED_HOLDS) return named;
  const seen = `${named.length} holds are too many for one approval.`;
  throw new DiodeError('hold-unknown', seen, `Name at most ${MAX_LISTED_HOLDS} of them.`);
}

/** The same to be looked at, however many they are. */
export function listedHolds<H extends Hold>(holds: readonly H[], names: readonly string[]): readonly H[] {
  const isAll = names.length === 1 && names[0] === 'all';
  const chosen = isAll ? holds : names.map((name) => holds.find((hold) => hold.name === name) ?? unknown(name));
  if (chosen.length > 0) return [...new Set(chosen)];
  throw new DiodeError('hold-unknown', 'Nothing is held.', 'Nothing is to be decided.');
}

function unknown(name: string): never {
  const cure = '`diode-receiver held DIR` lists what is held now.';
  throw new DiodeError('hold-unknown', `Nothing is held under the name ${JSON.stringify(name)}.`, cure);
}

/** Checks of what lies in DIR: keys, own card, the other side's cards. */
import { existsSync } from 'node:fs';
import { cardFingerprint } from '../config/card-form.ts';
import type { DirectoryLayout, Program } from '../config/directory-layout.ts';
import { DiodeError } from '../ops/diode-error.ts';
import type { Card } from '../wire/card.ts';
import { readOwnCard } from './card-command.ts';
import { type CheckItem, fail, ok, warn } from './check-report.ts';
import type { Machine } from './machine.ts';

/** `made` is the card that config and keys give; `own` the file that was carried to the other side. */
export function checkOwnCard(layout: DirectoryLayout, made: Card, own: Card): CheckItem {
  if (cardFingerprint(made) === cardFingerprint(own)) return ok('card', `${layout.card} is that of config and keys`);
  const seen = `${layout.card} is not what config.yaml and keys give: the other side trusts something else.`;
  return fail('card', seen, 'Restore the boundary, the stream name or the keys that belong to the card.');
}

/** For `run`: throws DiodeError `key-invalid` where config and keys are not what the other side trusts. A card may be gone. */
export function requireOwnCard(program: Program, layout: DirectoryLayout, made: Card): void {
  if (!existsSync(layout.card)) return;
  const { level, seen, cure = '' } = checkOwnCard(layout, made, readOwnCard(program, layout.directory));
  if (level === 'fail') throw new DiodeError('key-invalid', seen, cure);
}

/** config.yaml may hold Kafka's password. */
export function checkConfigMode(machine: Machine, layout: DirectoryLayout, holdsSecret: boolean): CheckItem {
  const mode = machine.fileMode(layout.config) ?? 0;
  if (!holdsSecret || (mode & 0o007) === 0) return ok('config', `${layout.config} is whole`);
  return warn(
    'config',
    `${layout.config} holds a password and everybody can read it.`,
    `Run: chmod o-rwx ${layout.config}`,
  );
}

export function checkTrusted(cards: readonly Card[], boundary: string, cure: string): readonly CheckItem[] {
  if (cards.length === 0) return [fail('trusted', 'No card of the other side is trusted yet.', cure)];
  return cards.map((card) => {
    const stream = card.kind === 'sender-card' ? ` of stream ${card.stream}` : '';
    if (card.boundary === boundary) return ok('trusted', `${card.kind}${stream}, ${cardFingerprint(card)}`);
    const seen = `The trusted ${card.kind} is of boundary ${card.boundary}, config.yaml says ${boundary}.`;
    return fail('trusted', seen, 'Correct the boundary in config.yaml, or trust the right card.');
  });
}

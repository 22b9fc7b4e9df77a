/** Cures and help name commands to type: each must be there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
const matchesIn = (file: string, form: RegExp) =>
  [...readFileSync(file, 'utf8').matchAll(form)].map(([, command]) => ({ file, command: command as string }));

const BOTH = [
  'backup',
  'calibrate',
  'card',
  'check',
  'evidence',
  'init',
  'inventory',
  'lint-boundaries',
  'pause',
  'resume',
  'run',
  'status',
  'trust',
];
/** Of `audit`, which has a `check` too. */
const AUDIT = ['key', 'prove', 'search', 'verify'];
/** Of `signer`, beside those of `audit`. */
const SIGNER = ['request', 'sign'];
/** What stands before the name of a command. */
const GROUPS: readonly string[] = ['audit', 'root'];
/** Of `root`, which has a `key` and a `sign` too; of one side alone. */
const ROOT = { sender: [], receiver: ['create', 'draft', 'rotate', 'show'] } as const;
const OWN = {
  sender: ['export', 'issuer-keys', 'key-sets', 'new-epoch', 'resend', 'revert', 'rotate-key', 'snapshot', 'tokens'],
  receiver: [
    'accept-epoch',
    'approve',
    'approver-key',
    'check-token',
    'cosign',
    'gaps',
    'held',
    'import',
    'reject',
    'release',
    'set-time',
  ],
} as const;

describe.each(['sender', 'receiver'] as const)('the commands of diode-%s', (side) => {
  const commands = [...filesIn(`${side}/commands`), ...filesIn('src/cli')].flatMap((file) =>
    matchesIn(file, /usage: '([a-z-]+) </g).map(({ command }) => command),
  );

  it('are all there that messages and examples tell to type', () => {
    expect([...new Set(commands)].sort()).toEqual([...BOTH, ...AUDIT, ...SIGNER, ...ROOT[side], ...OWN[side]].sort());
    const told = ['src', 'sender', 'receiver'].flatMap((folder) =>
      filesIn(folder).flatMap((file) => matchesIn(file, new RegExp(`diode-${side} ([a-z][a-z-]*)`, 'g'))),
    );
    expect(told.length).toBeGreaterThan(10);
    expect(told.filter(({ command }) => !GROUPS.includes(command) && !commands.includes(command))).toEqual([]);
  });
});

/** `diode-sender backup`: as of both programs, but the copy of the journal is marked. */
import { addBackupCommand as addCommonCommand } from '../../src/cli/backup-command.ts';
import type { CommandLine } from '../../src/cli/program.ts';
import { markBackup } from '../journal/epoch-start.ts';
import { openSenderStore } from '../sender-store.ts';

export function addBackupCommand(line: CommandLine): void {
  addCommonCommand(line, 'diode-sender', { restore: 'diode-sender new-epoch' }, markCopy);
}

/** The sender sends more after the copy was made, so the copy may not run before a new epoch. */
function markCopy(path: string): void {
  const store = openSenderStore(path);
  try {
    markBackup(store, Date.now());
  } finally {
    store.close();
  }
}

/** `backup DIR TARGET` of both programs: a copy to restore from, taken while the program runs or not. */

import { existsSync } from 'node:fs';
import { copyLog } from '../audit/log-copy.ts';
import { copyDirectory } from '../config/directory-copy.ts';
import { type DirectoryLayout, directoryLayout, type Program } from '../config/directory-layout.ts';
import { copyStore } from '../store/database.ts';
import { AUDIT_NAMES, auditDirectory } from './audit-logs.ts';
import { auditCommand } from './command-audit.ts';
import { requireDirectory } from './directory.ts';
import { jsonOption } from './options.ts';
import { addCommand, type CommandLine } from './program.ts';

export interface BackupText {
  /** The command that is to be typed, with DIR, once the copy is in place. */
  readonly restore: string;
}

/** `finish` marks the copy of the database, where it must not be started as it is. */
export function addBackupCommand(
  line: CommandLine,
  program: Program,
  { restore }: BackupText,
  finish: (storePath: string) => void = () => {},
): void {
  addCommand(
    line,
    {
      usage: 'backup <DIR> <TARGET>',
      description:
        'copy config, keys, cards, database and logs into a new directory, also while it runs; the copy holds private keys',
      options: [jsonOption()],
      examples: [`${program} backup DIR /var/backups/diode-2026-11-25`, restoreLine('TARGET', 'DIR', restore)],
    },
    (directory: string, target: string, { json }: { readonly json?: boolean }): 0 => {
      const from = directoryLayout(program, directory);
      requireDirectory(program, from);
      const copy = backUp(program, { from, target }, finish);
      const said = json
        ? JSON.stringify({ backup: copy.directory })
        : `Wrote ${copy.directory}. It holds private keys: keep it as safe as ${from.directory}.\nTo restore, with the program stopped:\n  ${restoreLine(target, directory, restore)}`;
      process.stdout.write(`${said}\n`);
      return 0;
    },
  );
}

/**
 * What is left of DIR goes out of the way first: copied onto it, old and new files would be mixed, and copied into it (`cp`
 * without -T), the command behind would take the old ones.
 */
export function restoreLine(target: string, directory: string, restore: string): string {
  const away = `{ [ ! -e ${directory} ] || mv -T ${directory} ${directory}.old; }`;
  return `${away} && cp -aT ${target} ${directory} && ${restore} ${directory}`;
}

function backUp(
  program: Program,
  place: { readonly from: DirectoryLayout; readonly target: string },
  finish: (storePath: string) => void,
): DirectoryLayout {
  auditCommand(place.from, { event: 'command-backup', target: place.target });
  return copyDirectory(program, place, {
    copyStore(path) {
      copyStore(place.from.store, path);
      finish(path);
    },
    copyAudit(to) {
      for (const name of AUDIT_NAMES) {
        const from = auditDirectory(place.from, name);
        if (existsSync(from)) copyLog(from, auditDirectory(to, name));
      }
    },
  });
}

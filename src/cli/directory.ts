/** DIR as commands see it. */
import { existsSync } from 'node:fs';
import { type DirectoryLayout, directoryLayout, type Program } from '../config/directory-layout.ts';
import { readTextFile } from '../config/durable-file.ts';
import type { ConfigPlace } from '../config/sender-schema.ts';
import { OPS_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { type HeldLock, isLocked, takeLock } from '../ops/run-lock.ts';

/** The parsed config of an existing DIR. Throws DiodeError `directory-missing`, `config-unreadable`, or what `parse` throws. */
export function openDirectory<Config>(
  program: Program,
  directory: string,
  parse: (text: string, place: ConfigPlace) => Config,
): { readonly layout: DirectoryLayout; readonly config: Config } {
  const layout = directoryLayout(program, directory);
  requireDirectory(program, layout);
  const text = readConfig(layout.config);
  if (text === undefined) throw noConfig(program, layout);
  return { layout, config: parse(text, { directory: layout.directory, file: layout.config }) };
}

/** For commands that need nothing of the config. Throws DiodeError `directory-missing` for a DIR that is not the program's. */
export function requireDirectory(program: Program, layout: DirectoryLayout): void {
  refuseOther(program, layout);
  if (!existsSync(layout.config)) throw noConfig(program, layout);
}

/** The lock that one `run` holds on DIR. Throws DiodeError `directory-locked`. */
export function takeRunLock(program: Program, layout: DirectoryLayout): HeldLock {
  return takeLock(layout.runLock, {
    waitMs: 0,
    seen: `Another run is active on ${layout.directory}.`,
    cure: `Stop it first; \`${program} status ${layout.directory}\` shows what it does.`,
  });
}

/** Whether `run` runs on DIR now. */
export function isRunning(layout: DirectoryLayout): boolean {
  return existsSync(layout.runLock) && isLocked(layout.runLock);
}

function readConfig(path: string): string | undefined {
  try {
    return readTextFile(path, OPS_LIMITS.maxConfigBytes);
  } catch (error) {
    if (!(error instanceof DiodeError) || error.code === 'disk-failed') throw error;
    throw new DiodeError('config-unreadable', error.seen, error.cure, { cause: error });
  }
}

/** Both programs' directories have a config.yaml; the cards tell them apart. */
function refuseOther(program: Program, { directory, card }: DirectoryLayout): void {
  const other = program === 'diode-sender' ? 'diode-receiver' : 'diode-sender';
  if (existsSync(card) || !existsSync(directoryLayout(other, directory).card)) return;
  throw new DiodeError('directory-missing', `${directory} is a directory of ${other}.`, `Name one of ${program}.`);
}

function noConfig(program: Program, { directory, config }: DirectoryLayout): DiodeError {
  const isThere = existsSync(directory);
  const seen = isThere ? `There is no ${config}.` : `There is no directory ${directory}.`;
  const cure = `Run \`${program} init\` first, or name the right directory: it comes first.`;
  return new DiodeError('directory-missing', seen, cure);
}

/**
 * What operators' commands ask of a program: one small file each in DIR/data/requests, whole or absent after a power cut.
 * A running program looks every second; one that does not run finds them at its next start. Each request may be met twice
 * (a crash between its effect and `done`), so handling it again must change nothing.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, readTextFile, replaceFile } from '../config/durable-file.ts';
import { OPS_LIMITS } from '../limits.ts';
import { DiodeError } from './diode-error.ts';

export interface OperatorRequest {
  /** Of its file: rises with time, so that requests are met in the order in which they were typed. */
  readonly id: string;
  /** The command's name. */
  readonly kind: string;
  /** As the command wrote it: whoever handles the kind checks the form. */
  readonly body: unknown;
}

const FILE_NAME = /^(\d{13}-[0-9a-f]{8})\.json$/;

/**
 * Durable when it returns; the id. `randomHex`: 8 characters that tell requests of one millisecond apart. Throws DiodeError
 * `requests-full`, or what the file system refused.
 */
export function writeRequest(
  folder: string,
  request: { readonly kind: string; readonly body: unknown },
  stamp: { readonly wallMs: number; readonly randomHex: string },
): string {
  makeFolder(folder, 0o700);
  if (requestNames(folder).length >= OPS_LIMITS.maxRequests) {
    throw new DiodeError(
      'requests-full',
      `${OPS_LIMITS.maxRequests} requests wait in ${folder}.`,
      'Start the program, which carries them out, or delete those that nobody wants any more.',
    );
  }
  const id = `${String(stamp.wallMs).padStart(13, '0')}-${stamp.randomHex}`;
  // Renamed into place: the program may look at any time, and would drop half a request as none.
  replaceFile(join(folder, `${id}.json`), `${JSON.stringify(request)}\n`, 0o600);
  return id;
}

export class RequestInbox {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Those that wait, oldest first; a file that is no request (`kind` "unreadable") comes too, so that it is said and dropped. */
  waiting(): readonly OperatorRequest[] {
    return requestNames(this.#folder).map((name) => this.#read(name));
  }

  /** It took effect, or is refused: it is not given again. */
  done(id: string): void {
    rmSync(join(this.#folder, `${id}.json`), { force: true });
  }

  #read(name: string): OperatorRequest {
    const id = name.slice(0, -'.json'.length);
    const unreadable = { id, kind: 'unreadable', body: undefined };
    try {
      const parsed: unknown = JSON.parse(readTextFile(join(this.#folder, name), OPS_LIMITS.maxRequestBytes) ?? '');
      if (typeof parsed !== 'object' || parsed === null) return unreadable;
      const { kind, body } = parsed as Record<string, unknown>;
      return typeof kind === 'string' ? { id, kind, body } : unreadable;
    } catch {
      return unreadable;
    }
  }
}

function requestNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => FILE_NAME.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

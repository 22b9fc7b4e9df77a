/** System calls of a program as strace saw them, in their order; made with `traceCommand`. */
import { readFileSync } from 'node:fs';

export interface SystemCall {
  readonly name: string;
  /** What its first argument, a descriptor, stands for: a path, `socket:[n]`, `UDP:[…]`. */
  readonly target: string;
  /** Its strings, one character a byte: of a call that sends many datagrams, one each. */
  readonly strings: readonly string[];
  /** All of them, one behind the other. */
  readonly data: string;
  /** Places in the trace: where it began, and where it had ended. */
  readonly begun: number;
  readonly ended: number;
}

const CALLS = ['fsync', 'fdatasync', 'pwrite64', 'sendto', 'sendmsg', 'sendmmsg', 'write', 'writev'];
/** A page of SQLite is 4 KiB, a datagram 1.5 KB. */
const STRING_BYTES = 8_192;

/**
 * Words before a command that trace it into a file. The tracer is the program's child, so that signals reach the program
 * itself, and ends with it.
 */
export function traceCommand(tracePath: string): readonly string[] {
  const text = ['-xx', '-s', String(STRING_BYTES), '-y'];
  return ['strace', '-D', '-f', ...text, '-e', `trace=${CALLS.join()}`, '-e', 'signal=none', '-o', tracePath];
}

export function readTrace(tracePath: string): readonly SystemCall[] {
  return parseTrace(readFileSync(tracePath, 'latin1').split('\n'));
}

/** Lines of `strace -f -y -xx`: `PID name(FD<target>, …) = result`, or the two halves of a call that others interrupt. */
export function parseTrace(lines: readonly string[]): readonly SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, Omit<SystemCall, 'ended' | 'data'>>();
  for (const [place, line] of lines.entries()) {
    const [, pid = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (rest.startsWith('<... ')) {
      const begun = unfinished.get(pid);
      unfinished.delete(pid);
      if (begun !== undefined) calls.push(ended({ ...begun, strings: [...begun.strings, ...stringsOf(rest)] }, place));
      continue;
    }
    const [, name, target = ''] = /^(\w+)\(\d+<((?:[^>\\]|\\.)*)>/.exec(rest) ?? [];
    if (name === undefined) continue;
    const call = { name, target: decode(target), strings: stringsOf(rest), begun: place };
    if (rest.endsWith('<unfinished ...>')) unfinished.set(pid, call);
    else calls.push(ended(call, place));
  }
  return calls.sort((a, b) => a.begun - b.begun);
}

function ended(call: Omit<SystemCall, 'ended' | 'data'>, place: number): SystemCall {
  return { ...call, data: call.strings.join(''), ended: place };
}

function stringsOf(text: string): string[] {
  return [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => decode(hex));
}

function decode(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

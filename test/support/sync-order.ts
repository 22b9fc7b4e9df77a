/**
 * Whether something was on disk before it left: of each item, the write that holds it, then a sync of that file that has
 * ended, and only then the first sending of it.
 */
import type { SystemCall } from './syscall-trace.ts';

export interface Departure {
  readonly name: string;
  /** How its bytes are recognised in a write to the file. */
  readonly written: string;
  /** Whether a call sends it. */
  readonly isSending: (call: SystemCall) => boolean;
}

/** What is wrong, one sentence each. `file` is the end of the path that is written and synced. */
export function syncFaults(
  trace: readonly SystemCall[],
  file: string,
  departures: readonly Departure[],
): readonly string[] {
  const ofFile = trace.filter(({ target }) => target.endsWith(file));
  return departures.flatMap(({ name, written, isSending }) => {
    const write = ofFile.find((call) => /^p?write(64|v)?$/.test(call.name) && call.data.includes(written));
    if (write === undefined) return [`${name} was not written to ${file}`];
    const sending = trace.find(isSending);
    if (sending === undefined) return [`${name} was not sent`];
    const isSync = ({ name: call }: SystemCall) => call === 'fsync' || call === 'fdatasync';
    const sync = ofFile.find((call) => isSync(call) && call.begun > write.ended);
    if (sync === undefined) return [`${name} was not synced`];
    return sync.ended < sending.begun ? [] : [`${name} was sent before it was synced`];
  });
}

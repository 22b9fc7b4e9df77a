/** What a person reads of a serial line. */
import type { LineStatus } from '../link/link.ts';
import { count, time } from './status-table.ts';

export function lineText({ device, baud, reopened, down, problem }: LineStatus): string {
  const again = reopened === 0 ? '' : `, opened again ${count(reopened)} times`;
  return `${device}, ${count(baud)} baud${down === undefined ? '' : `, away since ${time(down.sinceMs)}`}${again}${problem === undefined ? '' : `; ${problem}`}`;
}

/** Of a line that is away. */
export function lineAlarm({ device, down }: LineStatus): string {
  const since = down === undefined ? 'the start' : time(down.sinceMs);
  return `The serial port ${device} is away since ${since} (${down?.code ?? 'unknown'}): look at the adapter and its cable; it is opened again by itself.`;
}

/** `status` for a person: sections of named figures, the same as the metrics. */
import type { Program } from '../config/directory-layout.ts';
import { OPS_LIMITS } from '../limits.ts';
import type { Pause } from '../store/operator-pause.ts';

export interface StatusSection {
  readonly title: string;
  /** Undefined values are left out. */
  readonly rows: readonly (readonly [name: string, value: string | undefined])[];
}

export function statusTable(sections: readonly StatusSection[]): string {
  return sections
    .map(({ title, rows }) => {
      const lines = rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(20)}${value}`]));
      return [title, ...lines].join('\n');
    })
    .join('\n\n');
}

/** Of a program that gave no answer. */
export function runState(isRunning: boolean): string {
  return isRunning ? 'running but not answering: as its disk says' : 'not running: as it was left';
}

/** 1234567 → 1,234,567 */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return unit === 0 ? `${value} bytes` : `${value.toFixed(1)} ${units[unit]}`;
}

/** 90_000 → 1 min 30 s */
export function duration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} min`;
  return `${Math.floor(ms / 86_400_000)} d ${Math.floor((ms % 86_400_000) / 3_600_000)} h`;
}

export function time(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function rate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e9) return `${bitsPerSecond / 1e9} Gbit/s`;
  if (bitsPerSecond >= 1e6) return `${bitsPerSecond / 1e6} Mbit/s`;
  return `${bitsPerSecond / 1e3} kbit/s`;
}

/** `published 3, superseded 1`; zeros are left out, and nothing but zeros is `none`. */
export function breakdown(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).filter(([, value]) => value > 0);
  return parts.length === 0 ? 'none' : parts.map(([name, value]) => `${name} ${count(value)}`).join(', ');
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, value) => total + value, 0);
}

/** Of a program that an operator has paused. */
export function pauseAlarm(side: 'sender' | 'receiver', { sinceMs, reason }: Pause): string {
  const why = reason === '' ? '' : ` (${reason})`;
  return `The ${side} is paused since ${time(sinceMs)}${why}: diode-${side} resume DIR lets it go on.`;
}

/** Of a program that does not answer: why it ended stands in its log alone. */
export function offlineAlarm(program: Program, isRunning: boolean): string {
  if (isRunning)
    return `It runs and does not answer within ${duration(OPS_LIMITS.statusTimeoutMs)}: its log says what it does.`;
  return `It does not run. Its log, or the service's (journalctl -u ${program}), says at the end why; \`${program} check DIR\` says whether it could.`;
}

export function alarmSection(alarms: readonly string[]): StatusSection {
  return { title: 'Alarms', rows: alarms.length === 0 ? [['none', '']] : alarms.map((alarm) => ['!', alarm] as const) };
}

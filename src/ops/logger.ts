/** JSON logs, pretty on a terminal: the one file that imports pino and pino-pretty. */
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from '../config/sender-config.ts';

export type { Logger };

export interface LoggerOptions {
  readonly program: string;
  readonly level: LogLevel;
  /** Where lines go; default: standard output, pretty where it is a terminal. */
  readonly stream?: DestinationStream;
}

/** Members whose values are never logged. Nothing should log them at all: this is the second line of defence. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'token',
  'jws',
  'password',
  'sasl.password',
  'secret',
  'seed',
  'signing',
  'agreement',
  'privateKey',
  'secretKey',
  'resource',
  'payload',
  'client',
]);
const REDACTED = '[redacted]';
/** Log objects are flat; deeper ones are cut here. */
const MAX_DEPTH = 6;

/** What a secret looks like inside a JSON text: a compact JWS, a PEM private key, bytes (keys, frames) spelled out. */
const SECRET_TEXTS = [/eyJ[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){1,4}/g, /-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*/g];
const SECRET_BYTES = [/\{"type":"Buffer","data":\[[\d,]*\]\}/g, /\{"0":\d{1,3}(?:,"\d+":\d{1,3})*\}/g];

/** Lines are written before the call returns, so that the last words of a crash are there. */
export function openLogger({ program, level, stream }: LoggerOptions): Logger {
  const isTerminal = stream === undefined && process.stdout.isTTY === true;
  const out =
    stream ??
    (isTerminal ? pretty({ sync: true, ignore: 'pid,hostname,program' }) : destination({ dest: 1, sync: true }));
  return pino(
    {
      level,
      base: { program, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => withoutSecretMembers(fields, 0) as Record<string, unknown>,
      },
      hooks: { streamWrite: withoutSecrets },
    },
    out,
  );
}

/** The line with everything that looks like a secret taken out. */
export function withoutSecrets(line: string): string {
  const texts = SECRET_TEXTS.reduce((text, form) => text.replace(form, REDACTED), line);
  // A string in the object's place, so that the line stays JSON.
  return SECRET_BYTES.reduce((text, form) => text.replace(form, JSON.stringify(REDACTED)), texts);
}

/** A copy; pino's own `redact` throws on typed arrays below a wildcard. Errors are left to pino and `withoutSecrets`. */
function withoutSecretMembers(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth === MAX_DEPTH) return '[…]';
  if (Array.isArray(value)) return value.map((entry) => withoutSecretMembers(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      SECRET_NAMES.has(name) ? REDACTED : withoutSecretMembers(entry, depth + 1),
    ]),
  );
}

/** A command that asks the program of DIR for something: recorded, then written where the program looks. */
import { randomBytes } from 'node:crypto';
import type { AuditEvent } from '../audit/audit-log.ts';
import type { DirectoryLayout } from '../config/directory-layout.ts';
import { writeRequest } from '../ops/request-inbox.ts';
import { auditCommand } from './command-audit.ts';
import { isRunning } from './directory.ts';

export interface AskedRequest {
  readonly request: string;
  /** Carried out within a second; else at the program's next start. */
  readonly running: boolean;
}

/** Durable when it returns. Throws DiodeError `audit-failed`, `directory-locked`, `requests-full`, or what the disk refused. */
export function askProgram(
  layout: DirectoryLayout,
  request: { readonly kind: string; readonly body: unknown },
  entry: AuditEvent,
): AskedRequest {
  auditCommand(layout, entry);
  const stamp = { wallMs: Date.now(), randomHex: randomBytes(4).toString('hex') };
  return { request: writeRequest(layout.requests, request, stamp), running: isRunning(layout) };
}

/** When it happens, as the last sentence of what a command says. `what` as in "sends them" or "starts the snapshot". */
export function whenSentence(program: 'sender' | 'receiver', { running }: AskedRequest, what: string): string {
  return running
    ? `The ${program} that runs here ${what} within a second or two.`
    : `The ${program} does not run: it ${what} at its next start.`;
}

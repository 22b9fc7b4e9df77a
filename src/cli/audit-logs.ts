/** DIR's two audit logs, the program's and that of operators' commands, and the key that signs their checkpoints. */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import type { AuditEvent } from '../audit/audit-log.ts';
import { receiverLogOrigin, senderLogOrigin } from '../audit/log-origin.ts';
import { MerkleAuditLog } from '../audit/merkle-audit-log.ts';
import type { NoteSigner, NoteVerifier } from '../audit/signed-note.ts';
import type { DirectoryLayout } from '../config/directory-layout.ts';
import { createKeyFile, PRIVATE_KEY_BYTES, readKeyFile } from '../config/key-files.ts';
import { receiverId } from '../crypto/digest.ts';
import { signingKeyPair } from '../crypto/sodium.ts';
import type { Card } from '../wire/card.ts';
import { readOwnCard } from './card-command.ts';

export type AuditName = 'program' | 'commands';

export const AUDIT_NAMES: readonly AuditName[] = ['program', 'commands'];

/**
 * The log to write to; made with its key where there is none. Throws DiodeError `audit-failed`, or what a key file that
 * is missing or open to others throws. The caller holds the lock of its one writer.
 */
export function openAuditLog(layout: DirectoryLayout, name: AuditName, nowMs: number): MerkleAuditLog {
  const directory = auditDirectory(layout, name);
  const before = name === 'program' ? layout.oldAuditLog : layout.oldCommandLog;
  const firstEntry = existsSync(directory) ? undefined : continuation(before);
  return new MerkleAuditLog({
    directory,
    signer: auditSigner(layout, name),
    nowMs,
    ...(firstEntry && { firstEntry }),
  });
}

export function auditDirectory(layout: DirectoryLayout, name: AuditName): string {
  return name === 'program' ? layout.audit : layout.commandAudit;
}

/** Who signs a log. The key is read where it lies; an auditor's own copy of the public key is better proof. */
export function auditVerifier(layout: DirectoryLayout, name: AuditName): NoteVerifier {
  const { publicKey } = signingKeyPair(readKeyFile(layout.auditKey, 'ed25519'));
  return { name: auditOrigin(readOwnCard(layout.program, layout.directory), name), publicKey };
}

/** Throws what a key file that is missing or open to others throws. */
export function auditSigner(layout: DirectoryLayout, name: AuditName): NoteSigner {
  const isMade = AUDIT_NAMES.some((known) => existsSync(auditDirectory(layout, known)));
  if (!isMade && !existsSync(layout.auditKey)) {
    createKeyFile(layout.auditKey, 'ed25519', randomBytes(PRIVATE_KEY_BYTES));
  }
  const { publicKey, secretKey } = signingKeyPair(readKeyFile(layout.auditKey, 'ed25519'));
  return { name: auditOrigin(readOwnCard(layout.program, layout.directory), name), publicKey, secretKey };
}

/** No two logs have the same: the stream names a sender, its agreement key a receiver. */
function auditOrigin(card: Card, name: AuditName): string {
  const origin =
    card.kind === 'sender-card'
      ? senderLogOrigin(card)
      : receiverLogOrigin(card.boundary, receiverId(card.agreementKey));
  return `${origin}${name === 'commands' ? '/commands' : ''}`;
}

/** A directory of an older version goes on with a log of lines behind it: what that was stands in the first entry. */
function continuation(path: string): AuditEvent | undefined {
  if (!existsSync(path)) return undefined;
  return { event: 'audit-continued', file: basename(path), ...fileDigest(path) };
}

function fileDigest(path: string): { readonly bytes: number; readonly sha256: string } {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(64 * 1024);
  const file = openSync(path, 'r');
  try {
    let bytes = 0;
    for (;;) {
      const count = readSync(file, piece, 0, piece.length, bytes);
      if (count === 0) return { bytes, sha256: hash.digest('hex') };
      hash.update(piece.subarray(0, count));
      bytes += count;
    }
  } finally {
    closeSync(file);
  }
}

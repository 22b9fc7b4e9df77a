/** What `init` writes into a new DIR. Nothing is ever overwritten, and what a failed init wrote goes away again. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { DiodeError } from '../ops/diode-error.ts';
import type { Card } from '../wire/card.ts';
import { cardJson } from './card-form.ts';
import type { DirectoryLayout } from './directory-layout.ts';
import { createFile, fileError } from './durable-file.ts';
import { createKeyFile } from './key-files.ts';
import { addTrustedCard } from './trusted-cards.ts';

export interface NewDirectory {
  readonly configText: string;
  /** Raw private bytes, from the system's generator. */
  readonly agreementPrivateKey: Uint8Array;
  /** Of a sender. */
  readonly signingSeed?: Uint8Array;
  readonly card: Card;
  readonly trusted: readonly Card[];
  /** A root of trust to pin: the signed statement. */
  readonly rootText?: string | undefined;
}

/** Throws DiodeError `directory-exists` where DIR holds anything of ours. */
export function createDirectory(layout: DirectoryLayout, content: NewDirectory): void {
  const ours = [layout.config, layout.keys, layout.card, layout.trusted, layout.trustRoot, layout.data];
  const existing = ours.find((path) => existsSync(path));
  if (existing !== undefined) {
    const cure = 'Nothing was changed: name a new directory; keys are never overwritten.';
    throw new DiodeError('directory-exists', `${existing} exists already.`, cure);
  }
  try {
    mkdirSync(layout.directory, { recursive: true, mode: 0o755 });
    mkdirSync(layout.data, { mode: 0o750 });
    createKeyFile(layout.agreementKey, 'x25519', content.agreementPrivateKey);
    if (content.signingSeed !== undefined) createKeyFile(layout.signingKey, 'ed25519', content.signingSeed);
    mkdirSync(layout.trusted, { mode: 0o755 });
    for (const card of content.trusted) addTrustedCard(layout.trusted, card);
    createFile(layout.card, cardJson(content.card), 0o644);
    if (content.rootText !== undefined) createFile(layout.trustRoot, content.rootText, 0o644);
    // Last, since it makes the directory one; 0600, since Kafka's password may come to stand in it.
    createFile(layout.config, content.configText, 0o600);
  } catch (error) {
    for (const path of ours) rmSync(path, { recursive: true, force: true });
    throw fileError(error, layout.directory);
  }
}

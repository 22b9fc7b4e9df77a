/** Evidence in DIR/data/bundles: the page to print, with the signed record in it, one for each bundle and side's act. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DirectoryLayout } from '../config/directory-layout.ts';
import { makeFolder, readTextFile, replaceFile } from '../config/durable-file.ts';
import { createKeyFile, PRIVATE_KEY_BYTES, readKeyFile } from '../config/key-files.ts';
import { type SigningKeyPair, signingKeyPair } from '../crypto/sodium.ts';
import { OPS_LIMITS } from '../limits.ts';
import { type Evidence, parseEvidence } from '../media/evidence.ts';
import { evidencePage } from './evidence-page.ts';

/** Durable when it returns; the path of the page. */
export function writeEvidence(layout: DirectoryLayout, evidence: Evidence): string {
  makeFolder(layout.bundles, 0o750);
  const name = `bundle-${evidence.bundle}-${evidence.manifestDigest.slice(0, 8)}-${evidence.result}.html`;
  const path = join(layout.bundles, name);
  replaceFile(path, evidencePage(evidence), 0o640);
  return path;
}

/** All that stands in DIR; what cannot be read is left out. */
export function storedEvidence(layout: DirectoryLayout): readonly (Evidence & { readonly file: string })[] {
  if (!existsSync(layout.bundles)) return [];
  return readdirSync(layout.bundles)
    .filter((name) => name.endsWith('.html'))
    .flatMap((name) => {
      const file = join(layout.bundles, name);
      const evidence = parseEvidence(readTextFile(file, OPS_LIMITS.maxEvidenceBytes) ?? '');
      return evidence === undefined ? [] : [{ ...evidence, file }];
    });
}

/** A receiver has no signing key of its own until its first evidence. */
export function evidenceKey(layout: DirectoryLayout): SigningKeyPair {
  if (!existsSync(layout.signingKey)) {
    createKeyFile(layout.signingKey, 'ed25519', randomBytes(PRIVATE_KEY_BYTES));
  }
  return signingKeyPair(readKeyFile(layout.signingKey, 'ed25519'));
}

/** Evidence of an import: recorded, and as a page that goes back with the media. */

import { existsSync } from 'node:fs';
import { auditCommand } from '../../src/cli/command-audit.ts';
import type { EvidenceTrust } from '../../src/cli/evidence-command.ts';
import { evidenceKey, writeEvidence } from '../../src/cli/evidence-file.ts';
import { operatorName } from '../../src/cli/operator-name.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { readTrustedCards } from '../../src/config/trusted-cards.ts';
import { type AgreementKeyPair, evidenceMacKey } from '../../src/crypto/agreement.ts';
import { bundleFacts } from '../../src/media/bundle-facts.ts';
import { type EvidenceFacts, evidenceText, makeEvidence } from '../../src/media/evidence.ts';
import { readReceiverKeys, type TrustedSender } from '../trust/own-card.ts';
import { readTrustState } from '../trust/trust-store.ts';
import type { BundleCheck } from './bundle-check.ts';
import type { TrustedManifest } from './bundle-manifest.ts';

export interface ImportFacts {
  readonly bundle: TrustedManifest;
  readonly keys: AgreementKeyPair;
  readonly sender: Pick<TrustedSender, 'agreementKey'>;
  readonly result: EvidenceFacts['result'];
  readonly details: readonly string[];
}

/** The path of the page. Durable when it returns, and so is the entry in the command log. */
export function recordImport(layout: DirectoryLayout, { bundle, keys, sender, result, details }: ImportFacts): string {
  const evidence = makeEvidence(
    {
      side: 'receiver',
      result,
      ...bundleFacts(bundle),
      at: new Date().toISOString(),
      by: operatorName(),
      details,
    },
    evidenceKey(layout),
    [macKeyOf(keys, sender)],
  );
  const { manifestDigest: digest } = evidence;
  const entry = { event: 'bundle-evidence', bundle: evidence.bundle, digest, result, evidence: evidenceText(evidence) };
  auditCommand(layout, entry);
  return writeEvidence(layout, evidence);
}

/** What a page says of a bundle that was verified. */
export function checkDetails({ counts, changes }: BundleCheck): readonly string[] {
  const { subjects, memberships, rolesGranted, rolesWithdrawn, keys, digest } = changes;
  return [
    `${counts.newFrames} frames new, ${counts.knownFrames} known, ${counts.healedFrames} healed a gap`,
    `subjects: ${subjects.added} added, ${subjects.changed} changed, ${subjects.deleted} deleted`,
    `roles: ${rolesGranted.count} granted, ${rolesWithdrawn.count} withdrawn`,
    `memberships: ${memberships.added} granted, ${memberships.deleted} withdrawn`,
    `in full: ${keys} keys, sha256 ${digest}`,
  ];
}

/** A receiver knows its own pages, and those of senders that it trusts, by the trust bundle or by card. */
export function receiverEvidenceTrust(layout: DirectoryLayout): EvidenceTrust {
  const keys = readReceiverKeys(layout);
  const listed = readTrustState(layout)?.bundle?.senders;
  const cards = listed === undefined ? readTrustedCards(layout.trusted, 'sender-card') : [];
  const signers = listed === undefined ? cards : listed.flatMap((sender) => sender.keys);
  const own = existsSync(layout.signingKey) ? [evidenceKey(layout).publicKey] : [];
  return {
    signingKeys: [...own, ...signers.map(({ signingKey }) => signingKey)],
    macKeys: (listed ?? cards).map((sender) => macKeyOf(keys, sender)),
  };
}

function macKeyOf(keys: AgreementKeyPair, { agreementKey }: Pick<TrustedSender, 'agreementKey'>): Uint8Array {
  return evidenceMacKey({ own: keys, senderPublicKey: agreementKey, receiverPublicKey: keys.publicKey });
}

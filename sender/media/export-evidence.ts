/** Evidence of an export: recorded, and as a page that travels with the media. */

import { auditCommand } from '../../src/cli/command-audit.ts';
import type { EvidenceTrust } from '../../src/cli/evidence-command.ts';
import { writeEvidence } from '../../src/cli/evidence-file.ts';
import { operatorName } from '../../src/cli/operator-name.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { readTrustedCards } from '../../src/config/trusted-cards.ts';
import { evidenceMacKey } from '../../src/crypto/agreement.ts';
import { bundleFacts } from '../../src/media/bundle-facts.ts';
import { evidenceText, makeEvidence } from '../../src/media/evidence.ts';
import { readSenderKeys, readSigningKeys, type SenderKeys } from '../trust/own-card.ts';
import type { ExportedBundle } from './bundle-export.ts';

type Receivers = readonly { readonly agreementKey: Uint8Array }[];

/** The path of the page. Durable when it returns, and so is the entry in the command log. */
export function recordExport(
  layout: DirectoryLayout,
  {
    keys,
    receivers,
    bundle,
  }: { readonly keys: SenderKeys; readonly receivers: Receivers; readonly bundle: ExportedBundle },
): string {
  const evidence = makeEvidence(
    {
      side: 'sender',
      result: 'exported',
      ...bundleFacts(bundle),
      at: new Date().toISOString(),
      by: operatorName(),
      details: volumeDetails(bundle),
    },
    keys.signing,
    macKeysOf(keys, receivers),
  );
  const { manifestDigest, frames, epoch } = evidence;
  auditCommand(layout, {
    event: 'bundle-exported',
    bundle: evidence.bundle,
    digest: manifestDigest,
    epoch,
    frames,
    evidence: evidenceText(evidence),
  });
  return writeEvidence(layout, evidence);
}

/** A sender knows its own pages, and those of the receivers that it trusts. */
export function senderEvidenceTrust(layout: DirectoryLayout): EvidenceTrust {
  const keys = readSenderKeys(layout);
  const { current, next } = readSigningKeys(layout);
  const receivers = readTrustedCards(layout.trusted, 'receiver-card');
  const signingKeys = [current, ...(next ? [next.pair] : [])].map(({ publicKey }) => publicKey);
  return { signingKeys, macKeys: macKeysOf(keys, receivers) };
}

function macKeysOf({ agreement }: SenderKeys, receivers: Receivers): readonly Uint8Array[] {
  return receivers.map(({ agreementKey }) =>
    evidenceMacKey({ own: agreement, senderPublicKey: agreement.publicKey, receiverPublicKey: agreementKey }),
  );
}

function volumeDetails({ manifest, folders }: ExportedBundle): readonly string[] {
  const { dataVolumes, spareVolumes } = manifest;
  const total = dataVolumes + spareVolumes;
  const [first = '', ...more] = folders.map((folder) => folder.slice(folder.lastIndexOf('/') + 1));
  const names = more.length === 0 ? first : `${first} to ${more.at(-1)}`;
  return [total === 1 ? '1 volume' : `${total} volumes, any ${dataVolumes} suffice`, names];
}

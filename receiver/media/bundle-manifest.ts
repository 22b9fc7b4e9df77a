/**
 * Whether a manifest is one that this receiver may take in: signed by the trusted sender, of its stream, for this receiver.
 * Pure. Nothing of the content is looked at before.
 */

import { equalBytes, receiverId, sha256 } from '../../src/crypto/digest.ts';
import { hex } from '../../src/crypto/hex.ts';
import { verifySignature } from '../../src/crypto/sodium.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { decodeManifest, decodeManifestBody, type Manifest, manifestSignatureInput } from '../../src/wire/bundle.ts';
import type { SenderCard } from '../../src/wire/card.ts';
import type { SenderKeys } from '../intake/frame-verifier.ts';

export interface TrustedManifest {
  readonly manifest: Manifest;
  /** SHA-256 of its body: names the bundle. */
  readonly digest: Buffer;
  /** The file as it was. */
  readonly bytes: Uint8Array;
}

export interface ManifestTrust {
  readonly sender: Pick<SenderCard, 'boundary' | 'stream'>;
  readonly senderKeys: SenderKeys;
  /** Of this receiver. */
  readonly agreementKey: Uint8Array;
}

/**
 * Throws DiodeError `bundle-invalid`, `boundary-mismatch`, `stream-mismatch`, `card-not-trusted` for an unknown signing key,
 * `bundle-foreign` for another receiver's. `where`: for the sentence.
 */
export function openManifest(
  bytes: Uint8Array,
  where: string,
  { sender, senderKeys, agreementKey }: ManifestTrust,
): TrustedManifest {
  const signed = decodeManifest(bytes);
  if (typeof signed === 'string') throw invalid(where, signed);
  const manifest = decodeManifestBody(signed.body);
  if (typeof manifest === 'string') throw invalid(where, manifest);
  const { boundary, stream, keyId, receiverIds } = manifest;
  // What it claims tells more than that its key is unknown.
  if (boundary !== sender.boundary) {
    const seen = `The bundle in ${where} is of boundary ${boundary}; this receiver is in ${sender.boundary}.`;
    throw new DiodeError('boundary-mismatch', seen, 'Nothing was changed: take it to the receiver it is for.');
  }
  if (stream !== sender.stream) {
    const seen = `The bundle in ${where} is of stream ${stream}; this receiver takes ${sender.stream}.`;
    throw new DiodeError('stream-mismatch', seen, 'Nothing was changed: take it to the receiver it is for.');
  }
  const signingKey = senderKeys.find(keyId, manifest.createdAtMs);
  if (typeof signingKey !== 'object') {
    const why =
      signingKey === undefined
        ? 'does not trust'
        : signingKey === 'key-ended'
          ? 'trusts no longer for its time'
          : 'must not trust any more';
    const seen = `The bundle in ${where} is signed with a key that this receiver ${why} (${hex(keyId)}).`;
    const cure = 'Was the sender set up anew? Then pin its card: diode-receiver trust DIR sender-card.json';
    throw new DiodeError('card-not-trusted', seen, cure);
  }
  if (!verifySignature(manifestSignatureInput(signed.body), signed.signature, signingKey)) {
    throw invalid(where, 'manifest-signature');
  }
  const own = receiverId(agreementKey);
  if (!receiverIds.some((id) => equalBytes(id, own))) {
    const seen = `The bundle in ${where} is for another receiver (${receiverIds.map(hex).join(', ')}), not for this one (${hex(own)}).`;
    const cure =
      'Have the sender trust the card of this receiver, diode-sender trust DIR receiver-card.json, and export again.';
    throw new DiodeError('bundle-foreign', seen, cure);
  }
  return { manifest, digest: sha256(signed.body), bytes };
}

function invalid(where: string, reason: string): DiodeError {
  const seen = `The manifest in ${where} is none that this receiver can believe (${reason}).`;
  const cure =
    reason === 'manifest-version'
      ? 'Upgrade this receiver: the bundle was made by a newer sender.'
      : 'Have the bundle exported again, onto another medium.';
  return new DiodeError('bundle-invalid', seen, cure);
}

/** The receiver's key, its card, and the sender that it trusts. */
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { readKeyFile } from '../../src/config/key-files.ts';
import { readTrustedCards } from '../../src/config/trusted-cards.ts';
import { type AgreementKeyPair, agreementKeyPair } from '../../src/crypto/agreement.ts';
import { equalBytes, signingKeyId } from '../../src/crypto/digest.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { ReceiverCard, SenderCard } from '../../src/wire/card.ts';
import type { SenderKeys } from '../intake/frame-verifier.ts';
import type { TrustState } from './trust-state.ts';
import { readTrustState } from './trust-store.ts';
import { TrustedKeys } from './trusted-keys.ts';

/** Throws DiodeError `key-missing`, `key-mode`, `key-invalid`. */
export function readReceiverKeys(layout: DirectoryLayout): AgreementKeyPair {
  return agreementKeyPair(readKeyFile(layout.agreementKey, 'x25519'));
}

export function receiverCard(boundary: string, keys: AgreementKeyPair): ReceiverCard {
  return { kind: 'receiver-card', boundary, agreementKey: keys.publicKey };
}

/** Whom this receiver listens to. */
export interface TrustedSender {
  readonly boundary: string;
  readonly stream: string;
  readonly agreementKey: Uint8Array;
  /** The pinned card; absent where the trust bundle alone names the sender. */
  readonly card?: SenderCard;
  /** Where a root is pinned: keys are what the bundle says. */
  readonly trust?: TrustState;
}

/**
 * The one sender, of this boundary: as the trust bundle names it where a root is pinned, else by its pinned card. Throws
 * DiodeError `card-not-trusted`, `card-invalid`, `boundary-mismatch`, `trust-damaged`.
 */
export function readTrustedSender(layout: DirectoryLayout, boundary: string): TrustedSender {
  const [card] = readTrustedCards(layout.trusted, 'sender-card');
  const trust = readTrustState(layout);
  if (trust !== undefined) return senderOfBundle(layout, { boundary, card, trust });
  if (card === undefined) {
    const cure = `Run: diode-receiver trust ${layout.directory} sender-card.json`;
    throw new DiodeError(
      'card-not-trusted',
      'This receiver trusts no sender yet, so it would refuse everything.',
      cure,
    );
  }
  const { stream, agreementKey } = card;
  if (card.boundary === boundary) return { boundary, stream, agreementKey, card };
  const seen = `The trusted sender card is of boundary ${card.boundary}; config.yaml says ${boundary}.`;
  throw new DiodeError('boundary-mismatch', seen, 'Correct the boundary in config.yaml, or trust the right card.');
}

/** The stream that a receiver with a root serves: that of its pinned card, else the only one of the bundle. */
export function servedStream({ bundle }: TrustState, card: SenderCard | undefined): string | undefined {
  if (card !== undefined || bundle === undefined) return card?.stream;
  return bundle.senders.length === 1 ? bundle.senders[0]?.stream : undefined;
}

/** For what needs no more than its name; undefined where it is not known yet. */
export function knownStream(layout: DirectoryLayout): string | undefined {
  const [card] = readTrustedCards(layout.trusted, 'sender-card');
  const trust = readTrustState(layout);
  return trust === undefined ? card?.stream : servedStream(trust, card);
}

/** The sender's keys: by the bundle, judged at `nowMs`, or the one of its card. */
export function senderKeysOf(sender: TrustedSender, nowMs: () => number): SenderKeys {
  const listed = sender.trust?.bundle?.senders.find(({ stream }) => stream === sender.stream);
  if (listed !== undefined) return new TrustedKeys(listed.keys, nowMs);
  return sender.card === undefined ? { find: () => undefined } : pinnedKeys(sender.card);
}

/** The one key of the pinned card. */
export function pinnedKeys({ signingKey }: Pick<SenderCard, 'signingKey'>): SenderKeys {
  const keyId = signingKeyId(signingKey);
  return { find: (id) => (equalBytes(id, keyId) ? signingKey : undefined) };
}

function senderOfBundle(
  { directory }: DirectoryLayout,
  {
    boundary,
    card,
    trust,
  }: { readonly boundary: string; readonly card: SenderCard | undefined; readonly trust: TrustState },
): TrustedSender {
  const { bundle } = trust;
  if (bundle === undefined) {
    const seen = 'A root is pinned here, and no trust bundle says yet which sender to believe.';
    throw new DiodeError('card-not-trusted', seen, `Run: diode-receiver trust ${directory} bundle.json`);
  }
  if (bundle.boundary !== boundary) {
    const seen = `The root is of boundary ${bundle.boundary}; config.yaml says ${boundary}.`;
    throw new DiodeError('boundary-mismatch', seen, 'Correct the boundary in config.yaml.');
  }
  const stream = servedStream(trust, card);
  if (stream === undefined) {
    const seen = `The trust bundle names ${bundle.senders.length} senders (${bundle.senders.map((each) => each.stream).join(', ')}), and this receiver serves one.`;
    throw new DiodeError('card-not-trusted', seen, `Pin its card: diode-receiver trust ${directory} sender-card.json`);
  }
  const listed = bundle.senders.find((each) => each.stream === stream);
  if (listed !== undefined)
    return { boundary, stream, agreementKey: listed.agreementKey, trust, ...(card && { card }) };
  const seen = `The trust bundle names no sender of stream ${stream}, whose card is pinned here.`;
  throw new DiodeError('card-not-trusted', seen, 'Have the root holders add it, or pin the card of another stream.');
}

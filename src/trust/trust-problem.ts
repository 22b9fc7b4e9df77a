/**
 * Why a root statement or a trust bundle is refused. Reasons are API (audit log, metrics, docs/operations.md): never renamed,
 * never reused.
 */
export type TrustReason =
  | 'trust-size'
  | 'trust-form'
  | 'trust-type'
  | 'trust-newer'
  | 'trust-field'
  | 'signature-unknown'
  | 'signature-duplicate'
  | 'signature-invalid'
  | 'signatures-missing'
  | 'other-boundary'
  | 'root-rollback'
  | 'root-gap'
  | 'root-conflict'
  | 'root-expired'
  | 'root-needed'
  | 'root-superseded'
  | 'bundle-rollback'
  | 'bundle-conflict'
  | 'bundle-expired'
  | 'stream-missing'
  | 'tokens-orphaned';

export interface TrustProblem {
  readonly reason: TrustReason;
  /** One sentence on what was seen, without the name of the file; it begins with "it" or names what "it" has. */
  readonly seen: string;
}

export function problem(reason: TrustReason, seen: string): TrustProblem {
  return { reason, seen };
}

export function isProblem(value: object): value is TrustProblem {
  return 'reason' in value;
}

/** What people do about each. */
export const TRUST_CURES: Readonly<Record<TrustReason, string>> = {
  'trust-size': 'Give the file that the root holders made.',
  'trust-form': 'Give the file that the root holders made, as `diode-receiver root sign` wrote it.',
  'trust-type': 'Give a root statement where one is asked for, and a trust bundle else.',
  'trust-newer': 'Upgrade this side first: the file was made by a newer release.',
  'trust-field': 'Have the root holders correct and sign it again.',
  'signature-unknown': 'Have it signed with the keys of the root that is pinned here, and no others.',
  'signature-duplicate': 'Each holder signs once: have another holder sign.',
  'signature-invalid': 'It was changed after it was signed, or damaged: fetch it again from the root holders.',
  'signatures-missing': 'Have more holders sign it: diode-receiver root sign FILE --root root.json --key HOLDER.key',
  'other-boundary': 'Take the file that was made for this boundary.',
  'root-rollback': 'Nothing is to be done: this side is further already.',
  'root-gap': 'Give the root statements of all versions between, each as a file, in one command.',
  'root-conflict':
    'Stop here and ask the root holders: two statements of one version were signed, so keys are misused.',
  'root-expired': 'Have the root rotated: diode-receiver root rotate, then give the new root statement.',
  'root-needed': 'Give the root statement of that version together with it.',
  'root-superseded': 'Have it signed anew under the root that is pinned here.',
  'bundle-rollback': 'Nothing is to be done if it is an old copy: take the newest bundle.',
  'bundle-conflict': 'Stop here and ask the root holders: two bundles of one version were signed, so keys are misused.',
  'bundle-expired': 'Have the root holders sign a new bundle with a later expiry.',
  'tokens-orphaned':
    'Have the key listed until then, with "passiveFrom" from now on; or, to take the tokens back at once, with "revokedFrom".',
  'stream-missing': 'Have the root holders add the stream’s sender, or take the bundle of this site.',
};

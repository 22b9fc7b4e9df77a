/**
 * trusted sender, token policy ─► **trust entries** ─► audit log
 *
 * Whose keys decide from a start on, so that the log alone says so when cards and key sets have long been others. Pure.
 */
import type { AuditEvent } from '../src/audit/audit-log.ts';
import { recordLists } from '../src/audit/record-list.ts';
import { sha256Hex, signingKeyId } from '../src/crypto/digest.ts';
import { jwkThumbprint } from '../src/crypto/thumbprint.ts';
import { encodePart, jwksKey } from '../src/identity/key.ts';
import type { IssuerTrust } from '../src/token/token-checker.ts';
import type { TrustedSender } from './own-card.ts';
import { currentRoot } from './trust-state.ts';

/** Before anything is received. `issuers`: as they were read for judging tokens. */
export function trustEntries(
  { stream, card, trust }: TrustedSender,
  issuers: readonly IssuerTrust[],
): readonly AuditEvent[] {
  const bundle = trust?.bundle;
  const listed = bundle?.senders.find((sender) => sender.stream === stream)?.keys ?? (card ? [card] : []);
  const keys = listed.map(({ signingKey }) => signingKeyId(signingKey).toString('hex'));
  const by =
    trust === undefined || bundle === undefined
      ? { by: 'card' }
      : { by: 'bundle', root: currentRoot(trust).version, bundle: bundle.version, sha256: sha256Hex(bundle.text) };
  return [
    { event: 'sender-trusted', stream, keys, ...by },
    ...recordLists('key-sets-trusted', issuers.flatMap(keyNames)),
  ];
}

/** `Jwks|<issuer>|<kid>|<RFC 7638 thumbprint>`: no `kid` is bounded but by its file, and the thumbprint names the key all the same. */
function keyNames({ issuer, keys }: IssuerTrust): readonly string[] {
  return keys.map(({ jwk }) => {
    const kid = encodePart(String(jwk.kid).slice(0, MAX_KEY_UNITS));
    return `${jwksKey(issuer)}|${kid}|${jwkThumbprint(jwk)}`;
  });
}

const MAX_KEY_UNITS = 256;

/**
 * trusted sender, token policy ─► **trust entries** ─► audit log
 *
 * Whose keys decide from a start on, so that the log alone says so when cards and key sets have long been others. Pure.
 */
import type { AuditEvent } from '../../src/audit/audit-log.ts';
import { recordLists } from '../../src/audit/record-list.ts';
import { sha256Hex, signingKeyId } from '../../src/crypto/digest.ts';
import { keyState } from '../../src/crypto/key-state.ts';
import { jwkThumbprint } from '../../src/crypto/thumbprint.ts';
import { encodePart, jwksKey } from '../../src/identity/key.ts';
import type { IssuerTrust } from '../../src/token/token-checker.ts';
import type { TrustedSender } from './own-card.ts';
import { currentRoot } from './trust-state.ts';

/** Before anything is received. `issuers`: as they were read for judging tokens. */
export function trustEntries(
  { stream, card, trust }: TrustedSender,
  issuers: readonly IssuerTrust[],
  nowMs: number,
): readonly AuditEvent[] {
  const bundle = trust?.bundle;
  const ofCard = card === undefined ? [] : [{ signingKey: card.signingKey, activeFromMs: 0 }];
  const listed = bundle?.senders.find((sender) => sender.stream === stream)?.keys ?? ofCard;
  const keys = listed.map((key) => `${signingKeyId(key.signingKey).toString('hex')} ${keyState(key, nowMs)}`);
  const by =
    trust === undefined || bundle === undefined
      ? { by: 'card' }
      : { by: 'bundle', root: currentRoot(trust).version, bundle: bundle.version, sha256: sha256Hex(bundle.text) };
  const names = issuers.flatMap((issuer) => keyNames(issuer, nowMs));
  return [{ event: 'sender-trusted', stream, keys, ...by }, ...recordLists('key-sets-trusted', names)];
}

/** `Jwks|<issuer>|<kid>|<RFC 7638 thumbprint> <state>`: no `kid` is bounded but by its file, and the thumbprint names the key all the same. */
function keyNames({ issuer, keys }: IssuerTrust, nowMs: number): readonly string[] {
  return keys.map(({ jwk, ...times }) => {
    const kid = encodePart(String(jwk.kid).slice(0, MAX_KEY_UNITS));
    return `${jwksKey(issuer)}|${kid}|${jwkThumbprint(jwk)} ${keyState(times, nowMs)}`;
  });
}

const MAX_KEY_UNITS = 256;

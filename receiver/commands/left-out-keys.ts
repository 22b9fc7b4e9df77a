/**
 * What `check` says of keys that left a JWKS file, or whose issuer left config.yaml, while tokens of theirs are in force. A bundle
 * that did so would be refused; a file is whatever somebody put there.
 */
import { type CheckItem, ok, warn } from '../../src/cli/check-report.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { IssuerConfig } from '../../src/config/receiver-config.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { TokenChecker } from '../../src/token/token-checker.ts';
import type { LiveKey } from '../tokens/token-table.ts';
import { touchedByTrust } from './stored-trust.ts';

/** Nothing where all are still there. */
export function checkLeftOutKeys(
  layout: DirectoryLayout,
  issuers: readonly IssuerConfig[],
  nowMs: number,
): CheckItem | readonly CheckItem[] {
  const liveKeys = readLiveKeys(layout, nowMs);
  if (liveKeys === undefined) {
    return ok('issuer', 'whether a key left its file too early shows once a receiver of this release has run');
  }
  return liveKeys.flatMap((live) => {
    const issuer = issuers.find((known) => known.issuer === live.issuer);
    if (issuer === undefined)
      return [left(live, `${layout.config} names that issuer no longer`, 'Name it there again')];
    if (hasKey(issuer, live.keyId)) return [];
    return [left(live, `${issuer.jwks} has it no longer`, 'Put it back there')];
  });
}

function readLiveKeys(layout: DirectoryLayout, nowMs: number): readonly LiveKey[] | undefined {
  try {
    return touchedByTrust(layout, nowMs).liveKeys;
  } catch (error) {
    if (error instanceof DiodeError && error.code === 'store-older') return undefined;
    throw error;
  }
}

/** Of a file that cannot be used nothing is said here: the item of its issuer does. */
function hasKey(issuer: IssuerConfig, keyId: string): boolean {
  try {
    return TokenChecker.open([issuer]).trust.some(({ keys }) => keys.some(({ jwk }) => jwk.kid === keyId));
  } catch (error) {
    if (error instanceof DiodeError) return true;
    throw error;
  }
}

function left({ issuer, keyId, tokens, lastExpiresAtMs }: LiveKey, where: string, back: string): CheckItem {
  const until = new Date(lastExpiresAtMs).toISOString();
  const seen = `${issuer}: ${tokens} tokens in force until ${until} are of the key ${keyId}, and ${where}: whoever asks this receiver for the keys refuses them.`;
  const revoke = JSON.stringify({ revoke: { iss: issuer, kid: keyId } });
  return warn(
    'issuer',
    seen,
    `${back} until then, and start the receiver again; or, if they are to end, have the source of the sender say ${revoke}.`,
  );
}

/** What `check` says of token issuers, and of audiences whose tokens are sealed. */
import { type CheckItem, fail, ok } from '../../src/cli/check-report.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { IssuerConfig, ReceiverConfig, SealedAudienceConfig } from '../../src/config/receiver-config.ts';
import { readSealKey, unlistedAudiences } from '../../src/token/audience-seals.ts';
import { TokenChecker } from '../../src/token/token-checker.ts';
import { readTrustState } from '../trust/trust-store.ts';

export async function checkIssuer(issuer: IssuerConfig): Promise<CheckItem> {
  TokenChecker.open([issuer]);
  return ok(
    'issuer',
    `${issuer.issuer}: the keys in ${issuer.jwks} are public and fit ${issuer.algorithms.join(', ')}`,
  );
}

/** By the issuers in force: those of the trust bundle where a root is pinned. */
export async function checkSeal(
  layout: DirectoryLayout,
  { issuers }: ReceiverConfig,
  sealed: SealedAudienceConfig,
): Promise<CheckItem> {
  const { keyId } = await readSealKey(sealed);
  const bundle = readTrustState(layout)?.bundle;
  if (unlistedAudiences([sealed], bundle?.issuers ?? issuers).length > 0) {
    const where = bundle === undefined ? layout.config : `trust bundle ${bundle.version}`;
    return fail(
      'seal',
      `No issuer in ${where} lists the audience ${sealed.audience}, so nothing would be sealed to it.`,
      'Write it in sealedAudiences as tokens have it in `aud` and issuers in `audience`, to the character.',
    );
  }
  return ok('seal', `${sealed.audience}: its tokens are sealed to the key ${keyId} in ${sealed.key}`);
}

/** What `check` says of the sender and of root and trust bundle. */
import { type CheckItem, fail, ok, warn } from '../../src/cli/check-report.ts';
import { checkTrusted } from '../../src/cli/directory-checks.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { ReceiverConfig } from '../../src/config/receiver-config.ts';
import { readTrustedCards } from '../../src/config/trusted-cards.ts';
import { readTrustedSender } from '../trust/own-card.ts';
import { currentRoot } from '../trust/trust-state.ts';
import { hasRoot, readTrustState } from '../trust/trust-store.ts';

export function checkSender(layout: DirectoryLayout, boundary: string): readonly CheckItem[] {
  if (hasRoot(layout)) {
    const { stream } = readTrustedSender(layout, boundary);
    return [ok('trusted', `the sender of stream ${stream}, as the trust bundle names it`)];
  }
  const cure = `Run: diode-receiver trust ${layout.directory} sender-card.json`;
  return checkTrusted(readTrustedCards(layout.trusted, 'sender-card'), boundary, cure);
}

/** Nothing where cards rule. */
export function checkTrust(layout: DirectoryLayout, { issuers }: ReceiverConfig): readonly CheckItem[] {
  const state = readTrustState(layout);
  if (state?.bundle === undefined) return [];
  const { bundle } = state;
  const root = currentRoot(state);
  const endMs = Math.min(bundle.expiresMs, root.expiresMs);
  const until = `until ${new Date(endMs).toISOString()}`;
  const cure = 'Take a newer bundle from the root holders: diode-receiver trust DIR bundle.json';
  const held = ok('trust', `bundle ${bundle.version} under root ${root.version}, ${until}`);
  const item = Date.now() < endMs ? held : fail('trust', `Trust held ${until}.`, cure);
  if (issuers.length === 0) return [item];
  const seen = `${layout.config} names issuers, and none of them counts: the trust bundle says whose tokens pass.`;
  return [item, warn('issuer', seen, 'Remove them there.')];
}

/** The trust desk of a running receiver, with the files that it adopts into, its audit log and its log. */
import type { AuditLog } from '../../src/audit/audit-log.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import type { Log } from '../ops/receiver-log.ts';
import type { KeyStateChange } from './key-state-watch.ts';
import type { TrustedSender } from './own-card.ts';
import {
  auditedRevocations,
  type RevocationEffect,
  revocationEffects,
  revocationText,
  type TouchedByTrust,
} from './revocation-effects.ts';
import { TrustDesk, type TrustDeskOptions } from './trust-desk.ts';
import { type Adoption, currentRoot, type TrustState } from './trust-state.ts';
import type { AdoptionContext } from './trust-store.ts';

export interface TrustFiles {
  /** What is trusted now, when a command adopted something. */
  read(): TrustState | undefined;
  /** See `adoptInto`. */
  adopt(texts: readonly string[], context: AdoptionContext): Adoption;
}

export interface RunningTrustOptions extends Pick<TrustDeskOptions, 'nowMs' | 'onChange'> {
  readonly sender: TrustedSender;
  readonly trustFiles?: TrustFiles;
  /** What of this receiver a bundle may touch. */
  readonly touched: (nowMs: number) => TouchedByTrust;
  readonly audit: AuditLog;
  readonly log: Log;
  readonly wallMs: () => number;
}

/** Undefined where cards rule. */
export function runningTrust(options: RunningTrustOptions): TrustDesk | undefined {
  const { sender, trustFiles, touched, audit, log, nowMs, wallMs, onChange } = options;
  const { trust, stream } = sender;
  if (trust === undefined) return undefined;
  return new TrustDesk({
    nowMs,
    onChange,
    stream,
    state: trust,
    read: () => (trustFiles === undefined ? trust : trustFiles.read()),
    adopt: (texts) => {
      if (trustFiles === undefined) return { outcome: 'known', state: trust };
      const judgedMs = nowMs();
      const before = touched(judgedMs);
      const approve: AdoptionContext['approve'] = (old, after) => {
        const context = { touched: before, stream, nowMs: judgedMs };
        const revoked = revocationEffects(old.bundle, after.bundle, context);
        const entry = carriedEvent(after, revoked);
        audit.append(wallMs(), entry);
        audit.sync();
        const text = ['trust-adopted: the sender carried what the root holders signed, and it is trusted now.'];
        const level = revoked.length === 0 ? 'info' : 'warn';
        log[level](entry, text.concat(revoked.slice(0, MAX_LOGGED).map(revocationText)).join(' '));
      };
      return trustFiles.adopt(texts, { stream, nowMs: judgedMs, liveKeys: before.liveKeys, lockMs: 0, approve });
    },
    onKeyStates: (changes) => {
      for (const change of changes) audit.append(wallMs(), keyStateEvent(change));
      audit.sync();
      const first = changes.slice(0, MAX_LOGGED).map(keyStateEvent);
      log.info({ keys: changes.length, first }, 'key-state: keys of the trust bundle are in another state now');
    },
    onRefused: ({ reason, seen, sha256 }) => {
      audit.append(wallMs(), { event: 'trust-refused', reason, sha256 });
      log.warn({ reason, sha256 }, `trust-refused: what the sender carries of the root holders is refused: ${seen}`);
    },
  });
}

/** A line of a log is to be read; the entry has more of them. */
const MAX_LOGGED = 8;

function carriedEvent(after: TrustState, revoked: readonly RevocationEffect[]) {
  const { bundle } = after;
  return {
    event: 'trust-adopted',
    root: currentRoot(after).version,
    ...(bundle && { bundle: bundle.version, sha256: sha256Hex(bundle.text) }),
    ...auditedRevocations(revoked),
  };
}

/** A bundle bounds no `kid` but by its own size. */
function keyStateEvent({ of, key, from, to }: KeyStateChange) {
  return { event: 'key-state', of, key: key.slice(0, MAX_KEY_UNITS), from, to };
}

const MAX_KEY_UNITS = 256;

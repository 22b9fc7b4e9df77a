/** The trust desk of a running receiver, with the files that it adopts into, its audit log and its log. */
import type { AuditLog } from '../src/audit/audit-log.ts';
import { sha256Hex } from '../src/crypto/digest.ts';
import type { TrustedSender } from './own-card.ts';
import type { Log } from './receiver-log.ts';
import type { TokenTable } from './token-table.ts';
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
  readonly tokens: Pick<TokenTable, 'liveKeys'>;
  readonly audit: AuditLog;
  readonly log: Log;
  readonly wallMs: () => number;
}

/** Undefined where cards rule. */
export function runningTrust(options: RunningTrustOptions): TrustDesk | undefined {
  const { sender, trustFiles, tokens, audit, log, nowMs, wallMs, onChange } = options;
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
      const approve: AdoptionContext['approve'] = (_before, after) => {
        const entry = carriedEvent(after);
        audit.append(wallMs(), entry);
        audit.sync();
        log.info(entry, 'trust-adopted: the sender carried what the root holders signed, and it is trusted now');
      };
      const liveKeys = tokens.liveKeys(nowMs());
      return trustFiles.adopt(texts, { stream, nowMs: nowMs(), liveKeys, lockMs: 0, approve });
    },
    onRefused: ({ reason, seen, sha256 }) => {
      audit.append(wallMs(), { event: 'trust-refused', reason, sha256 });
      log.warn({ reason, sha256 }, `trust-refused: what the sender carries of the root holders is refused: ${seen}`);
    },
  });
}

function carriedEvent(after: TrustState) {
  const { bundle } = after;
  return {
    event: 'trust-adopted',
    root: currentRoot(after).version,
    ...(bundle && { bundle: bundle.version, sha256: sha256Hex(bundle.text) }),
  };
}

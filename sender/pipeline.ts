/**
 * Sender pipeline: source ─► core ─► link, with real clocks, files and sockets. `run` starts it; everything that decides
 * is in the core and its stages.
 */
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { AuditLog } from '../src/audit/audit-log.ts';
import type { SenderConfig } from '../src/config/sender-config.ts';
import type { AgreementKeyPair } from '../src/crypto/agreement.ts';
import type { SigningKeyPair } from '../src/crypto/sodium.ts';
import { BlockCodec } from '../src/fec/block-codec.ts';
import { loadKernelModule } from '../src/fec/kernel-module.ts';
import { compileIdentityRules } from '../src/identity/identity-rules.ts';
import type { SendLink } from '../src/link/link.ts';
import { openSendLink } from '../src/link/open-link.ts';
import { firstUnexported, readExported } from '../src/media/exported-record.ts';
import { DiodeError } from '../src/ops/diode-error.ts';
import type { Store } from '../src/store/database.ts';
import { freeDiskBytes } from '../src/store/free-disk.ts';
import { EPOCH_ID_BYTES } from '../src/wire/frame.ts';
import { SESSION_ID_BYTES } from '../src/wire/hello.ts';
import { type CoreOptions, SenderCore } from './core.ts';
import { requireFormerCarried } from './issuer/former-issuers.ts';
import type { IssuerKey } from './issuer/issuer-desk.ts';
import { receiverHoldMs } from './issuer/receiver-hold.ts';
import { backupTakenAtMs } from './journal/epoch-start.ts';
import { Journal } from './journal/journal.ts';
import type { RejectFile } from './journal/reject-file.ts';
import { SenderEvents } from './ops/sender-events.ts';
import type { SenderLog, SenderObserver } from './ops/sender-observer.ts';
import { RunningPipeline, type RunningSender } from './running-sender.ts';
import { openSenderStore } from './sender-store.ts';
import type { Source } from './sources/source.ts';
import type { AnnouncedLog } from './transmit/checkpoint-announcer.ts';
import type { SenderClock } from './transmit/send-loop.ts';
import { openSession } from './transmit/session.ts';
import type { CarriedTrust } from './trust/carried-trust.ts';
import type { SigningPair } from './trust/signing-keys.ts';

export interface SenderOptions {
  readonly config: SenderConfig;
  /** DIR/data/sender.db, or ":memory:". */
  readonly storePath: string;
  /** DIR/data/bundles/exported.json: what a sender without a live link may forget. */
  readonly exportedPath?: string;
  /** DIR/data/reverts: lines of operators' reverts. */
  readonly revertFolder: string;
  readonly keys: { readonly signing: SigningKeyPair; readonly agreement: AgreementKeyPair };
  /** The trusted receiver cards, 1..maxReceivers, checked against the boundary. */
  readonly receivers: readonly { readonly agreementKey: Uint8Array }[];
  readonly source: Source;
  /** Signs what the issuer issues; absent where `config` has no `issuer`. */
  readonly issuerKey?: IssuerKey;
  /** What the sender carries for its receivers, at the start and when a command changed it. */
  readonly readCarried?: () => CarriedTrust | undefined;
  /** While the signing key is changed; `readKeys`: once a command made the next one. */
  readonly rotation?: CoreOptions['rotation'];
  readonly readKeys?: () => SigningPair;
  readonly rejects: Pick<RejectFile, 'append'>;
  /** The caller's to close, after `stop`. */
  readonly audit: AuditLog;
  /** The same, where receivers are to witness it. */
  readonly announcedLog?: AnnouncedLog;
  readonly log: SenderLog;
  readonly observer?: SenderObserver;
  /** The sender has stopped reading and sending and cannot go on: say so, `await stop()`, exit with 1. Called once. */
  readonly onFatal: (error: unknown) => void;
  readonly openLink?: (config: SenderConfig['link']) => Promise<SendLink>;
  readonly clock?: SenderClock;
}

const SECRET_BYTES = 32;
const REAL_CLOCK: SenderClock = { nowMs: () => performance.now(), wallMs: () => Date.now() };

/** A sender that reads and sends until `stop`. Throws DiodeErrors of store, audit and link, and leaves nothing open then. */
export async function startSender(options: SenderOptions): Promise<RunningSender> {
  const { config, keys, clock = REAL_CLOCK } = options;
  const isMediaOnly = config.link.kind === 'media';
  const link = await (options.openLink ?? openSendLink)(config.link);
  const closing: (() => unknown)[] = [() => link.close()];
  try {
    const store = openSenderStore(options.storePath);
    closing.unshift(() => store.close());
    refuseBackup(store);
    const wallMs = clock.wallMs();
    requireFormerCarried(store, config, wallMs);
    const journal = new Journal(store, wallMs, randomBytes(EPOCH_ID_BYTES), {
      path: options.storePath,
      maxBytes: config.journal.maxBytes,
      repeatCount: config.link.repeatAfterMs.length,
      ...(isMediaOnly && {
        keptFrom: (epochId, oldestSequence) => keptFrom(options.exportedPath, epochId, oldestSequence),
      }),
    });
    const session = await openSession({
      boundary: config.boundary,
      stream: config.stream,
      number: journal.nextSessionNumber(),
      id: randomBytes(SESSION_ID_BYTES),
      secret: randomBytes(SECRET_BYTES),
      agreement: keys.agreement,
      receivers: options.receivers,
    });
    const events = new SenderEvents(options.log);
    const core = new SenderCore(clock.nowMs(), wallMs, {
      boundary: config.boundary,
      stream: config.stream,
      sourceName: options.source.name,
      link: config.link,
      isMediaOnly,
      overheadBytes: link.overheadBytes,
      maxDatagramBytes: link.maxDatagramBytes,
      aheadMs: link.aheadMs,
      ...(config.link.kind === 'udp' && {
        burstBytes: config.link.burstBytes,
        isConstantRate: config.link.constantRate,
      }),
      packer: config.packer,
      snapshot: config.snapshot,
      ...(config.issuer && { issuer: { config: config.issuer, holdMs: receiverHoldMs(config.link) } }),
      signing: keys.signing,
      ...(options.rotation && { rotation: options.rotation }),
      rules: compileIdentityRules(config.identity),
      store,
      journal,
      session,
      encoder: new BlockCodec(loadKernelModule()),
      audit: options.audit,
      ...(options.announcedLog && { announcedLog: options.announcedLog }),
      rejects: options.rejects,
      ...(options.observer && { observer: options.observer }),
      onEvent: (event) => events.handleEvent(event),
      stopwatchMs: () => performance.now(),
      freeDiskBytes: () => freeDiskBytes(dirname(options.storePath)),
    });
    const carried = options.readCarried?.();
    if (carried !== undefined) core.handleCarried(carried);
    return new RunningPipeline({ ...options, clock, link, store, core, session, events });
  } catch (error) {
    for (const close of closing) await close();
    throw error;
  }
}

/** Read at each look: `export` writes it beside us. */
function keptFrom(path: string | undefined, epochId: Uint8Array, oldestSequence: number): number {
  if (path === undefined) return 0;
  return firstUnexported(readExported(path), Buffer.from(epochId).toString('hex'), oldestSequence);
}

/** A sender that ran on after the copy was made would be told a second history. */
function refuseBackup(store: Store): void {
  const takenAtMs = backupTakenAtMs(store);
  if (takenAtMs === undefined) return;
  throw new DiodeError(
    'epoch-due',
    `This journal is a backup of ${new Date(takenAtMs).toISOString()}: the sender may have sent more since.`,
    'Make sure that no other copy runs, then: diode-sender new-epoch DIR',
  );
}

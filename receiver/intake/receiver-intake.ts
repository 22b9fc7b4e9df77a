/** The front half as a receiver has it: its keys, its store, its observers. */
import { dirname, join } from 'node:path';
import { serialDefaults } from '../../src/config/serial-defaults.ts';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { type Log, logIntakeEvent } from '../ops/receiver-log.ts';
import type { ReceiverOptions } from '../pipeline.ts';
import type { ReceiverStore } from '../receiver-store.ts';
import { FileScratch } from './file-scratch.ts';
import type { SenderKeys } from './frame-verifier.ts';
import { Intake, type IntakeOptions } from './intake.ts';
import type { IntakeObserver } from './intake-observer.ts';
import { SqliteIntakeStore } from './intake-store.ts';

export interface IntakeParts {
  readonly store: ReceiverStore;
  readonly senderKeys: SenderKeys;
  /** See IntakeOptions. */
  readonly trust?: IntakeOptions['trust'];
  /** Where another thread puts frames together. */
  readonly proxy?: IntakeOptions['proxy'];
  /** Frames were spooled, or the clock is trusted again. */
  readonly wakePublisher: () => void;
}

export function newIntake(options: ReceiverOptions, parts: IntakeParts): Intake {
  const { store, senderKeys, trust, proxy, wakePublisher } = parts;
  const { config, sender, storePath, log } = options;
  const observer: Partial<IntakeObserver> = options.observer?.intake ?? {};
  const { link } = config;
  const { defaultHelloIntervalMs } = RECEIVER_LIMITS;
  const helloIntervalMs = link.kind === 'serial' ? serialDefaults(link.baud).helloIntervalMs : defaultHelloIntervalMs;
  return new Intake({
    boundary: config.boundary,
    stream: sender.stream,
    receiverKeys: options.agreementKeys,
    senderAgreementKey: sender.agreementKey,
    senderKeys,
    trust,
    decoder: new BlockCodec(loadKernelModule()),
    store: new SqliteIntakeStore({
      store: store.store,
      spool: store.spool,
      path: storePath,
      ...(options.freeDiskBytes && { freeDiskBytes: options.freeDiskBytes }),
    }),
    ...(proxy === undefined
      ? {
          scratch: new FileScratch({
            directory: scratchFolder(storePath),
            onFailure: ({ message }) => logScratchFailure(log, message),
          }),
        }
      : { proxy }),
    audit: options.audit,
    observer: {
      blockCompleted: (sample) => observer.blockCompleted?.(sample),
      frameReleased: (sample) => observer.frameReleased?.(sample),
      framesSpooled: (sample) => {
        observer.framesSpooled?.(sample);
        wakePublisher();
      },
      clockChanged: (event) => {
        observer.clockChanged?.(event);
        if (event.isTrusted) wakePublisher();
      },
      event: (event) => {
        logIntakeEvent(log, event);
        observer.event?.(event);
      },
    },
    holdMs: config.gate.holdMs,
    maxSkewMs: config.clock.maxSkewMs,
    ...(link.kind === 'media' && { isMediaOnly: true }),
    // Nobody tells the time where no hello comes: the clock is what the machine's operator makes of it.
    clockConfirmMs: link.kind === 'media' ? 0 : clockConfirmMs(store, helloIntervalMs),
    helloIntervalMs,
  });
}

/** Where incomplete frames go that memory has no room for. */
export function scratchFolder(storePath: string): string {
  return join(dirname(storePath), 'blocks');
}

export function logScratchFailure(log: Pick<Log, 'warn'>, error: string): void {
  log.warn({ error }, 'incomplete blocks cannot be kept on disk');
}

/** See RECEIVER_LIMITS.clockConfirmMs. */
const CONFIRM_INTERVALS = 6;

/** Tokens that wait were withheld by a clock that nobody could trust: only a hello may say that it is right now. */
function clockConfirmMs({ progress }: ReceiverStore, helloIntervalMs: number): number {
  const isWaiting = progress !== undefined && progress.waitingFrames.length > 0;
  return isWaiting
    ? Number.POSITIVE_INFINITY
    : Math.max(RECEIVER_LIMITS.clockConfirmMs, CONFIRM_INTERVALS * helloIntervalMs);
}

/** Sequence that the sender announced last, of this epoch. */
export function announcedHead(intake: Intake, epoch: number, nowMs: number): number | undefined {
  const { gate } = intake.status(nowMs);
  return gate.epoch === epoch ? gate.headSequence : undefined;
}

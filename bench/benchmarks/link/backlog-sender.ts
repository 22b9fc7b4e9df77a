/** The sender of `link.programs`, from its start to its end: out of its journal, at one rate, until so many bytes left. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SenderStatus } from '../../../sender/ops/sender-observer.ts';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { SENDER_LIMITS } from '../../../src/limits.ts';
import { writeRequest } from '../../../src/ops/request-inbox.ts';
import { changeConfig, startProgram } from '../../support/diode-pair.ts';
import { processUsage } from '../../support/process-usage.ts';
import { type Backlog, prepareSender } from './backlog.ts';
import type { Sent } from './burst.ts';
import type { ProgramSite } from './program-site.ts';
import { burstSeconds, wirePace } from './wire-pace.ts';

export interface Burst {
  readonly backlog: Backlog;
  readonly rateBitsPerSecond: number;
  /** At least; counted as the interface does. */
  readonly bytes: number;
  /** Frames that count as sent before. */
  readonly sentThrough: number;
}

export interface SentBurst {
  /** That it kept. */
  readonly paceBitsPerSecond: number;
  /** Since frames leave. */
  readonly seconds: number;
  /** Of all that left since its start, hellos too. */
  readonly sent: Sent;
  /** Frames that left whole. */
  readonly sentThrough: number;
  readonly cpuSeconds: number;
}

const STARTED_WITHIN_MS = 60_000;
/** A sender that keeps less of its rate comes to an end as well. */
const SLOWEST_SHARE = 0.05;

/** `onSession` is waited for before the first frame leaves, `onSent` is called when the last byte has. */
export async function runSender(
  site: ProgramSite,
  directory: string,
  { backlog, rateBitsPerSecond, bytes, sentThrough }: Burst,
  on: { session?(session: SenderStatus['session']): Promise<void>; sent?(): void } = {},
): Promise<SentBurst> {
  const { senderDirectory } = backlog.pair;
  prepareSender(backlog, sentThrough);
  changeConfig(senderDirectory, [[['link', 'rateBitsPerSecond'], rateBitsPerSecond]]);
  const begin = await site.wire();
  const logPath = join(directory, 'sender.log');
  const program = startProgram({ side: 'sender', directory: senderDirectory, logPath, prefix: site.prefix.sender });
  const cpuSeconds = () => processUsage(program.process.pid as number).cpuSeconds;
  try {
    const { session } = await site.until('sender', () => true);
    await on.session?.(session);
    // Before its hellos were heard it holds a backlog back, which would count as a pace that it did not keep.
    await site.until('sender', ({ hello }) => hello.counter >= SENDER_LIMITS.helloFirstCount);
    await delay(SENDER_LIMITS.helloFirstIntervalMs);
    const usedSeconds = cpuSeconds();
    const timeoutMs = STARTED_WITHIN_MS + (bytes * 8_000) / (rateBitsPerSecond * SLOWEST_SHARE);
    const watching = site.watchWire(bytes, timeoutMs);
    writeRequest(
      directoryLayout('diode-sender', senderDirectory).requests,
      { kind: 'resume', body: {} },
      { wallMs: Date.now(), randomHex: '00000000' },
    );
    const samples = await watching;
    on.sent?.();
    const spentSeconds = cpuSeconds();
    const { head, journal } = await site.until('sender', () => true);
    // Stopped, it would go on for seconds.
    await program.kill();
    const end = await site.wire();
    return {
      paceBitsPerSecond: wirePace(samples),
      seconds: burstSeconds(samples),
      sent: { packets: end.packets - begin.packets, dropped: end.dropped - begin.dropped },
      sentThrough: head.sequence - journal.unsentFrames,
      cpuSeconds: spentSeconds - usedSeconds,
    };
  } finally {
    await program.kill();
  }
}

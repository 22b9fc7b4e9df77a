/** A process that sends as the sender does, with its pacer, loop and link, and always has something to send. */
import { answerRequests } from '../../bench/support/helper-process.ts';
import { Pacer } from '../../sender/transmit/pacer.ts';
import { SendLoop } from '../../sender/transmit/send-loop.ts';
import type { Batching } from '../../src/config/sender-config.ts';
import { openUdpSendLink } from '../../src/link/udp-send-link.ts';

interface Task {
  readonly address: string;
  readonly port: number;
  readonly rateBitsPerSecond: number;
  readonly burstBytes?: number;
  readonly datagramBytes: number;
  readonly batching: Batching;
  readonly ms: number;
}

const handlers = {
  async run(task: Task) {
    const { ms, datagramBytes, ...options } = task;
    const link = await openUdpSendLink({ ...options, sendBufferBytes: 4 << 20 });
    const errors: Record<string, number> = {};
    link.onError(({ code = 'unknown' }: NodeJS.ErrnoException) => {
      errors[code] = (errors[code] ?? 0) + 1;
    });
    const pacer = new Pacer({ ...options, overheadBytes: link.overheadBytes, maxDatagramBytes: datagramBytes });
    let sent = 0;
    const core = {
      poll: (nowMs: number) => {
        if (!pacer.isOpen(nowMs, datagramBytes)) return undefined;
        pacer.handleSent(nowMs, datagramBytes);
        sent++;
        return Buffer.alloc(datagramBytes);
      },
      nextDeadlineMs: () => pacer.nextDeadlineMs(datagramBytes),
      keepJournal: () => {},
      nextJournalMs: () => Number.POSITIVE_INFINITY,
      handleResumed: () => {},
      handleHandedOver: (nowMs: number) => pacer.handleHandedOver(nowMs),
      burstMs: pacer.burstMs,
    };
    const clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
    const cpu = process.cpuUsage();
    const loop = new SendLoop({
      core,
      link,
      clock,
      onTurn: () => {},
      onFatal: (error) => {
        throw error;
      },
    });
    loop.wake();
    await new Promise((resolve) => setTimeout(resolve, ms));
    loop.stop();
    const { user, system } = process.cpuUsage(cpu);
    await link.close();
    return { sent, cpuMs: (user + system) / 1_000, batching: link.batching?.().kind, drops: link.drops?.(), errors };
  },
};

export type PacedSender = typeof handlers;

answerRequests(handlers);

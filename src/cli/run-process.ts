/** The life of `run`: lock → log, audit, ops endpoint → program → a signal or a failure → everything closed, in reverse. */

import type { AuditEvent, AuditLog } from '../audit/audit-log.ts';
import type { MerkleAuditLog } from '../audit/merkle-audit-log.ts';
import type { DirectoryLayout, Program } from '../config/directory-layout.ts';
import type { OpsConfig } from '../config/sender-config.ts';
import { OPS_LIMITS } from '../limits.ts';
import { failureSignal } from '../ops/failure-signal.ts';
import { boundHeapGrowth } from '../ops/heap-growth.ts';
import { type OpsSource, openOpsServer } from '../ops/http-server.ts';
import { type Logger, openLogger } from '../ops/logger.ts';
import type { MetricsRegistry } from '../ops/metrics-registry.ts';
import { RequestDesk, type RequestHandlers } from '../ops/request-desk.ts';
import { RequestInbox } from '../ops/request-inbox.ts';
import { settledWithin } from '../ops/settled-within.ts';
import { freeDiskBytes } from '../store/free-disk.ts';
import { openAuditLog } from './audit-logs.ts';
import { addAuditMetrics, auditStatus } from './audit-metrics.ts';
import { takeRunLock } from './directory.ts';
import { packageVersion } from './package-version.ts';
import { type ExitCode, printError } from './program.ts';
import { removeRunFile, writeRunFile } from './run-file.ts';

/** What main starts. */
export interface Running {
  /** Settles only by rejecting: the program can go on no more. */
  readonly failed: Promise<never>;
  /** What operators' commands may ask of it, by kind. */
  readonly requests: RequestHandlers;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly program: Program;
  readonly layout: DirectoryLayout;
  readonly ops: OpsConfig;
  /** Names and numbers for the first audit entry. */
  readonly identity: Omit<AuditEvent, 'event'>;
  /** Answers also before `start` has returned. */
  readonly source: OpsSource;
  /** Of the source's metrics. */
  readonly registry: MetricsRegistry;
  start(parts: { readonly log: Logger; readonly audit: MerkleAuditLog }): Promise<Running>;
}

/** Runs until SIGINT, SIGTERM or a failure. Throws what a failed start throws, with everything closed again. */
export async function runProcess(options: RunOptions): Promise<ExitCode> {
  const { program, layout, ops, source } = options;
  // Closed in reverse, whatever happens; none of them throws for what another left undone.
  const closers: (() => void | Promise<void>)[] = [];
  // Journal and spool hold attributes and live tokens: whatever is made from here on is closed to others.
  process.umask(process.umask() | 0o027);
  await boundHeapGrowth(OPS_LIMITS.heapGrowthPercent[program]);
  try {
    const lock = takeRunLock(program, layout);
    closers.push(() => lock.release());
    const log = openLogger({ program, level: ops.logLevel });
    const audit = openAuditLog(layout, 'program', Date.now());
    closers.push(() => audit.close());
    const startedAt = new Date().toISOString();
    const about = { program, pid: process.pid, version: packageVersion(), startedAt };
    addAuditMetrics(options.registry, () => audit);
    const status = () => {
      const own = source.status();
      return own && { ...about, audit: auditStatus(audit), ...own };
    };
    const served: OpsSource = { ...source, status };
    // Before the program: a port in use must not be found when datagrams travel already.
    const server = await openOpsServer(served, ops);
    closers.push(() => server.close());
    audit.append(Date.now(), { event: 'program-started', version: about.version, ...options.identity });
    audit.sync();
    const stopAsked = nextSignal();
    const running = await options.start({ log, audit });
    const requests = watchRequests(layout, running.requests, { log, audit });
    closers.push(() => requests.stop());
    writeRunFile(layout, { ...about, address: server.address, port: server.port });
    closers.push(() => removeRunFile(layout));
    log.info(
      { directory: layout.directory, ops: `http://${server.address}:${server.port}` },
      `${program} ${about.version} runs`,
    );
    const failed = Promise.race([running.failed, requests.failed]).catch((error: unknown) => ({ error }));
    const ended = await Promise.race([stopAsked, failed]);
    requests.stop();
    const failure = typeof ended === 'string' ? undefined : ended.error;
    if (failure !== undefined) printError(program, failure, false);
    else log.info({ signal: ended }, 'stopping');
    const stopped = await stopWithin(running, OPS_LIMITS.stopTimeoutMs, program);
    recordStop(audit, failure === undefined && stopped ? 'signal' : 'failure', program);
    log.info('stopped');
    return failure === undefined && stopped ? 0 : 1;
  } finally {
    for (const close of closers.reverse()) await closeQuietly(close, program);
  }
}

/** Looks for requests at once, before the program's first datagram, and then every second. */
function watchRequests(
  layout: DirectoryLayout,
  handlers: RequestHandlers,
  { log, audit }: { readonly log: Logger; readonly audit: AuditLog },
): { readonly failed: Promise<never>; stop(): void } {
  const { raised: failed, raise } = failureSignal();
  const hasRoom = () => freeDiskBytes(layout.data) >= OPS_LIMITS.minRequestDiskBytes;
  const desk = new RequestDesk({ inbox: new RequestInbox(layout.requests), handlers, audit, log, hasRoom });
  const look = () => {
    try {
      desk.poll(Date.now());
    } catch (error) {
      clearInterval(timer);
      raise(error);
    }
  };
  const timer = setInterval(look, OPS_LIMITS.requestPollMs);
  look();
  return { failed, stop: () => clearInterval(timer) };
}

/** The first signal; a second one ends the process at once. */
export function nextSignal(): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(1);
        asked = true;
        resolve(signal);
      });
    }
  });
}

async function stopWithin(running: Running, timeoutMs: number, program: string): Promise<boolean> {
  try {
    const stopping = running.stop();
    if (await settledWithin(stopping, timeoutMs)) {
      await stopping;
      return true;
    }
    process.stderr.write(
      `${program}: it did not stop within ${timeoutMs / 1_000} s; what is on disk goes on at the next start.\n`,
    );
    return false;
  } catch (error) {
    printError(program, error, false);
    return false;
  }
}

function recordStop(audit: AuditLog, because: string, program: string): void {
  try {
    audit.append(Date.now(), { event: 'program-stopped', because });
    audit.sync();
  } catch (error) {
    // The log may be what failed: it has been said already, or is said now.
    printError(program, error, false);
  }
}

async function closeQuietly(close: () => void | Promise<void>, program: string): Promise<void> {
  try {
    await close();
  } catch (error) {
    printError(program, error, false);
  }
}

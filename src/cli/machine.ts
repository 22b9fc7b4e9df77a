/** What `check` asks of the machine: the one place where it is asked, so that tests answer instead. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import {
  accessSync,
  closeSync,
  constants,
  fdatasyncSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { OPS_LIMITS } from '../limits.ts';

export interface Machine {
  /** The wall clock. */
  nowMs(): number;
  /** A small file such as one of /proc or /sys, trimmed; undefined where it cannot be read. */
  readText(path: string): string | undefined;
  /** Standard output of an external program; undefined where it is not there, failed or took too long. */
  output(program: string, args: readonly string[]): string | undefined;
  isReadable(path: string): boolean;
  fileMode(path: string): number | undefined;
  freeBytes(directory: string): number | undefined;
  /** How long `count` writes of 4 KiB, each synced, took in `directory`; undefined where it cannot be written. */
  syncTimesMs(directory: string, count: number): readonly number[] | undefined;
  /** Name → addresses. */
  interfaces(): ReadonlyMap<string, readonly string[]>;
  /** Undefined where the port is free, otherwise the errno, such as EADDRINUSE. */
  udpPortProblem(address: string, port: number): Promise<string | undefined>;
}

const SYNC_BYTES = 4_096;

export const thisMachine: Machine = {
  nowMs: () => Date.now(),
  readText: (path) => attempt(() => readFileSync(path, 'utf8').trim()),
  output: (program, args) =>
    attempt(() =>
      execFileSync(program, args, {
        encoding: 'utf8',
        timeout: OPS_LIMITS.probeTimeoutMs,
        stdio: ['ignore', 'pipe', 'ignore'],
        // Debian keeps ip and sysctl out of an ordinary user's path.
        env: { ...process.env, LC_ALL: 'C', PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
      }),
    ),
  isReadable: (path) => attempt(() => accessSync(path, constants.R_OK) ?? true) ?? false,
  fileMode: (path) => attempt(() => statSync(path).mode & 0o777),
  freeBytes: (directory) => {
    const stats = attempt(() => statfsSync(directory));
    return stats === undefined ? undefined : stats.bavail * stats.bsize;
  },
  syncTimesMs: (directory, count) => attempt(() => measureSync(directory, count)),
  interfaces: () =>
    new Map(
      Object.entries(networkInterfaces()).map(([name, list]) => [name, (list ?? []).map(({ address }) => address)]),
    ),
  udpPortProblem: (address, port) =>
    new Promise((resolve) => {
      const socket = createSocket(isIP(address.replace(/%[^%]+$/, '')) === 6 ? 'udp6' : 'udp4');
      socket.once('error', (error: NodeJS.ErrnoException) => {
        socket.close();
        resolve(error.code ?? 'unknown');
      });
      socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
    }),
};

function measureSync(directory: string, count: number): readonly number[] {
  const path = join(directory, `.check-${randomBytes(6).toString('hex')}`);
  const file = openSync(path, 'wx', 0o600);
  try {
    return Array.from({ length: count }, () => {
      const startMs = performance.now();
      writeSync(file, Buffer.alloc(SYNC_BYTES));
      fdatasyncSync(file);
      return performance.now() - startMs;
    });
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}

function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

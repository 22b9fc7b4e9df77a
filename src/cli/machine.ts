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
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { OPS_LIMITS } from '../limits.ts';
import { deviceGroup } from '../link/device-group.ts';

export interface Machine {
  /** The wall clock. */
  nowMs(): number;
  /** A small file such as one of /proc or /sys, trimmed; undefined where it cannot be read. */
  readText(path: string): string | undefined;
  /** Standard output of an external program; undefined where it is not there, failed or took too long. */
  output(program: string, args: readonly string[]): string | undefined;
  isReadable(path: string): boolean;
  isFolder(path: string): boolean;
  fileMode(path: string): number | undefined;
  freeBytes(directory: string): number | undefined;
  /** How long `count` writes of 4 KiB, each synced, took in `directory`; undefined where it cannot be written. */
  syncTimesMs(directory: string, count: number): readonly number[] | undefined;
  /** Name → addresses. */
  interfaces(): ReadonlyMap<string, readonly string[]>;
  /** Undefined where the port is free, otherwise the errno, such as EADDRINUSE. */
  udpPortProblem(address: string, port: number): Promise<string | undefined>;
  /** A device file, without opening it. */
  device(path: string, direction: 'send' | 'receive'): DeviceState;
  /** Of the entries of a directory; none where it is not there. */
  names(directory: string): readonly string[];
}

export interface DeviceState {
  readonly isThere: boolean;
  readonly isCharacterDevice: boolean;
  /** This user may open it in that direction. */
  readonly isAllowed: boolean;
  /** Who may, beside its owner. */
  readonly group?: string;
  /** Processes that have it open, as far as this user may look; our two programs by their own names. */
  readonly holders: readonly { readonly pid: number; readonly name: string }[];
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
  isFolder: (path) => attempt(() => statSync(path).isDirectory()) ?? false,
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
  device: deviceState,
  names: directoryNames,
};

function deviceState(path: string, direction: 'send' | 'receive'): DeviceState {
  // The descriptor that holds lock and settings is for reading: see src/link/serial-port.ts.
  const wanted = direction === 'send' ? constants.R_OK | constants.W_OK : constants.R_OK;
  const group = deviceGroup(path);
  const target = attempt(() => realpathSync(path));
  return {
    isThere: target !== undefined,
    isCharacterDevice: attempt(() => statSync(path).isCharacterDevice()) ?? false,
    isAllowed: attempt(() => accessSync(path, wanted) ?? true) ?? false,
    ...(group !== undefined && { group }),
    holders: target === undefined ? [] : holdersOf(target),
  };
}

/** proc_pid_fd(5). */
function holdersOf(target: string): DeviceState['holders'] {
  const pids = directoryNames('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const isHolder = directoryNames(`/proc/${pid}/fd`).some(
      (fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) === target,
    );
    if (!isHolder) return [];
    const name = thisMachine.readText(`/proc/${pid}/comm`) ?? 'unknown';
    const command = thisMachine.readText(`/proc/${pid}/cmdline`) ?? '';
    const side = /\b(?:diode-(sender|receiver)|(sender|receiver)\/main\.[jt]s)\0/.exec(command);
    return [{ pid: Number(pid), name: side === null ? name : `diode-${side[1] ?? side[2]}` }];
  });
}

function directoryNames(directory: string): readonly string[] {
  return attempt(() => readdirSync(directory)) ?? [];
}

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

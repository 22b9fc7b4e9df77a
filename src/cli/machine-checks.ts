/** Checks that both programs make of the machine: clock, disk, kernel buffers. */
import { type CheckItem, fail, ok, warn } from './check-report.ts';
import type { Machine } from './machine.ts';

/** This program did not exist before; a clock that says so is wrong, and so is one a lifetime ahead. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);
/** Below this a store cannot even hold its write-ahead log and a frame of the largest size. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024;
const SYNC_WRITES = 16;
/** A commit waits for a sync: at 20 ms a sync there are 50 groups of frames a second. */
const SLOW_SYNC_MS = 20;

export function checkClock(machine: Machine): CheckItem {
  const nowMs = machine.nowMs();
  const now = new Date(nowMs).toISOString();
  if (nowMs < EARLIEST_MS || nowMs > LATEST_MS) {
    return fail(
      'clock',
      `The clock says ${now}, which cannot be.`,
      "Set it: timedatectl set-time 'YYYY-MM-DD hh:mm:ss'",
    );
  }
  const synchronised = machine.output('timedatectl', ['show', '--property=NTPSynchronized', '--value'])?.trim();
  if (synchronised === 'yes' || machine.readText('/run/systemd/timesync/synchronized') !== undefined) {
    return ok('clock', `${now}, synchronised`);
  }
  const cure = 'Start a time service (systemd-timesyncd, chrony), or compare the clock by hand regularly.';
  const seen =
    synchronised === 'no' ? 'not synchronised by any time service' : 'whether it is synchronised cannot be told';
  return warn('clock', `The clock says ${now}; ${seen}.`, cure);
}

export function checkDisk(machine: Machine, data: string, wantedBytes: number, setting: string): readonly CheckItem[] {
  const freeBytes = machine.freeBytes(data);
  const timesMs = machine.syncTimesMs(data, SYNC_WRITES)?.toSorted((a, b) => a - b);
  if (freeBytes === undefined || timesMs === undefined) {
    // A full disk takes no write from anybody.
    if (freeBytes !== undefined && freeBytes < LEAST_FREE_BYTES) return [tooLittle(freeBytes, data)];
    return [
      fail(
        'disk',
        `${data} cannot be written.`,
        'Run check as the user that runs the program, or correct the permissions.',
      ),
    ];
  }
  const free = `${gib(freeBytes)} free on the disk of ${data}`;
  const space =
    freeBytes < LEAST_FREE_BYTES
      ? tooLittle(freeBytes, data)
      : freeBytes < wantedBytes
        ? warn(
            'disk',
            `${free}, less than ${setting} (${gib(wantedBytes)}).`,
            `Free space, or lower ${setting} in config.yaml.`,
          )
        : ok('disk', free);
  const median = timesMs[timesMs.length >> 1] as number;
  const speed = `a synced write takes ${median.toFixed(1)} ms (slowest of ${SYNC_WRITES}: ${(timesMs.at(-1) as number).toFixed(1)} ms)`;
  const sync =
    median > SLOW_SYNC_MS
      ? warn(
          'sync',
          `${speed}: at most ${Math.round(1_000 / median)} commits a second.`,
          'Use a disk with a power-safe write cache.',
        )
      : ok('sync', speed);
  return [space, sync];
}

function tooLittle(freeBytes: number, data: string): CheckItem {
  return fail('disk', `${gib(freeBytes)} free on the disk of ${data}: too little to start.`, 'Free space on it.');
}

/** `name` is rmem_max or wmem_max. The kernel doubles what is asked for and caps it, so the sysctl is compared as it is. */
export function checkSocketBuffer(
  machine: Machine,
  { name, setting, wantedBytes }: { readonly name: string; readonly setting: string; readonly wantedBytes: number },
): CheckItem {
  const sysctl = `net.core.${name}`;
  const limit = Number(machine.readText(`/proc/sys/net/core/${name}`) ?? Number.NaN);
  if (Number.isNaN(limit)) return warn(name, `${sysctl} cannot be read here.`, 'Check it on the machine itself.');
  if (limit >= wantedBytes) return ok(name, `${sysctl} is ${limit}, ${setting} wants ${wantedBytes}`);
  const cure = `sysctl -w ${sysctl}=${wantedBytes}; and for good: echo '${sysctl} = ${wantedBytes}' > /etc/sysctl.d/90-diode-${name}.conf`;
  return warn(
    name,
    `${sysctl} is ${limit}: the kernel cuts ${setting} (${wantedBytes}) down to it, and bursts are lost.`,
    cure,
  );
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

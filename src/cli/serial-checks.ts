/** Checks of a serial port. Nothing here opens it: that alone would raise its lines. */
import type { SerialPortConfig } from '../config/sender-config.ts';
import { type CheckItem, fail, ok, warn } from './check-report.ts';
import type { Machine } from './machine.ts';

/** `runningPid`: of our own program, where it runs on this DIR: it may hold the port, and no other may. */
export function checkSerialPort(
  machine: Machine,
  { device, baud }: SerialPortConfig,
  { direction, runningPid }: { readonly direction: 'send' | 'receive'; readonly runningPid: number | undefined },
): readonly CheckItem[] {
  const port = machine.device(device, direction);
  const others = port.holders.filter((holder) => holder.pid !== runningPid);
  return [
    port.isThere ? checkAccess(port, device) : missing(machine, device),
    ...checkHolders(device, others),
    checkStty(machine, baud),
  ];
}

function checkAccess(port: ReturnType<Machine['device']>, device: string): CheckItem {
  if (!port.isCharacterDevice) {
    return fail('device', `${device} is no serial port.`, 'Set link.device: ls -l /dev/serial/by-id /dev/ttyS*');
  }
  if (port.isAllowed) return ok('device', `${device} may be opened by this user`);
  const cure =
    port.group === undefined
      ? `Change its mode by a udev rule, or run as its owner: ls -l ${device}`
      : `usermod -aG ${port.group} "$USER", then log in again; in a unit: SupplementaryGroups=${port.group}`;
  return fail('device', `This user may not open ${device}.`, cure);
}

function missing(machine: Machine, device: string): CheckItem {
  const names = machine.names('/dev/serial/by-id').map((name) => `/dev/serial/by-id/${name}`);
  const cure =
    names.length === 0
      ? 'Plug the adapter in, or set link.device: ls -l /dev/ttyS* /dev/ttyUSB* /dev/ttyACM*'
      : `Plug it in, or set link.device to one that is there: ${names.join(', ')}`;
  return fail('device', `There is no ${device}.`, cure);
}

function checkHolders(device: string, holders: ReturnType<Machine['device']>['holders']): readonly CheckItem[] {
  if (holders.length === 0) return [ok('port', `nobody that this user can see holds ${device}`)];
  const names = holders.map(({ pid, name }) => `${name} (${pid})`).join(', ');
  const cure = `Stop it: kill ${holders[0]?.pid}; a getty: systemctl disable --now serial-getty@${device.replace(/^.*\//, '')}`;
  return [fail('port', `${device} is held by ${names}.`, cure)];
}

function checkStty(machine: Machine, baud: number): CheckItem {
  if (machine.output('stty', ['--version']) === undefined) {
    return fail('stty', 'The program `stty` is not here: the speed of the port cannot be set.', 'Install coreutils.');
  }
  if (machine.output('flock', ['--version']) === undefined) {
    return warn('stty', `link.baud is ${baud}; without flock nobody is kept off the port.`, 'Install util-linux.');
  }
  return ok('stty', `link.baud is ${baud}, to be the same on both sides; 8N1`);
}

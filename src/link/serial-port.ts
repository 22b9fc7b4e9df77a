/**
 * A serial port, opened for one direction: the kernel refuses the other, whatever this program does. Node has no ioctl, so
 * what the port is to be like is set by programs that every Linux has: stty(1), and flock(1) keeps others off it.
 *
 * The port is opened twice. The first descriptor never carries a byte: it is what stty, flock and perl are given, it holds
 * the lock, and Node makes it blocking when it hands it to them. The second is the one for bytes.
 */
import { spawn } from 'node:child_process';
import { close, closeSync, constants, openSync, statSync } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import type { LineState, SerialPortConfig } from '../config/sender-config.ts';
import { SERIAL_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { deviceGroup } from './device-group.ts';

export interface SerialPort {
  /** Non-blocking; the caller closes it. */
  readonly fd: number;
  /** What could not be set and nothing depends on, as a sentence; absent where all could. */
  readonly problem?: string;
  /** Lets go of the port; after `fd` was closed. */
  release(): Promise<void>;
}

/** O_NONBLOCK: a port without carrier would let open() wait. O_NOCTTY: a hang-up must not end this program. */
const HOW = constants.O_NOCTTY | constants.O_NONBLOCK;
const DIRECTIONS = { send: constants.O_WRONLY, receive: constants.O_RDONLY } as const;
/** 8N1, no byte changed, no flow control, no line depended on; the lines stay as they are when the port is closed. */
const STTY = 'raw -echo clocal cread cs8 -parenb -cstopb -crtscts -ixon -ixoff -hupcl'.split(' ');
/** <asm-generic/termios.h>: set and clear modem control lines, and their bits. */
const IOCTL = { raise: 0x5416, drop: 0x5417 } as const;
const LINES = { dtr: 0x002, rts: 0x004 } as const;
const PERL = 'ioctl(STDIN, shift, pack("I", shift)) or die "$!\\n"';

/** Throws DiodeError `link-device` and `link-device-in-use`, with nothing left open. */
export async function openSerialPort(
  config: SerialPortConfig,
  direction: keyof typeof DIRECTIONS,
): Promise<SerialPort> {
  const { device, baud } = config;
  const holder = openDevice(config, constants.O_RDONLY | HOW);
  try {
    if (!isatty(holder)) throw noPort(device);
    // 3 is the descriptor as the program sees it. Without flock on this machine nobody is kept off.
    const lock = await run('flock', ['-xn', '3'], [undefined, holder]);
    if (lock.code === 1) throw inUse(device);
    const { code, text } = await run('stty', [String(baud), ...STTY], [holder]);
    if (code !== 0) throw unset(config, text);
    const problem = await setLines(config, holder);
    const fd = openDevice(config, DIRECTIONS[direction] | HOW);
    return { fd, ...(problem && { problem }), release: () => promisify(close)(holder) };
  } catch (error) {
    closeSync(holder);
    throw error;
  }
}

function openDevice(config: SerialPortConfig, flags: number): number {
  const { device } = config;
  try {
    return openSync(device, flags);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === 'EBUSY') throw inUse(device);
    throw unopened(device, code, { cause: error });
  }
}

async function setLines(config: SerialPortConfig, holder: number): Promise<string | undefined> {
  for (const name of ['dtr', 'rts'] as const) {
    const state: LineState = config[name];
    if (state === 'leave') continue;
    const { code, text } = await run('perl', ['-e', PERL, String(IOCTL[state]), String(LINES[name])], [holder]);
    if (code !== 0) return `link.${name}: ${state} could not be done on ${config.device} (${text})`;
  }
  return undefined;
}

/** `descriptors`: what becomes standard input, and descriptor 3. Code 127 where the program is not there or took too long. */
function run(
  program: string,
  args: readonly string[],
  [input, third]: readonly [number | undefined, number?],
): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: [input ?? 'ignore', 'ignore', 'pipe', third ?? 'ignore'],
      timeout: SERIAL_LIMITS.helperTimeoutMs,
      env: { ...process.env, LC_ALL: 'C' },
    });
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      text = `${text}${piece}`.slice(0, 500);
    });
    child.once('error', (error) => resolve({ code: 127, text: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 127, text: firstLine(text) }));
  });
}

/** What is wrong, without its program's name before it and advice on that behind. */
function firstLine(text: string): string {
  return text
    .replace(/^\w+: /, '')
    .replace(/\n.*/s, '')
    .trim();
}

function unopened(device: string, code: string, options: ErrorOptions): DiodeError {
  if (code === 'EACCES' || code === 'EPERM') {
    const group = deviceGroup(device);
    const cure =
      group === undefined
        ? 'Run it as a user who may, or change the mode of the device by a udev rule.'
        : `Run: usermod -aG ${group} USER, then log in again, or SupplementaryGroups=${group} in the unit.`;
    return new DiodeError('link-device', `This user may not open ${device}.`, cure, options);
  }
  const isMissing = code === 'ENOENT' || code === 'ENXIO' || code === 'ENODEV';
  return new DiodeError(
    'link-device',
    isMissing ? `There is no serial port ${device} (${code}).` : `${device} cannot be opened (${code}).`,
    'Plug the adapter in, or set link.device to one that `ls -l /dev/serial/by-id /dev/ttyS*` shows.',
    options,
  );
}

function noPort(device: string): DiodeError {
  const what = statSync(device).isDirectory() ? 'a directory' : 'no serial port';
  const cure = 'Set link.device to one that `ls -l /dev/serial/by-id /dev/ttyS*` shows.';
  return new DiodeError('link-device', `${device} is ${what}.`, cure);
}

function inUse(device: string): DiodeError {
  return new DiodeError(
    'link-device-in-use',
    `${device} is taken by another program.`,
    `Stop it (fuser -v ${device} names it; a getty: systemctl stop serial-getty@NAME), or set another link.device.`,
  );
}

function unset({ device, baud }: SerialPortConfig, text: string): DiodeError {
  return new DiodeError(
    'link-device',
    `stty could not set ${device} to ${baud} baud: ${text === '' ? 'it is not on this machine' : text}.`,
    'Set link.baud to a speed that the port has, the same on both sides; stty is part of coreutils.',
  );
}

import { spawnSync } from 'node:child_process';
import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingForSerial, SerialLine } from '../../../bench/support/serial-line.ts';
import type { SerialPortConfig, SerialSendConfig } from '../../../src/config/sender-config.ts';
import { serialDefaults } from '../../../src/config/serial-defaults.ts';
import { groupName } from '../../../src/link/device-group.ts';
import type { ReceiveLink, SendLink } from '../../../src/link/link.ts';
import { SerialPresence } from '../../../src/link/serial-presence.ts';
import { openSerialReceiveLink } from '../../../src/link/serial-receive-link.ts';
import { openSerialSendLink } from '../../../src/link/serial-send-link.ts';
import { requirement } from '../../support/requirement.ts';
import { until } from '../../support/until.ts';

/** Descriptors of pseudo-terminals in this process, of such that are gone too. */
function terminals(): number {
  const isTerminal = (fd: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('/dev/pts/');
    } catch {
      return false;
    }
  };
  return readdirSync('/proc/self/fd').filter(isTerminal).length;
}

const available = requirement('socat', missingForSerial() === undefined, 'run .ci/install');
const canTrace = requirement('strace', spawnSync('strace', ['-V']).status === 0, 'run .ci/install');

describe.skipIf(!available)('a serial link', () => {
  let directory: string;
  let line: SerialLine;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'diode-serial-link-'));
    line = await SerialLine.start({ directory, baud: 921_600 });
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await line.close();
    await rm(directory, { recursive: true });
  });

  const port = (device: string, baud: number): SerialPortConfig => ({
    kind: 'serial',
    device,
    baud,
    dtr: 'leave',
    rts: 'leave',
  });
  const sending = (changes: Partial<SerialSendConfig> = {}): SerialSendConfig => ({
    ...serialDefaults(921_600),
    ...port(line.devices.sender, 921_600),
    ...changes,
  });

  async function sender(changes: Partial<SerialSendConfig> = {}): Promise<SendLink> {
    const link = await openSerialSendLink(sending(changes));
    closing.unshift(() => link.close());
    return link;
  }

  async function receiver(changes: Partial<SerialPortConfig> = {}): Promise<{ link: ReceiveLink; got: Buffer[] }> {
    const link = await openSerialReceiveLink({ ...port(line.devices.receiver, 921_600), ...changes });
    closing.unshift(() => link.close());
    const got: Buffer[] = [];
    link.onDatagram((datagram) => got.push(datagram));
    return { link, got };
  }

  const send = async (link: SendLink, datagram: Buffer) => {
    while (!link.send(datagram)) await new Promise<void>((resolve) => link.onRoom(resolve));
  };

  it('carries datagrams of any bytes, those of flow control and line ends too', async () => {
    const { link, got } = await receiver();
    const out = await sender();
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const sent = [
      all,
      Buffer.alloc(236),
      Buffer.from('\u0011\u0013\r\n\u0003\u0004\u001a\u007f'),
      all.subarray(0, 236).reverse(),
    ];
    for (const datagram of sent) await send(out, datagram);
    await until(() => got.length === sent.length);
    expect(got).toEqual(sent);
    expect(link.line?.()).toMatchObject({ baud: 921_600, reopened: 0, discarded: { overlong: 0, 'cut-short': 0 } });
    expect(line.counts.returned).toBe(0);
    expect(out.overheadBytes).toBe(3);
    expect(out.maxDatagramBytes).toBe(236);
  });

  it('is 8N1 at the speed of the config, raw, and has no flow control of any kind', async () => {
    await receiver({ baud: 9_600 });
    const { stdout } = spawnSync('stty', ['-a', '-F', line.devices.receiver], { encoding: 'utf8' });
    expect(stdout).toContain('speed 9600 baud');
    const set = stdout.split(/[\s;]+/);
    const wanted = 'cs8 -parenb -cstopb -crtscts -ixon -ixoff clocal cread -hupcl -icanon -echo -opost -icrnl'.split(
      ' ',
    );
    expect(wanted.filter((flag) => !set.includes(flag))).toEqual([]);
  });

  it('takes no more than the driver does, says when there is room, and closes while it is full', async () => {
    const out = await sender();
    // The relay reads no more: what is written stays where a stuck driver would keep it.
    line.hold();
    let taken = 0;
    while (out.send(Buffer.alloc(236, 7)) && taken < 100_000) taken++;
    expect(taken).toBeGreaterThan(3);
    expect(taken).toBeLessThan(100_000);
    const startMs = performance.now();
    await closing.shift()?.();
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it('is lost with its adapter and found again, and the datagram under way is not lost with it', async () => {
    const { link, got } = await receiver();
    const out = await sender();
    const errors: (string | undefined)[] = [];
    out.onError((error) => errors.push((error as NodeJS.ErrnoException).code));
    await line.pull('sender');
    await line.pull('receiver');
    expect(out.send(Buffer.from('written into nothing'))).toBe(true);
    expect(out.send(Buffer.from('refused'))).toBe(false);
    expect(errors).toEqual(['EIO']);
    expect(out.line?.().down).toMatchObject({ code: 'EIO' });
    await until(() => link.line?.().down !== undefined);
    await line.plug('receiver');
    await until(() => link.line?.().reopened === 1);
    const room = new Promise<void>((resolve) => out.onRoom(resolve));
    await line.plug('sender');
    await room;
    expect(out.line?.()).toMatchObject({ reopened: 1 });
    expect(out.line?.().down).toBeUndefined();
    await until(() => got.length === 1);
    expect(String(got[0])).toBe('written into nothing');
  });

  it('keeps no descriptor of an adapter that was pulled, nor any once it is closed', async () => {
    const before = terminals();
    const { link } = await receiver();
    expect(terminals()).toBe(before + 2);
    for (const times of [1, 2]) {
      await line.pull('receiver');
      await until(() => link.line?.().down !== undefined);
      await line.plug('receiver');
      await until(() => link.line?.().reopened === times);
      expect(terminals()).toBe(before + 2);
    }
    await closing.shift()?.();
    expect(terminals()).toBe(before);
  });

  it('is opened again where its adapter goes away while it is being opened', async () => {
    let calls = 0;
    const presence = new SerialPresence(port(line.devices.receiver, 9_600), 'receive', {
      onOpen: ({ fd }) => {
        closeSync(fd);
        if (++calls === 2) throw Object.assign(new Error('gone'), { code: 'EIO' });
      },
      onError: () => undefined,
    });
    closing.unshift(() => presence.close());
    await presence.open();
    presence.handleLost(new Error('pulled'));
    await until(() => calls === 2 && presence.status.down?.code !== 'pulled');
    expect(presence.status).toMatchObject({ reopened: 0, down: { code: 'Error: gone' } });
    await until(() => presence.status.reopened === 1);
    expect(presence.status.down).toBeUndefined();
    expect(calls).toBe(3);
  });

  it('leaves no descriptor where it is closed while it is being opened again', async () => {
    const before = terminals();
    const presence = new SerialPresence(port(line.devices.receiver, 9_600), 'receive', {
      onOpen: ({ fd }) => closeSync(fd),
      onError: () => undefined,
    });
    await presence.open();
    presence.handleLost(new Error('pulled'));
    await until(() => terminals() === before);
    while (terminals() === before) await delay(1);
    await presence.close();
    expect(terminals()).toBe(before);
  });

  it('says what is wrong with a device: not there, no serial port, taken', async () => {
    const nowhere = port(join(directory, 'ttyUSB9'), 9_600);
    await expect(openSerialReceiveLink(nowhere)).rejects.toMatchObject({
      code: 'link-device',
      message: expect.stringMatching(/There is no serial port .*ttyUSB9 \(ENOENT\)\. Plug the adapter in/),
    });
    await writeFile(join(directory, 'file'), '');
    await expect(openSerialReceiveLink(port(join(directory, 'file'), 9_600))).rejects.toMatchObject({
      code: 'link-device',
      message: expect.stringContaining('is no serial port'),
    });
    await expect(openSerialReceiveLink(port(line.devices.receiver, 12_345))).rejects.toMatchObject({
      code: 'link-device',
      message: expect.stringMatching(
        /stty could not set \S+ to 12345 baud: invalid argument '12345'\. Set link\.baud /,
      ),
    });
    await receiver();
    await expect(openSerialReceiveLink(port(line.devices.receiver, 9_600))).rejects.toMatchObject({
      code: 'link-device-in-use',
      message: expect.stringContaining('fuser -v'),
    });
    await sender();
    await expect(openSerialSendLink(sending())).rejects.toMatchObject({ code: 'link-device-in-use' });
  });

  it('goes on where a control line cannot be set, and says so', async () => {
    const out = await openSerialSendLink(sending({ dtr: 'raise' }));
    closing.unshift(() => out.close());
    const { link, got } = await receiver({ rts: 'drop' });
    // A pseudo-terminal has none.
    expect(out.line?.().problem).toMatch(/^link.dtr: raise could not be done on .*tty-sender \(.+\)$/);
    expect(link.line?.().problem).toContain('link.rts: drop');
    await send(out, Buffer.from('nothing depends on it'));
    await until(() => got.length === 1);
  });
});

/** A pseudo-terminal has no control lines: what the kernel was asked for is seen by strace, and by it alone. */
describe.skipIf(!available || !canTrace)('a control line', () => {
  let directory: string;
  let line: SerialLine;
  const { PATH } = process.env;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'diode-control-line-'));
    line = await SerialLine.start({ directory, baud: 9_600 });
    const { stdout: perl } = spawnSync('sh', ['-c', 'command -v perl'], { encoding: 'utf8' });
    const traced = `exec strace -qq -y -A -e trace=ioctl -o ${join(directory, 'trace')} ${perl.trim()} "$@"`;
    await writeFile(join(directory, 'perl'), `#!/bin/sh\n${traced}\n`, { mode: 0o755 });
    process.env.PATH = `${directory}:${PATH}`;
  });
  afterEach(async () => {
    process.env.PATH = PATH;
    await line.close();
    await rm(directory, { recursive: true });
  });

  /** Of the open device, what was asked of its control lines. */
  async function asked(lines: Pick<SerialPortConfig, 'dtr' | 'rts'>): Promise<string[]> {
    const device = line.devices.receiver;
    const link = await openSerialReceiveLink({ kind: 'serial', device, baud: 9_600, ...lines });
    await link.close();
    const trace = await readFile(join(directory, 'trace'), 'utf8').catch(() => '');
    const ofDevice = `ioctl(0<${await realpath(device)}`;
    return trace.split('\n').flatMap((call) => {
      return call.startsWith(ofDevice) ? (/TIOCM\w+, \[\w+\]/.exec(call) ?? []) : [];
    });
  }

  it.each([
    ['dtr', 'raise', 'TIOCMBIS, [TIOCM_DTR]'],
    ['dtr', 'drop', 'TIOCMBIC, [TIOCM_DTR]'],
    ['rts', 'raise', 'TIOCMBIS, [TIOCM_RTS]'],
    ['rts', 'drop', 'TIOCMBIC, [TIOCM_RTS]'],
  ] as const)('%s is set as the config says: %s', async (name, state, call) => {
    expect(await asked({ dtr: 'leave', rts: 'leave', [name]: state })).toEqual([call]);
  });

  it('is left alone unless the config says otherwise', async () => {
    expect(await asked({ dtr: 'leave', rts: 'leave' })).toEqual([]);
  });
});

describe('the group of a device', () => {
  it('is read from group(5)', () => {
    const text = 'root:x:0:\ndialout:x:20:ana,diode\nuucp:x:14:\n';
    expect([groupName(text, 20), groupName(text, 99)]).toEqual(['dialout', undefined]);
  });
});

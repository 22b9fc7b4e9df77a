/** What `check` says of the usual mistakes with a serial line, of each side's own DIR: the device is a real one, and so is who holds it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingForSerial, SerialLine } from '../../../bench/support/serial-line.ts';
import { receiverCommandLine } from '../../../receiver/command-line.ts';
import { checkReceiver } from '../../../receiver/commands/check.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { checkSender } from '../../../sender/commands/check.ts';
import { type Machine, thisMachine } from '../../../src/cli/machine.ts';
import { writeRunFile } from '../../../src/cli/run-file.ts';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { requirement } from '../../support/requirement.ts';
import { receiverStatusSample } from '../../support/status-samples.ts';
import { typeHere } from '../../support/typed-command.ts';

const available = requirement('socat', missingForSerial() === undefined, 'run .ci/install');

describe.skipIf(!available)('check of a serial line', () => {
  const root = mkdtempSync(join(tmpdir(), 'serial-check-'));
  const [rx, tx] = [join(root, 'rx'), join(root, 'tx')];
  let line: SerialLine;

  beforeAll(async () => {
    line = await SerialLine.start({ directory: root, baud: 9_600 });
    const serial = (device: string) => ['--link', 'serial', '--device', device, '--baud', '9600'];
    await typeHere(receiverCommandLine(), 'init', rx, '--boundary', 'site-a', ...serial(line.devices.receiver));
    const card = ['--receiver-card', join(rx, 'receiver-card.json')];
    await typeHere(senderCommandLine(), 'init', tx, '--stream', 'hr', ...card, ...serial(line.devices.sender));
  });
  afterAll(async () => {
    await line.close();
    rmSync(root, { recursive: true });
  });

  const sides = {
    sender: (machine: Machine) => checkSender(machine, tx),
    receiver: (machine: Machine) => checkReceiver(machine, rx),
  };
  const found = async (side: keyof typeof sides, item: string, machine = thisMachine) =>
    (await sides[side](machine)).find((each) => each.item === item);

  describe.each(['sender', 'receiver'] as const)('on the %s', (side) => {
    it('is content with a device that this user may open', async () => {
      expect(await found(side, 'device')).toMatchObject({ level: 'ok', seen: expect.stringContaining('tty-') });
    });

    it('says where this user may not open it, asked for what that side does with it', async () => {
      const wanted: string[] = [];
      const device: Machine['device'] = (path, direction) => {
        wanted.push(direction);
        return { ...thisMachine.device(path, direction), group: 'dialout', isAllowed: false };
      };
      expect(await found(side, 'device', { ...thisMachine, device })).toEqual({
        level: 'fail',
        item: 'device',
        seen: `This user may not open ${line.devices[side]}.`,
        cure: expect.stringMatching(/^usermod -aG dialout "\$USER"/),
      });
      expect(wanted).toEqual([side === 'sender' ? 'send' : 'receive']);
    });

    it('names who has the port', async () => {
      const item = await found(side, 'port');
      expect(item).toMatchObject({ level: 'fail', seen: expect.stringMatching(/tty-.* is held by .*socat \(\d+\)/) });
    });
  });

  it('knows a device that this user may not open, as a start does', () => {
    const device = realpathSync(line.devices.sender);
    chmodSync(device, 0);
    const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', AS_NOBODY, device]);
    chmodSync(device, 0o620);
    const refused = { isAllowed: false, error: `link-device This user may not open ${device}.` };
    expect(JSON.parse(String(stdout))).toEqual([refused, refused]);
  });

  describe('while a receiver runs', () => {
    let server: Server;
    let status: object;

    beforeAll(async () => {
      server = createServer((_, response) => response.end(JSON.stringify({ pid: process.pid, ...status })));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const layout = directoryLayout('diode-receiver', rx);
      writeRunFile(layout, { pid: process.pid, address: '127.0.0.1', port, startedAt: '', version: '' });
    });
    afterAll(() => server.close());

    const { intake } = receiverStatusSample;
    const discarded = { overlong: 0, 'cut-short': 0 };
    const seen = async ({ bytes, line: watched, isHeard }: Seen) => {
      const { ageMs: _, ...silent } = intake.link;
      status = {
        ...receiverStatusSample,
        intake: { ...intake, link: isHeard ? intake.link : silent, line: { ...intake.line, ...watched } },
        line: { device: '/dev/ttyUSB0', baud: 9_600, reopened: 0, bytes, discarded },
      };
      return found('receiver', 'line');
    };

    it('is content with authentic datagrams', async () => {
      expect(await seen({ bytes: 900, isHeard: true })).toMatchObject({ level: 'ok' });
    });

    it('tells a swapped cable, at whose ends both send or both receive, from all else: not a byte comes', async () => {
      expect(await seen({ bytes: 0, isHeard: false })).toMatchObject({
        level: 'fail',
        seen: 'No hello has arrived since the start.',
        cure: "look at the cable, since not a byte came on /dev/ttyUSB0: the sender's TX belongs on RX here, and ground on ground.",
      });
      expect((await seen({ bytes: 40, isHeard: false }))?.cure).not.toContain('TX');
    });

    it('tells a wrong speed, and the wire of another sender', async () => {
      expect(await seen({ bytes: 5_000, line: { isGarbled: true, bytes: 4_500 }, isHeard: true })).toMatchObject({
        level: 'fail',
        cure: expect.stringMatching(/^link\.baud is 9600 here, compare it with the sender's/),
      });
      expect(await seen({ bytes: 5_000, line: { isGarbled: true, foreign: 8 }, isHeard: true })).toMatchObject({
        level: 'fail',
        seen: 'Datagrams arrive on /dev/ttyUSB0 and none is authentic (8 so far).',
        cure: expect.stringMatching(/^it is another sender's line/),
      });
    });
  });
});

interface Seen {
  readonly bytes: number;
  readonly line?: object;
  readonly isHeard: boolean;
}

/** For each direction what `check` and what a start see of the device; as nobody, where we are root, who may open anything. */
const AS_NOBODY = `
  import { thisMachine } from './src/cli/machine.ts';
  import { openSerialPort } from './src/link/serial-port.ts';
  const [, device] = process.argv;
  if (process.getuid() === 0) {
    process.setgroups([]);
    process.setgid(65534);
    process.setuid(65534);
  }
  const config = { kind: 'serial', device, baud: 9600, dtr: 'leave', rts: 'leave' };
  const found = [];
  for (const direction of ['send', 'receive']) {
    const { isAllowed } = thisMachine.device(device, direction);
    const error = await openSerialPort(config, direction).then(() => 'none', ({ code, seen }) => code + ' ' + seen);
    found.push({ isAllowed, error });
  }
  console.log(JSON.stringify(found));
`;

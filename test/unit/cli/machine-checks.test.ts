import { describe, expect, it } from 'vitest';
import type { CheckItem } from '../../../src/cli/check-report.ts';
import type { Machine } from '../../../src/cli/machine.ts';
import { checkClock, checkDisk, checkSocketBuffer } from '../../../src/cli/machine-checks.ts';
import { checkReversePath } from '../../../src/cli/reverse-path-check.ts';
import { checkRoute } from '../../../src/cli/route-checks.ts';
import { checkSerialPort } from '../../../src/cli/serial-checks.ts';

const GIB = 2 ** 30;

/** A machine on which all is well; a test changes what it is about. `outputs` by "program arguments". */
function machine(
  changes: Partial<Machine> & {
    readonly files?: Record<string, string>;
    readonly outputs?: Record<string, string>;
  } = {},
): Machine {
  const files: Record<string, string> = {
    '/proc/sys/net/core/rmem_max': '67108864',
    '/proc/sys/net/core/wmem_max': '67108864',
    '/sys/class/net/eth1/mtu': '1500',
    ...changes.files,
  };
  const outputs: Record<string, string> = {
    'timedatectl show --property=NTPSynchronized --value': 'yes\n',
    'ip -V': 'ip utility',
    'stty --version': 'stty',
    'flock --version': 'flock',
    ...changes.outputs,
  };
  return {
    nowMs: () => Date.UTC(2026, 10, 22),
    readText: (path) => files[path],
    output: (program, args) => outputs[[program, ...args].join(' ')],
    isReadable: () => true,
    isFolder: () => false,
    fileMode: () => 0o600,
    freeBytes: () => 100 * GIB,
    syncTimesMs: (_, count) => Array.from({ length: count }, () => 1),
    interfaces: () =>
      new Map([
        ['lo', ['127.0.0.1']],
        ['eth1', ['10.0.0.2']],
      ]),
    udpPortProblem: async () => undefined,
    device: () => ({ isThere: true, isCharacterDevice: true, isAllowed: true, group: 'dialout', holders: [] }),
    names: () => [],
    ...changes,
  };
}
const levels = (items: readonly CheckItem[]) => items.map(({ item, level }) => `${item} ${level}`);

describe('check of the clock', () => {
  it('is content with a sane clock that a service synchronises', () => {
    expect(checkClock(machine())).toMatchObject({ level: 'ok', seen: '2026-11-22T00:00:00.000Z, synchronised' });
  });

  it('warns where none does, and where it cannot be told', () => {
    const outputs = { 'timedatectl show --property=NTPSynchronized --value': 'no\n' };
    expect(checkClock(machine({ outputs }))).toMatchObject({
      level: 'warn',
      seen: expect.stringContaining('not synchronised'),
    });
    expect(checkClock(machine({ output: () => undefined }))).toMatchObject({
      level: 'warn',
      seen: expect.stringContaining('cannot be told'),
    });
  });

  it.each([0, Date.UTC(2025, 5), Date.UTC(2106, 1)])('fails where it says %d', (nowMs) => {
    expect(checkClock(machine({ nowMs: () => nowMs }))).toMatchObject({
      level: 'fail',
      cure: expect.stringContaining('timedatectl set-time'),
    });
  });
});

describe('check of the disk', () => {
  const check = (changes: Parameters<typeof machine>[0]) =>
    checkDisk(machine(changes), '/d/data', 8 * GIB, 'spool.maxBytes');

  it('compares what is free with the bound of the store', () => {
    expect(levels(check({}))).toEqual(['disk ok', 'sync ok']);
    expect(check({ freeBytes: () => 2 * GIB })[0]).toMatchObject({
      level: 'warn',
      seen: '2.0 GiB free on the disk of /d/data, less than spool.maxBytes (8.0 GiB).',
    });
    expect(check({ freeBytes: () => 1_000 })[0]?.level).toBe('fail');
  });

  it('warns of slow syncs with what they cost', () => {
    const slow = check({ syncTimesMs: (_, count) => Array.from({ length: count }, (_, at) => 25 + at) });
    expect(slow[1]).toMatchObject({
      level: 'warn',
      seen: 'a synced write takes 33.0 ms (slowest of 16: 40.0 ms): at most 30 commits a second.',
    });
  });

  it('fails where it cannot be written, and calls a full disk full', () => {
    const unwritable = (freeBytes: number) => check({ freeBytes: () => freeBytes, syncTimesMs: () => undefined });
    expect(levels(unwritable(9 * GIB))).toEqual(['disk fail']);
    expect(unwritable(9 * GIB)[0]?.seen).toContain('cannot be written');
    expect(unwritable(0)[0]?.seen).toContain('too little to start');
  });
});

describe('check of the socket buffer', () => {
  const want = { name: 'rmem_max', setting: 'link.receiveBufferBytes', wantedBytes: 16_777_216 };

  it('prints the exact sysctl lines where the kernel would cut it', () => {
    expect(checkSocketBuffer(machine(), want).level).toBe('ok');
    expect(checkSocketBuffer(machine({ files: { '/proc/sys/net/core/rmem_max': '212992' } }), want)).toMatchObject({
      level: 'warn',
      cure: "sysctl -w net.core.rmem_max=16777216; and for good: echo 'net.core.rmem_max = 16777216' > /etc/sysctl.d/90-diode-rmem_max.conf",
    });
    expect(checkSocketBuffer(machine({ readText: () => undefined }), want).level).toBe('warn');
  });
});

describe('check of the route', () => {
  const route = '[{"dst":"10.0.0.9","dev":"eth1","prefsrc":"10.0.0.2"}]';
  const rateBitsPerSecond = 50_000_000;
  const check = (outputs: Record<string, string>, symbolBytes = 1_408, address = '10.0.0.9') =>
    checkRoute(machine({ outputs }), { address, symbolBytes, rateBitsPerSecond });
  const toTarget = 'ip -j neigh show to 10.0.0.9 dev eth1';
  const checkWith = (files: Record<string, string>, rate: number) =>
    checkRoute(machine({ outputs: { 'ip -j route get 10.0.0.9': route }, files }), {
      address: '10.0.0.9',
      symbolBytes: 1_408,
      rateBitsPerSecond: rate,
    });
  const permanent = '[{"dst":"10.0.0.9","lladdr":"02:00:00:00:00:09","state":["PERMANENT"]}]';

  it('is content with a route, a permanent neighbour and symbols that fit the MTU', () => {
    const items = check({ 'ip -j route get 10.0.0.9': route, [toTarget]: permanent });
    expect(levels(items)).toEqual(['route ok', 'neighbour ok', 'mtu ok']);
    expect(items[2]?.seen).toBe('the MTU of eth1 is 1500: symbols up to 1408 bytes fit, link.symbolBytes is 1408');
  });

  it('fails without a neighbour entry, with the command that makes one', () => {
    expect(check({ 'ip -j route get 10.0.0.9': route, [toTarget]: '[]' })[1]).toEqual({
      level: 'fail',
      item: 'neighbour',
      seen: '10.0.0.9 on eth1 has no static neighbour entry: behind a diode nothing would be sent.',
      cure: 'ip neigh replace 10.0.0.9 lladdr MAC-OF-THE-DIODE nud permanent dev eth1',
    });
  });

  it('warns of one that was learnt, and puts its address into the command', () => {
    const learnt = '[{"dst":"10.0.0.9","lladdr":"02:00:00:00:00:09","state":["STALE"]}]';
    expect(check({ 'ip -j route get 10.0.0.9': route, [toTarget]: learnt })[1]).toMatchObject({
      level: 'warn',
      cure: 'ip neigh replace 10.0.0.9 lladdr 02:00:00:00:00:09 nud permanent dev eth1',
    });
  });

  it('asks for the gateway where the target is behind one', () => {
    const behind = '[{"dst":"10.9.0.9","gateway":"10.0.0.1","dev":"eth1"}]';
    const items = check({ 'ip -j route get 10.9.0.9': behind }, 1_408, '10.9.0.9');
    expect(items[0]?.seen).toBe('10.9.0.9 is reached on eth1 via 10.0.0.1');
    expect(items[1]?.cure).toContain('ip neigh replace 10.0.0.1 ');
  });

  it('needs no neighbour on this machine itself', () => {
    const local = '[{"type":"local","dst":"127.0.0.1","dev":"lo"}]';
    expect(check({ 'ip -j route get 127.0.0.1': local }, 1_408, '127.0.0.1')[1]?.level).toBe('ok');
  });

  it('prints the largest symbol where the configured one would be fragmented, over IPv4 and IPv6', () => {
    const jumbo = check({ 'ip -j route get 10.0.0.9': route, [toTarget]: permanent }, 1_472);
    expect(jumbo[2]).toMatchObject({ level: 'fail', cure: 'Set link.symbolBytes: 1408 in config.yaml.' });
    const six = checkRoute(
      machine({
        outputs: { 'ip -j route get fd00::9': '[{"dst":"fd00::9","dev":"eth1"}]' },
        files: { '/sys/class/net/eth1/mtu': '1480' },
      }),
      { address: 'fd00::9', symbolBytes: 1_408, rateBitsPerSecond },
    );
    // 1480 - 40 - 8 - 28 - 16 = 1388 = 21.7 × 64
    expect(six[2]).toMatchObject({ level: 'fail', cure: 'Set link.symbolBytes: 1344 in config.yaml.' });
  });

  it('asks on the interface that a link-local address names', () => {
    const items = check(
      { 'ip -j route get fe80::9 oif eth1': '[{"dst":"fe80::9","dev":"eth1"}]' },
      1_408,
      'fe80::9%eth1',
    );
    expect(items[0]?.level).toBe('ok');
  });

  it.each([
    ['1000', 50_000_000, 'ok', 'eth1 makes 1 Gbit/s, link.rateBitsPerSecond is 50 Mbit/s'],
    ['100', 100_000_000, 'ok', 'eth1 makes 100 Mbit/s, link.rateBitsPerSecond is 100 Mbit/s'],
    ['100', 100_000_001, 'fail', 'the rest waits in its queue and is lost there'],
    ['10', 50_000_000, 'fail', 'eth1 makes 10 Mbit/s, link.rateBitsPerSecond is 50 Mbit/s: the rest'],
  ])('compares the speed of the interface, %s Mbit/s, with the rate %d: %s', (speed, rate, level, seen) => {
    const items = checkWith(
      { '/sys/class/net/eth1/speed': `${speed}\n`, '/sys/class/net/eth1/duplex': 'full\n' },
      rate,
    );
    expect(items.slice(3)).toMatchObject([{ item: 'speed', level }]);
    expect(items[3]?.seen).toContain(seen);
    if (level === 'fail')
      expect(items[3]?.cure).toContain(`Set link.rateBitsPerSecond: ${Number(speed) * 950_000} or less`);
  });

  it('says nothing of a speed that the interface does not know, and warns of half duplex', () => {
    expect(checkWith({ '/sys/class/net/eth1/speed': '-1\n' }, 1)).toHaveLength(3);
    expect(
      checkWith({ '/sys/class/net/eth1/speed': '100\n', '/sys/class/net/eth1/duplex': 'half\n' }, 1).slice(3),
    ).toMatchObject([
      { item: 'speed', level: 'ok' },
      { item: 'duplex', level: 'warn', cure: 'ethtool -s eth1 speed 100 duplex full autoneg off' },
    ]);
  });

  it('fails where nothing is plugged in', () => {
    expect(checkWith({ '/sys/class/net/eth1/carrier': '0\n' }, 1)).toContainEqual(
      expect.objectContaining({ item: 'cable', level: 'fail', seen: expect.stringContaining('eth1 has no carrier') }),
    );
    expect(levels(checkWith({ '/sys/class/net/eth1/carrier': '1\n' }, 1))).not.toContain('cable fail');
  });

  it('fails without a route, and only warns where `ip` is not there', () => {
    expect(check({})).toMatchObject([
      { item: 'route', level: 'fail', cure: expect.stringContaining('ip route add 10.0.0.9 dev INTERFACE') },
    ]);
    expect(
      levels(
        checkRoute(machine({ output: () => undefined }), {
          address: '10.0.0.9',
          symbolBytes: 1_408,
          rateBitsPerSecond,
        }),
      ),
    ).toEqual(['route warn']);
  });
});

describe('check of the reverse-path filter', () => {
  const filter = (all: string, eth1: string, address = '0.0.0.0') =>
    checkReversePath(
      machine({
        files: { '/proc/sys/net/ipv4/conf/all/rp_filter': all, '/proc/sys/net/ipv4/conf/eth1/rp_filter': eth1 },
      }),
      address,
    );

  it('warns where it is strict on the interface that receives, and only there', () => {
    expect(filter('0', '1')).toMatchObject({
      level: 'warn',
      cure: expect.stringContaining('sysctl -w net.ipv4.conf.eth1.rp_filter=2'),
    });
    expect(filter('1', '0').level).toBe('warn');
    expect(filter('0', '0').level).toBe('ok');
    // The higher of both counts, and loose (2) is higher.
    expect(filter('1', '2').level).toBe('ok');
    expect(filter('2', '1').level).toBe('ok');
    expect(filter('0', '1', '127.0.0.1').level).toBe('ok');
  });
});

describe('check of a serial port', () => {
  const port = { kind: 'serial', device: '/dev/ttyUSB0', baud: 9_600, dtr: 'leave', rts: 'leave' } as const;
  const state = { isThere: true, isCharacterDevice: true, isAllowed: true, group: 'dialout', holders: [] };
  const check = (changes: Parameters<typeof machine>[0] = {}, runningPid?: number) =>
    checkSerialPort(machine(changes), port, { direction: 'send', runningPid });

  it('is content with one that is there, may be opened and is free', () => {
    expect(levels(check())).toEqual(['device ok', 'port ok', 'stty ok']);
  });

  it('names the group that may open it', () => {
    const [item] = check({ device: () => ({ ...state, isAllowed: false }) });
    expect(item).toMatchObject({ level: 'fail', cure: expect.stringMatching(/^usermod -aG dialout /) });
  });

  it('says where it is missing, and which are there instead', () => {
    const gone = { ...state, isThere: false, isCharacterDevice: false, isAllowed: false };
    const [item] = check({ device: () => gone, names: () => ['usb-FTDI_1-port0'] });
    expect(item).toMatchObject({ level: 'fail', seen: 'There is no /dev/ttyUSB0.' });
    expect(item?.cure).toContain('/dev/serial/by-id/usb-FTDI_1-port0');
    expect(check({ device: () => gone })[0]?.cure).toContain('ls -l /dev/ttyS*');
  });

  it('refuses what is no device', () => {
    expect(check({ device: () => ({ ...state, isCharacterDevice: false }) })[0]?.seen).toContain('is no serial port');
  });

  it('names who holds it, unless that is our own program as it runs', () => {
    const holders = [{ pid: 812, name: 'agetty' }];
    expect(check({ device: () => ({ ...state, holders }) })[1]).toMatchObject({
      level: 'fail',
      seen: '/dev/ttyUSB0 is held by agetty (812).',
      cure: expect.stringContaining('serial-getty@ttyUSB0'),
    });
    const own = { ...state, holders: [{ pid: 900, name: 'diode-sender' }] };
    expect(check({ device: () => own }, 900)[1]?.level).toBe('ok');
    expect(check({ device: () => own })[1]?.level).toBe('fail');
    // Such as the other program of a pair on one machine, whose adapter is named here.
    expect(check({ device: () => own }, 901)[1]?.seen).toBe('/dev/ttyUSB0 is held by diode-sender (900).');
  });

  it('misses stty and flock', () => {
    expect(check({ output: () => undefined })[2]).toMatchObject({ level: 'fail' });
    const output = (program: string) => (program === 'stty' ? 'stty' : undefined);
    expect(check({ output })[2]).toMatchObject({ level: 'warn', cure: 'Install util-linux.' });
  });
});

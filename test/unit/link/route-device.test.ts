import { describe, expect, it } from 'vitest';
import { bestRoute, ipv4Routes, ipv6Routes, routeDevice } from '../../../src/link/route-device.ts';

const bytes = (address: string) => Buffer.from(address.split('.').map(Number));

/** As a kernel printed it: 192.0.2.0/24 and a default way, 10.97.0.0/16 by two interfaces, 198.51.100.0/24 forbidden. */
const ROUTE = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth1\t0000610A\t00000000\t0001\t0\t0\t200\t0000FFFF\t0\t0\t0
eth2\t0000610A\t00000000\t0001\t0\t0\t100\t0000FFFF\t0\t0\t0
eth3\t0300610A\t00000000\t0000\t0\t0\t0\tFFFFFFFF\t0\t0\t0
*\t006433C6\t00000000\t0200\t0\t0\t0\t00FFFFFF\t0\t0\t0
*\t006433C6\t00000000\t0201\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;

const IPV6_ROUTE = `fd970000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001   diode0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001 00000400 00000003 00000000 00000003     eth0
fd970000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000003 00000000 80200001       lo
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;

describe('the interface towards an address', () => {
  it.each([
    ['192.0.2.9', 'eth0'],
    ['192.0.3.9', 'eth0'],
    ['10.97.255.1', 'eth2'],
    // The way by eth3 is not up.
    ['10.97.0.3', 'eth2'],
    ['198.51.100.1', undefined],
  ])('is that of the longest prefix and the lowest metric: %s by %s', (address, device) => {
    expect(bestRoute(ipv4Routes(ROUTE), bytes(address))).toBe(device);
  });

  it('is found for IPv6 as well', () => {
    const routes = ipv6Routes(IPV6_ROUTE);
    const to = (hex: string) => bestRoute(routes, Buffer.from(hex, 'hex'));
    expect(to('fd970000000000000000000000000002')).toBe('diode0');
    expect(to('fd970000000000000000000000000001')).toBe('lo');
    expect(to('fd970000000000010000000000000002')).toBe('eth0');
    expect(bestRoute(ipv6Routes(IPV6_ROUTE.split('\n').slice(3).join('\n')), Buffer.alloc(16))).toBeUndefined();
  });

  it('is none of a table that says nothing, or something else', () => {
    for (const text of ['', 'eth0', `${'x '.repeat(12)}\n`, `eth0 zz 0 1 0 0 0 ${'f'.repeat(200)}`]) {
      expect(bestRoute(ipv4Routes(text), bytes('10.0.0.1'))).toBeUndefined();
      expect(bestRoute(ipv6Routes(text), Buffer.alloc(16))).toBeUndefined();
    }
  });

  it('is none towards this machine, and that of the zone where one is named', () => {
    for (const address of ['127.0.0.1', '127.9.9.9', '::1']) expect(routeDevice(address)).toBeUndefined();
    expect(routeDevice('fe80::1%diode7')).toBe('diode7');
  });
});

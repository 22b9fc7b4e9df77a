import { describe, expect, it } from 'vitest';
import { planSweep, restMs, stepMs, sweepMs } from '../../../sender/calibration/calibration-plan.ts';
import { sweepWish } from '../../../sender/calibration/calibration-wish.ts';
import type { SerialSendConfig, UdpSendConfig } from '../../../src/config/sender-config.ts';
import { serialDefaults } from '../../../src/config/serial-defaults.ts';

const UDP: UdpSendConfig = {
  kind: 'udp',
  address: '192.0.2.7',
  port: 7_350,
  rateBitsPerSecond: 50_000_000,
  symbolBytes: 1_408,
  repairPercent: 10,
  repeatAfterMs: [],
  helloIntervalMs: 10_000,
  sendBufferBytes: 4_194_304,
};
const SERIAL: SerialSendConfig = {
  kind: 'serial',
  device: '/dev/ttyUSB0',
  baud: 115_200,
  dtr: 'leave',
  rts: 'leave',
  ...serialDefaults(115_200),
};
const ETHERNET = { device: 'eth1', mtuBytes: 1_500, symbolBytes: 1_408 };
const JUMBO = { device: 'eth1', mtuBytes: 9_000, symbolBytes: 8_896 };
const wire = (bytes: number) => bytes + 66;

describe('what a calibration sends by default', () => {
  it('is from a fifth of the rate to twenty times it, then sizes and bursts at the lowest', () => {
    const steps = planSweep(sweepWish({}, UDP, JUMBO), wire);
    const rates = steps.slice(0, 12).map(({ rateBitsPerSecond }) => rateBitsPerSecond);
    expect([rates[0], rates[11]]).toEqual([10_000_000, 1_000_000_000]);
    for (const [at, rate] of rates.entries()) if (at > 0) expect(rate / (rates[at - 1] as number)).toBeCloseTo(1.52, 2);
    expect(steps.slice(12).map(({ datagramBytes, burst }) => [datagramBytes - 44, burst])).toEqual([
      [512, 0],
      [8_896, 0],
      [1_408, 16],
      [1_408, 64],
      [1_408, 256],
    ]);
    for (const { rateBitsPerSecond, burst, count } of steps.slice(12)) {
      expect(rateBitsPerSecond).toBe(10_000_000);
      if (burst > 0) expect(count % burst).toBe(0);
    }
    // Two seconds a step, and a rest of half a second.
    expect(sweepMs(steps)).toBeGreaterThan(17 * 2_500);
    expect(sweepMs(steps)).toBeLessThan(17 * 2_800);
  });

  it('fits the MTU, or the default size where none is known', () => {
    const sizesOf = (mtu: typeof ETHERNET | undefined) => sweepWish({}, UDP, mtu).sizes;
    expect(sizesOf(ETHERNET)).toEqual([512, 1_408]);
    expect(sizesOf(undefined)).toEqual([512, 1_408]);
    const steps = planSweep(sweepWish({ bursts: [] }, UDP, ETHERNET), wire);
    // The size of the config stands in the rates already.
    expect(steps).toHaveLength(13);
  });

  it('is of a serial line up to its speed, in sizes and not in bursts', () => {
    const wish = sweepWish({}, SERIAL, undefined);
    expect(wish).toMatchObject({ fromBitsPerSecond: 46_080, toBitsPerSecond: 92_160, symbolBytes: 192, bursts: [] });
    for (const step of planSweep(wish, (bytes) => bytes + 3)) expect(stepMs(step)).toBeGreaterThan(9_000);
  });

  it('rests for less behind short steps', () => {
    const [step] = planSweep({ ...sweepWish({}, UDP, ETHERNET), seconds: 0.6 }, wire);
    expect(restMs(step as NonNullable<typeof step>)).toBeCloseTo(150, 0);
  });
});

describe('what is refused', () => {
  it.each([
    [{ from: 100, to: 10 }, UDP, 'The sweep would go down, from 100 to 10 Mbit/s.'],
    [{ sizes: [8_896] }, UDP, 'datagrams with symbols of 8896 bytes would be fragmented.'],
    [{}, { ...UDP, symbolBytes: 8_896 }, 'The MTU of eth1 is 1500'],
    [{ steps: 199 }, UDP, 'These are 204 steps.'],
    [{ bursts: [16] }, SERIAL, 'there are no bursts'],
    [{ to: 1 }, SERIAL, 'A line of 115200 baud carries 0.09216 Mbit/s'],
  ])('%j: says why and what to type', (typed, link, seen) => {
    expect(() => sweepWish(typed, link, ETHERNET)).toThrow(seen);
  });
});

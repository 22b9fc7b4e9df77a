/** The `link` section of both sides, one for each kind of link, with every default and bound. */
import { isIPv6 } from 'node:net';
import { SENDER_LIMITS, WIRE_LIMITS } from '../limits.ts';
import { HEADER_BYTES, TAG_BYTES } from '../wire/datagram.ts';
import type { MediaReceiveConfig, UdpReceiveConfig } from './receiver-config.ts';
import { bool, integer, ipAddress, list, oneOf, port, section, text, z } from './schema.ts';
import type { MediaSendConfig, SerialPortConfig, SerialSendConfig, UdpSendConfig } from './sender-config.ts';
import { BAUDS, DEFAULT_BAUD, serialDefaults } from './serial-defaults.ts';

export const DEFAULT_LINK_PORT = 7350;

const KINDS = ['udp', 'serial', 'media'] as const;
/** Which of the schemas a config meets is decided before: see parseConfig. */
const udpKind = oneOf(KINDS)
  .default('udp')
  .transform(() => 'udp' as const);
const serialKind = oneOf(KINDS).transform(() => 'serial' as const);
const mediaKind = oneOf(KINDS).transform(() => 'media' as const);

const symbolBytes = integer({ min: WIRE_LIMITS.symbolStepBytes, max: WIRE_LIMITS.maxSymbolBytes }).refine(
  (value) => value % WIRE_LIMITS.symbolStepBytes === 0,
  { error: `a multiple of ${WIRE_LIMITS.symbolStepBytes}, such as ${WIRE_LIMITS.defaultSymbolBytes}` },
);
const repairPercent = integer({ min: 0, max: 100 });
const repeatAfterMs = list(integer({ min: 10, max: 3_600_000 }), { max: WIRE_LIMITS.maxRepeats }).refine(
  (times) => times.every((time, at) => at === 0 || time > (times[at - 1] as number)),
  { error: 'rising times, such as [1000, 10000]' },
);
const helloIntervalMs = integer({ min: 100, max: 600_000 });

const batching = oneOf(['segments', 'datagrams', 'none']).default('segments');

export const udpSendSchema = section({
  kind: udpKind,
  address: ipAddress(),
  port: port().default(DEFAULT_LINK_PORT),
  // 100 Gbit/s: beyond any diode of today.
  rateBitsPerSecond: integer({ min: 1_000, max: 100_000_000_000 }).default(50_000_000),
  burstBytes: integer({ min: 1, max: 1_073_741_824 }).exactOptional(),
  constantRate: bool().default(false),
  symbolBytes: symbolBytes.default(WIRE_LIMITS.defaultSymbolBytes),
  repairPercent: repairPercent.default(10),
  repeatAfterMs: repeatAfterMs.default([1_000, 10_000, 60_000]),
  helloIntervalMs: helloIntervalMs.default(10_000),
  sendBufferBytes: integer({ min: 4_096, max: 1_073_741_824 }).default(4 * 1024 * 1024),
  batching,
}).superRefine(({ address, symbolBytes, burstBytes }, context) => {
  if (burstBytes === undefined) return;
  const datagramBytes = Math.max(HEADER_BYTES + symbolBytes + TAG_BYTES, WIRE_LIMITS.maxHelloBytes);
  const leastBytes = datagramBytes + SENDER_LIMITS.udpOverheadBytes[isIPv6(address.replace(/%.*/, '')) ? 6 : 4];
  if (burstBytes >= leastBytes) return;
  const cure = `The longest datagram takes ${leastBytes} bytes on the cable: write so many, or better twice as many.`;
  const params = { seen: `found ${burstBytes}`, cure };
  context.addIssue({ code: 'custom', path: ['burstBytes'], message: cure, params });
}) satisfies z.ZodType<UdpSendConfig>;

export const udpReceiveSchema = section({
  kind: udpKind,
  address: ipAddress().default('0.0.0.0'),
  port: port().default(DEFAULT_LINK_PORT),
  receiveBufferBytes: integer({ min: 65_536, max: 1_073_741_824 }).default(16 * 1024 * 1024),
  batching,
  ownThread: bool().exactOptional(),
}).prefault({}) satisfies z.ZodType<UdpReceiveConfig>;

const bauds = `one of: ${BAUDS.join(', ')}`;
const lineState = oneOf(['leave', 'raise', 'drop']).default('leave');
const baud = z
  .int({ error: bauds })
  .refine((value) => (BAUDS as readonly number[]).includes(value), { error: bauds })
  .default(DEFAULT_BAUD);
const device = text('the path of a serial port, such as /dev/ttyUSB0').refine((path) => path.startsWith('/'), {
  error: 'the whole path of a serial port, such as /dev/ttyUSB0',
});
const serialPort = { kind: serialKind, device, baud, dtr: lineState, rts: lineState };

export const serialSendSchema = section({
  ...serialPort,
  symbolBytes: symbolBytes.exactOptional(),
  repairPercent: repairPercent.exactOptional(),
  repeatAfterMs: repeatAfterMs.exactOptional(),
  helloIntervalMs: helloIntervalMs.exactOptional(),
}).transform((link) => {
  const { batchBodyBytes, holdMs, ...defaults } = serialDefaults(link.baud);
  return { ...defaults, ...link };
}) satisfies z.ZodType<SerialSendConfig>;

/** Nothing is sent: a rate at which snapshots are framed at once. */
export const mediaSendSchema = section({ kind: mediaKind }).transform((link) => ({
  ...link,
  rateBitsPerSecond: 100_000_000_000,
  symbolBytes: WIRE_LIMITS.defaultSymbolBytes,
  repairPercent: 0,
  repeatAfterMs: [] as readonly number[],
  helloIntervalMs: 10_000,
})) satisfies z.ZodType<MediaSendConfig>;

export const mediaReceiveSchema = section({ kind: mediaKind }) satisfies z.ZodType<MediaReceiveConfig>;

export const serialReceiveSchema = section(serialPort) satisfies z.ZodType<SerialPortConfig>;

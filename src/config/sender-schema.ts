/** The grammar of a sender's config.yaml, with every default and bound. */
import { resolve } from 'node:path';
import { SENDER_LIMITS, WIRE_LIMITS } from '../limits.ts';
import { parseConfig } from './config-parser.ts';
import { integer, ipAddress, list, name, oneOf, port, section, text, type z } from './schema.ts';
import type { SenderConfig } from './sender-config.ts';
import { identitySchema, opsSchema, storeBytes } from './shared-schema.ts';

export const DEFAULT_LINK_PORT = 7350;

const symbolBytes = integer({ min: WIRE_LIMITS.symbolStepBytes, max: WIRE_LIMITS.maxSymbolBytes }).refine(
  (value) => value % WIRE_LIMITS.symbolStepBytes === 0,
  { error: `a multiple of ${WIRE_LIMITS.symbolStepBytes}, such as ${WIRE_LIMITS.defaultSymbolBytes}` },
);

const link = section({
  kind: oneOf(['udp']).default('udp'),
  address: ipAddress(),
  port: port().default(DEFAULT_LINK_PORT),
  // 100 Gbit/s: beyond any diode of today.
  rateBitsPerSecond: integer({ min: 1_000, max: 100_000_000_000 }).default(50_000_000),
  symbolBytes: symbolBytes.default(WIRE_LIMITS.defaultSymbolBytes),
  repairPercent: integer({ min: 0, max: 100 }).default(10),
  repeatAfterMs: list(integer({ min: 10, max: 3_600_000 }), { max: WIRE_LIMITS.maxRepeats })
    .refine((times) => times.every((time, at) => at === 0 || time > (times[at - 1] as number)), {
      error: 'rising times, such as [1000, 10000]',
    })
    .default([1_000, 10_000, 60_000]),
  helloIntervalMs: integer({ min: 100, max: 600_000 }).default(10_000),
  sendBufferBytes: integer({ min: 4_096, max: 1_073_741_824 }).default(4 * 1024 * 1024),
});

const source = section({
  kind: oneOf(['jsonl']).default('jsonl'),
  path: text('the path of a file of JSON lines, or "-" for standard input'),
});

const packer = section({
  batchBodyBytes: integer({ min: 1_024, max: WIRE_LIMITS.maxBodyBytes }).default(SENDER_LIMITS.batchBodyBytes),
  batchRecords: integer({ min: 1, max: WIRE_LIMITS.maxRecordsPerFrame }).default(SENDER_LIMITS.batchRecords),
  lingerMs: integer({ min: 0, max: 60_000 }).default(SENDER_LIMITS.lingerMs),
}).prefault({});

const snapshot = section({
  intervalHours: integer({ min: 0, max: 8_760 }).default(24),
  ratePercent: integer({ min: 1, max: 100 }).default(5),
}).prefault({});

export const senderSchema = section({
  boundary: name(),
  stream: name(),
  source,
  link,
  identity: identitySchema,
  packer,
  journal: section({ maxBytes: storeBytes(SENDER_LIMITS.maxJournalBytes) }).prefault({}),
  snapshot,
  ops: opsSchema(9464),
}) satisfies z.ZodType<SenderConfig>;

/** The config in `text`; paths in it are relative to `directory`. Throws ConfigError with every problem. */
export function parseSenderConfig(text: string, { directory, file }: ConfigPlace): SenderConfig {
  const config = parseConfig(senderSchema, text, file);
  const { path } = config.source;
  return { ...config, source: { ...config.source, path: path === '-' ? path : resolve(directory, path) } };
}

/** Where a config was read from. */
export interface ConfigPlace {
  readonly directory: string;
  /** As messages name it. */
  readonly file: string;
}

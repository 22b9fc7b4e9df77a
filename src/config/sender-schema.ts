/** The grammar of a sender's config.yaml, with every default and bound. */
import { resolve } from 'node:path';
import { SENDER_LIMITS, WIRE_LIMITS } from '../limits.ts';
import { parseConfig } from './config-parser.ts';
import { mediaSendSchema, serialSendSchema, udpSendSchema } from './link-schema.ts';
import { integer, name, oneOf, section, text, type z } from './schema.ts';
import type { PackerConfig, SenderConfig } from './sender-config.ts';
import { serialDefaults } from './serial-defaults.ts';
import { identitySchema, opsSchema, storeBytes } from './shared-schema.ts';

const source = section({
  kind: oneOf(['jsonl']).default('jsonl'),
  path: text('the path of a file of JSON lines, or "-" for standard input'),
});

const packer = section({
  // Its default depends on the link.
  batchBodyBytes: integer({ min: 1_024, max: WIRE_LIMITS.maxBodyBytes }).exactOptional(),
  batchRecords: integer({ min: 1, max: WIRE_LIMITS.maxRecordsPerFrame }).default(SENDER_LIMITS.batchRecords),
  lingerMs: integer({ min: 0, max: 60_000 }).default(SENDER_LIMITS.lingerMs),
}).prefault({});

const snapshot = section({
  intervalHours: integer({ min: 0, max: 8_760 }).default(24),
  ratePercent: integer({ min: 1, max: 100 }).default(5),
}).prefault({});

const rest = {
  boundary: name(),
  stream: name(),
  source,
  identity: identitySchema,
  packer,
  journal: section({ maxBytes: storeBytes(SENDER_LIMITS.maxJournalBytes) }).prefault({}),
  snapshot,
  ops: opsSchema(9464),
};

/** One for each kind of link. */
export const senderSchemas = {
  udp: section({ ...rest, link: udpSendSchema }).transform((config) => withBatch(config, SENDER_LIMITS.batchBodyBytes)),
  media: section({ ...rest, link: mediaSendSchema }).transform((config) =>
    withBatch(config, SENDER_LIMITS.batchBodyBytes),
  ),
  serial: section({ ...rest, link: serialSendSchema }).transform((config) =>
    withBatch(config, serialDefaults(config.link.baud).batchBodyBytes),
  ),
};

function withBatch<Config extends { readonly packer: Partial<PackerConfig> }>(config: Config, batchBodyBytes: number) {
  return { ...config, packer: { batchBodyBytes, ...config.packer } };
}

/** The config in `text`; paths in it are relative to `directory`. Throws ConfigError with every problem. */
export function parseSenderConfig(text: string, { directory, file }: ConfigPlace): SenderConfig {
  const config: SenderConfig = parseConfig<z.ZodType<SenderConfig>>(senderSchemas, text, file);
  const { path } = config.source;
  return { ...config, source: { ...config.source, path: path === '-' ? path : resolve(directory, path) } };
}

/** Where a config was read from. */
export interface ConfigPlace {
  readonly directory: string;
  /** As messages name it. */
  readonly file: string;
}

/** What librdkafka's settings in config.yaml hold by which Kafka lets this receiver in. */
import { readFileSync } from 'node:fs';
import type { Possession } from '../../src/config/inventory.ts';
import { certificatePublicHalf, privatePemPublicHalf } from '../../src/config/public-half.ts';
import type { KafkaConfig } from '../../src/config/receiver-config.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';

type Settings = KafkaConfig['client'];

/** What a name in `kafka.client` makes of its value. */
const READERS: readonly (readonly [
  pattern: RegExp,
  read: (value: string, settings: Settings) => Uint8Array | string,
  kind: Possession['kind'],
])[] = [
  [
    /^ssl\.key\.location$/,
    (path, settings) => privatePemPublicHalf(readFileSync(path, 'utf8'), passphrase(settings)),
    'key',
  ],
  [/^ssl\.key\.pem$/, (pem, settings) => privatePemPublicHalf(pem, passphrase(settings)), 'key'],
  [/^ssl\.certificate\.location$/, (path) => certificatePublicHalf(readFileSync(path, 'utf8')), 'key'],
  [/^ssl\.certificate\.pem$/, certificatePublicHalf, 'key'],
  [/^ssl\.keystore\.location$/, (path) => readFileSync(path), 'credential'],
  [/^sasl\.kerberos\.keytab$/, (path) => readFileSync(path), 'credential'],
  [/(password|secret|assertion)/, (value) => value, 'credential'],
  [/^sasl\.(username|kerberos\.principal|oauthbearer\.client\.id)$/, (value) => value, 'id'],
  [/^client\.id$/, (value) => value, 'id'],
];

/** Throws DiodeError `inventory-incomplete` for a file that cannot be read. */
export function kafkaPossessions(settings: Settings): readonly Possession[] {
  return Object.entries(settings).flatMap(([name, setting]): readonly Possession[] => {
    const reader = READERS.find(([pattern]) => pattern.test(name));
    if (reader === undefined) return [];
    const [, read, kind] = reader;
    try {
      return [{ kind, place: `kafka.client, ${name}`, value: read(String(setting), settings) }];
    } catch (error) {
      const seen = `What kafka.client says under ${name} cannot be read: ${(error as Error).message}.`;
      throw new DiodeError(
        'inventory-incomplete',
        seen,
        'Correct it; an inventory that lacks something compares nothing.',
      );
    }
  });
}

function passphrase(settings: Settings): string | undefined {
  const value = settings['ssl.key.password'];
  return value === undefined ? undefined : String(value);
}

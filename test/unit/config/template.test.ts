import { describe, expect, it } from 'vitest';
import { parseReceiverConfig, receiverSchemas } from '../../../src/config/receiver-schema.ts';
import { receiverTemplate } from '../../../src/config/receiver-template.ts';
import { parseSenderConfig, senderSchemas } from '../../../src/config/sender-schema.ts';
import { senderTemplate } from '../../../src/config/sender-template.ts';
import { BAUDS } from '../../../src/config/serial-defaults.ts';

const PLACE = { directory: '/etc/diode', file: 'config.yaml' };
const sender = senderTemplate({
  boundary: 'site-a',
  stream: 'hr',
  sourcePath: 'hr.jsonl',
  address: '192.0.2.7',
  port: 7350,
});
const receiver = receiverTemplate({ boundary: 'site-a', address: '0.0.0.0', port: 7350, brokers: ['kafka-1:9092'] });

const serialSender = (baud: number) =>
  senderTemplate({ boundary: 'site-a', stream: 'hr', sourcePath: 'hr.jsonl', device: '/dev/ttyUSB0', baud });
const serialReceiver = (baud: number) =>
  receiverTemplate({ boundary: 'site-a', device: '/dev/ttyS1', baud, brokers: ['kafka-1:9092'] });

/** A setting that was left out is `#name: …`, further lines of it `#  …`; prose is `# text`. */
const withoutMarks = (text: string) => text.replace(/^( *)#(?=[^\s#]| {2})/gm, '$1');

interface Node {
  readonly shape?: Record<string, unknown>;
  readonly element?: unknown;
  readonly def?: { readonly innerType?: unknown; readonly in?: unknown };
}

/** Every setting's name, sections and list entries included. */
function settingNames(schema: unknown): string[] {
  const node = schema as Node;
  const inner = node.def?.innerType ?? node.def?.in;
  if (inner !== undefined) return settingNames(inner);
  if (node.element !== undefined) return settingNames(node.element);
  return Object.entries(node.shape ?? {}).flatMap(([name, value]) => [name, ...settingNames(value)]);
}

describe('the config.yaml that init writes', () => {
  it('parses to the defaults', () => {
    const leastSender = 'boundary: site-a\nstream: hr\nsource:\n  path: hr.jsonl\nlink:\n  address: 192.0.2.7\n';
    expect(parseSenderConfig(sender, PLACE)).toEqual(parseSenderConfig(leastSender, PLACE));
    const leastReceiver = 'boundary: site-a\nkafka:\n  brokers: ["kafka-1:9092"]\n';
    expect(parseReceiverConfig(receiver, PLACE)).toEqual(parseReceiverConfig(leastReceiver, PLACE));
  });

  it.each(BAUDS)('parses to the defaults of a serial line of %i baud', (baud) => {
    const link = `link:\n  kind: serial\n  baud: ${baud}\n`;
    const leastSender = `boundary: site-a\nstream: hr\nsource:\n  path: hr.jsonl\n${link}  device: /dev/ttyUSB0\n`;
    const config = parseSenderConfig(serialSender(baud), PLACE);
    expect(config).toEqual(parseSenderConfig(leastSender, PLACE));
    const leastReceiver = `boundary: site-a\n${link}  device: /dev/ttyS1\nkafka:\n  brokers: ["kafka-1:9092"]\n`;
    const other = parseReceiverConfig(serialReceiver(baud), PLACE);
    expect(other).toEqual(parseReceiverConfig(leastReceiver, PLACE));
    // The receiver waits for the first repeat, on lines of any speed.
    expect(other.gate.holdMs).toBeGreaterThan(2 * (config.link.repeatAfterMs[0] as number));
  });

  it('names every setting that there is, each behind a comment or beside its siblings', () => {
    for (const [schema, text] of [
      [senderSchemas.udp, sender],
      [receiverSchemas.udp, receiver],
      [senderSchemas.serial, serialSender(115_200)],
      [receiverSchemas.serial, serialReceiver(115_200)],
    ] as const) {
      const names = settingNames(schema);
      expect(names.length).toBeGreaterThan(20);
      for (const name of names) expect(text, name).toMatch(new RegExp(`^[\\s#-]*${name}:`, 'm'));
    }
  });

  it('has examples for what is left out that parse when their marks are taken away', () => {
    const senderConfig = parseSenderConfig(withoutMarks(sender).replace(/^issuers: \[\]$/m, ''), PLACE);
    expect(senderConfig.identity.resourceTypes.map(({ type }) => type)).toEqual(['User', 'Group', 'Device']);
    const text = ['issuers: []\n', 'sealedAudiences: []\n', 'tokens: {}\n', '  client: {}\n', 'approvers: []\n'].reduce(
      (rest, empty) => rest.replace(empty, ''),
      withoutMarks(receiver),
    );
    const receiverConfig = parseReceiverConfig(text, PLACE);
    expect(receiverConfig.issuers[0]?.slotClaim).toBe('client_id');
    expect(receiverConfig.tokens.threads).toBe(2);
    expect(receiverConfig.sealedAudiences[0]?.key).toBe('/etc/diode/api.jwk.json');
    expect(receiverConfig.kafka.client['sasl.mechanism']).toBe('SCRAM-SHA-512');
    expect(receiverConfig.approvers[0]?.name).toBe('alice');
  });

  it('survives any name that the operator may give', () => {
    const odd = senderTemplate({
      boundary: '1',
      stream: 'no',
      sourcePath: 'a: "b" #c',
      address: '2001:db8::7',
      port: 1,
    });
    expect(parseSenderConfig(odd, PLACE)).toMatchObject({
      boundary: '1',
      stream: 'no',
      source: { path: '/etc/diode/a: "b" #c' },
      link: { address: '2001:db8::7', port: 1 },
    });
  });
});

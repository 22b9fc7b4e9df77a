/** `diode-receiver init`: a new DIR for one boundary. */
import { randomBytes } from 'node:crypto';
import { confirmationOptions, confirmRoot } from '../../src/cli/card-confirmation.ts';
import { cardObject, cardView } from '../../src/cli/card-view.ts';
import { auditCommand } from '../../src/cli/command-audit.ts';
import {
  collect,
  type Endpoint,
  endpointOption,
  jsonOption,
  type LinkOptions,
  linkOptions,
  linkPlace,
} from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { cardFingerprint } from '../../src/config/card-form.ts';
import { directoryLayout } from '../../src/config/directory-layout.ts';
import { PRIVATE_KEY_BYTES } from '../../src/config/key-files.ts';
import { DEFAULT_LINK_PORT } from '../../src/config/link-schema.ts';
import { createDirectory } from '../../src/config/new-directory.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { receiverTemplate } from '../../src/config/receiver-template.ts';
import { agreementKeyPair } from '../../src/crypto/agreement.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { rootFingerprint, rootText } from '../../src/trust/trust-view.ts';
import type { ReceiverCard } from '../../src/wire/card.ts';
import { isName } from '../../src/wire/frame.ts';
import { readFirstRoot } from '../trust/trust-files.ts';

interface InitOptions extends LinkOptions {
  readonly boundary: string;
  readonly listen?: Endpoint;
  readonly broker?: readonly string[];
  readonly root?: string;
  readonly fingerprint?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const FALLBACK: Endpoint = { address: '0.0.0.0', port: DEFAULT_LINK_PORT };

export function addInitCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'init <DIR>',
      description: 'write config.yaml, keys and receiver-card.json into a new directory',
      options: [
        new Option('--boundary <NAME>', 'the deployment boundary that this receiver is in').makeOptionMandatory(),
        endpointOption('--listen <ADDR:PORT>', 'where datagrams arrive', FALLBACK),
        ...linkOptions(),
        new Option('--broker <HOST:PORT>', 'a Kafka broker; once more for each (default: 127.0.0.1:9092)').argParser(
          collect,
        ),
        new Option(
          '--root <FILE>',
          'pin this root of trust, after its fingerprint was compared; trust then comes in bundles',
        ),
        ...confirmationOptions(),
        jsonOption(),
      ],
      examples: [
        'diode-receiver init /etc/diode-receiver --boundary site-a --broker kafka-1:9092 --broker kafka-2:9092',
        'diode-receiver init receiver --boundary site-a --listen 192.0.2.7:7350',
        'diode-receiver init receiver --boundary site-a --root root.json',
        'diode-receiver init receiver --boundary site-a --link serial --device /dev/ttyUSB0 --baud 9600',
      ],
    },
    init,
  );
}

async function init(directory: string, options: InitOptions): Promise<0> {
  const layout = directoryLayout('diode-receiver', directory);
  const { boundary, broker = ['127.0.0.1:9092'] } = options;
  if (!isName(boundary)) {
    const seen = `${JSON.stringify(boundary)} is no name for a boundary.`;
    throw new DiodeError(
      'usage',
      seen,
      'Use letters, digits, `.`, `_` and `-`, at most 64, the first a letter or digit.',
    );
  }
  const agreementPrivateKey = randomBytes(PRIVATE_KEY_BYTES);
  const card: ReceiverCard = {
    kind: 'receiver-card',
    boundary,
    agreementKey: agreementKeyPair(agreementPrivateKey).publicKey,
  };
  const place = linkPlace(options, { flag: '--listen', typed: options.listen, fallback: FALLBACK });
  const configText = receiverTemplate({ boundary, brokers: broker, ...place });
  // What was typed becomes part of the file: it is refused here rather than at the first run.
  parseReceiverConfig(configText, { directory: layout.directory, file: 'The new config.yaml' });
  const root = options.root === undefined ? undefined : readFirstRoot(options.root, boundary, Date.now());
  if (root !== undefined) await confirmRoot({ fingerprint: rootFingerprint(root), text: rootText(root) }, options);
  createDirectory(layout, { configText, agreementPrivateKey, card, trusted: [], rootText: root?.text });
  const pinned = root && { root: root.version, rootFingerprint: rootFingerprint(root) };
  auditCommand(layout, { event: 'command-init', boundary, fingerprint: cardFingerprint(card), ...pinned });
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ directory: layout.directory, card: cardObject(card), ...pinned })}\n`);
    return 0;
  }
  const trusting =
    root === undefined
      ? `\`diode-receiver trust ${directory} sender-card.json\``
      : `have the root holders name it in a bundle, \`diode-receiver trust ${directory} bundle.json\``;
  process.stdout.write(`Wrote ${layout.config}, two keys (0600) and ${layout.card}:
${cardView(card)}

Next: carry the card to the connected side (the file, or \`diode-receiver card ${directory} --code\` typed or --qr scanned)
for \`diode-sender init DIR --stream NAME --receiver-card CARD\`; bring sender-card.json back, then
${trusting}, \`diode-receiver check ${directory}\`, \`diode-receiver run ${directory}\`.
`);
  return 0;
}

/** `diode-sender init`: a new DIR for one stream, for the receivers whose cards are given. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
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
import { senderTemplate } from '../../src/config/sender-template.ts';
import { cardArgument } from '../../src/config/trusted-cards.ts';
import { agreementKeyPair } from '../../src/crypto/agreement.ts';
import { signingKeyPair } from '../../src/crypto/sodium.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { ReceiverCard, SenderCard } from '../../src/wire/card.ts';
import { isName } from '../../src/wire/frame.ts';

interface InitOptions extends LinkOptions {
  readonly stream: string;
  readonly receiverCard: readonly string[];
  readonly to?: Endpoint;
  readonly source?: string;
  readonly json?: boolean;
}

const FALLBACK: Endpoint = { address: '127.0.0.1', port: DEFAULT_LINK_PORT };

export function addInitCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'init <DIR>',
      description: 'write config.yaml, keys and sender-card.json into a new directory',
      options: [
        new Option('--stream <NAME>', "the name of this sender's stream").makeOptionMandatory(),
        new Option('--receiver-card <CARD>', "a receiver's card, file or code; once more for each standby")
          .argParser(collect)
          .makeOptionMandatory(),
        endpointOption('--to <ADDR:PORT>', "where the diode's inlet is", FALLBACK),
        ...linkOptions(),
        new Option(
          '--source <FILE>',
          'the file of JSON lines to follow, "-" for standard input (default: DIR/records.jsonl)',
        ),
        jsonOption(),
      ],
      examples: [
        'diode-sender init /etc/diode-sender --stream hr --receiver-card receiver-card.json --to 192.0.2.7:7350',
        'diode-sender init /etc/diode-sender --stream hr --receiver-card receiver-card.json --link serial --device /dev/ttyUSB0',
        'diode-sender init hr-sender --stream hr --receiver-card "R0801-1R62T-…" --source /var/spool/hr.jsonl',
      ],
    },
    init,
  );
}

function init(directory: string, options: InitOptions): 0 {
  const layout = directoryLayout('diode-sender', directory);
  const receivers = options.receiverCard.map((argument) => cardArgument(argument, 'receiver-card'));
  const boundary = commonBoundary(receivers);
  if (!isName(options.stream)) {
    const seen = `${JSON.stringify(options.stream)} is no name for a stream.`;
    throw new DiodeError(
      'usage',
      seen,
      'Use letters, digits, `.`, `_` and `-`, at most 64, the first a letter or digit.',
    );
  }
  const signingSeed = randomBytes(PRIVATE_KEY_BYTES);
  const agreementPrivateKey = randomBytes(PRIVATE_KEY_BYTES);
  const card: SenderCard = {
    kind: 'sender-card',
    boundary,
    stream: options.stream,
    signingKey: signingKeyPair(signingSeed).publicKey,
    agreementKey: agreementKeyPair(agreementPrivateKey).publicKey,
  };
  const configText = senderTemplate({
    boundary,
    stream: options.stream,
    sourcePath: sourcePath(options.source),
    ...linkPlace(options, { flag: '--to', typed: options.to, fallback: FALLBACK }),
  });
  createDirectory(layout, { configText, signingSeed, agreementPrivateKey, card, trusted: receivers });
  const fingerprint = cardFingerprint(card);
  auditCommand(layout, { event: 'command-init', boundary, stream: options.stream, fingerprint });
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ directory: layout.directory, card: cardObject(card) })}\n`);
    return 0;
  }
  const trusted = receivers.map(
    (receiver) => `Trusts the receiver with the fingerprint\n  ${cardFingerprint(receiver)}`,
  );
  process.stdout.write(`Wrote ${layout.config}, three keys (0600) and ${layout.card}:
${cardView(card)}
${trusted.join('\n')}
Compare that with what the receiver's operator reads from \`diode-receiver card DIR\`.

Next: carry ${layout.card} to the isolated side, where \`diode-receiver trust DIR sender-card.json\` pins it;
then \`diode-sender check ${directory}\`, then \`diode-sender run ${directory}\`.
`);
  return 0;
}

/** As typed it is relative to where the command runs; in config.yaml, to DIR. */
function sourcePath(typed: string | undefined): string {
  if (typed === undefined) return 'records.jsonl';
  return typed === '-' ? typed : resolve(typed);
}

function commonBoundary(receivers: readonly ReceiverCard[]): string {
  const boundaries = [...new Set(receivers.map(({ boundary }) => boundary))];
  if (boundaries.length > 1) {
    const seen = `The receiver cards are of different boundaries: ${boundaries.join(', ')}.`;
    throw new DiodeError('boundary-mismatch', seen, 'A stream serves one boundary: make a sender for each.');
  }
  if (receivers.length > WIRE_LIMITS.maxReceivers) {
    throw new DiodeError(
      'usage',
      `There are ${receivers.length} receiver cards.`,
      `Give at most ${WIRE_LIMITS.maxReceivers}.`,
    );
  }
  return boundaries[0] as string;
}

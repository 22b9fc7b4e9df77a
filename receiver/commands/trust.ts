/** `diode-receiver trust`: pins the one sender by its card, or adopts what the root holders signed. */
import { type ConfirmationOptions, confirmationOptions } from '../../src/cli/card-confirmation.ts';
import { openDirectory } from '../../src/cli/directory.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { isSignedFile } from '../../src/cli/trust-files.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { adoptFiles } from './trust-bundle.ts';
import { pinSender } from './trust-card.ts';

interface TrustOptions extends ConfirmationOptions {
  readonly root?: string;
  readonly replace?: boolean;
  readonly json?: boolean;
}

export function addTrustCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'trust <DIR> <FILES...>',
      description:
        'pin the sender by its card (a file or a code), after its fingerprint was compared; or adopt a trust bundle and root statements on the signatures of the root holders',
      options: [
        ...confirmationOptions(),
        new Option('--root <FILE>', 'with a bundle, once: pin this root, after its fingerprint was compared'),
        new Option('--replace', 'unpin the sender that is trusted now'),
        jsonOption(),
      ],
      examples: [
        'diode-receiver trust DIR sender-card.json',
        'diode-receiver trust DIR sender-card.json --fingerprint "3f2a 91bc …"',
        'diode-receiver trust DIR bundle.json',
        'diode-receiver trust DIR root-2.json bundle.json   (the root was rotated)',
        'diode-receiver trust DIR bundle.json --root root.json   (a receiver with cards moves to root and bundle)',
      ],
    },
    trust,
  );
}

async function trust(directory: string, files: readonly string[], options: TrustOptions): Promise<0> {
  const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  const signed = files.filter(isSignedFile);
  const [first = ''] = files;
  if (signed.length === files.length) return adoptFiles(layout, config, files, options);
  if (files.length === 1 && options.root === undefined) return pinSender(layout, config.boundary, first, options);
  const other = files.find((file) => !signed.includes(file)) ?? first;
  const cure = 'Give one card alone, or what root holders signed alone: bundle.json, root-2.json.';
  throw new DiodeError('usage', `${other} is neither a trust bundle nor a root statement.`, cure);
}

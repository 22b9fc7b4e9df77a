/** `diode-sender trust`: adds a receiver by its card, or takes along what root holders signed for the receivers. */
import { confirmationOptions } from '../../src/cli/card-confirmation.ts';
import { openDirectory } from '../../src/cli/directory.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { isSignedFile } from '../../src/cli/trust-files.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { carryFiles } from './trust-bundle.ts';
import { type TrustCardOptions, trustReceiver } from './trust-card.ts';

export function addTrustCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'trust <DIR> <FILES...>',
      description:
        'add a receiver, such as a standby, after its fingerprint was compared; a card is a file or a code. Or carry a trust bundle and root statements to the receivers, who alone judge their signatures',
      options: [...confirmationOptions(), new Option('--remove', 'stop trusting this receiver'), jsonOption()],
      examples: [
        'diode-sender trust DIR standby-card.json',
        'diode-sender trust DIR "R0801-1R62T-…" --fingerprint "3f2a 91bc …"',
        'diode-sender trust DIR old-card.json --remove',
        'diode-sender trust DIR bundle.json',
        'diode-sender trust DIR root-2.json bundle.json   (the root was rotated)',
      ],
    },
    trust,
  );
}

async function trust(directory: string, files: readonly string[], options: TrustCardOptions): Promise<0> {
  const { layout, config } = openDirectory('diode-sender', directory, parseSenderConfig);
  const signed = files.filter(isSignedFile);
  const [first = ''] = files;
  if (signed.length === files.length && !options.remove) return carryFiles(layout, config, files, options);
  if (files.length === 1 && signed.length === 0) return trustReceiver(layout, config, first, options);
  const other = files.find((file) => !signed.includes(file)) ?? first;
  const seen = options.remove
    ? `${first} is no receiver card, and --remove is for cards.`
    : `${other} is neither a trust bundle nor a root statement.`;
  throw new DiodeError(
    'usage',
    seen,
    'Give one card alone, or what root holders signed alone: bundle.json, root-2.json.',
  );
}

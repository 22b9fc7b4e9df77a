/** `inventory DIR`: what DIR holds that no other boundary may have, redacted, to be compared by `lint-boundaries`. */
import type { DirectoryLayout, Program } from '../config/directory-layout.ts';
import { makeInventory, type Possession } from '../config/inventory.ts';
import { readPrivateText } from '../config/key-files.ts';
import type { ConfigPlace } from '../config/sender-schema.ts';
import { INVENTORY_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { openDirectory } from './directory.ts';
import { addCommand, type CommandLine, Option } from './program.ts';

export interface InventorySide<Config extends { readonly boundary: string }> {
  readonly program: Program;
  readonly parse: (text: string, place: ConfigPlace) => Config;
  readonly possessionsOf: (
    layout: DirectoryLayout,
    config: Config,
  ) => readonly Possession[] | Promise<readonly Possession[]>;
}

export function addInventoryCommand<Config extends { readonly boundary: string }>(
  line: CommandLine,
  { program, parse, possessionsOf }: InventorySide<Config>,
): void {
  addCommand(
    line,
    {
      usage: 'inventory <DIR>',
      description:
        'print what DIR holds that no other boundary may have (keys, streams, topics, ids, credentials), each as a digest under a secret of the site',
      options: [
        new Option(
          '--site-secret <FILE>',
          'one secret for all boundaries that are compared, of mode 0600, as `(umask 077; openssl rand -base64 32 > FILE)` writes it',
        ).makeOptionMandatory(),
      ],
      examples: [`${program} inventory DIR --site-secret site.secret > inventory.json`],
    },
    async (directory: string, { siteSecret }: { readonly siteSecret: string }): Promise<0> => {
      const secret = readSecret(siteSecret);
      const { layout, config } = openDirectory(program, directory, parse);
      const owner = { boundary: config.boundary, program, nowMs: Date.now() };
      const inventory = makeInventory(owner, await possessionsOf(layout, config), secret);
      process.stdout.write(`${JSON.stringify(inventory, null, 2)}\n`);
      return 0;
    },
  );
}

/** Without the line end that an editor adds. Throws DiodeError `site-secret`, `key-missing` or `key-mode`. */
function readSecret(path: string): Uint8Array {
  const cure = `Make one: (umask 077; openssl rand -base64 32 > ${path}), the same for all boundaries.`;
  const secret = Buffer.from(readPrivateText(path, { name: 'site secret', cure }).trim());
  const { minSecretBytes, maxSecretBytes } = INVENTORY_LIMITS;
  if (secret.length >= minSecretBytes && secret.length <= maxSecretBytes) return secret;
  const seen = `${path} holds ${secret.length} bytes; a site secret has ${minSecretBytes} to ${maxSecretBytes}.`;
  throw new DiodeError('site-secret', seen, cure);
}

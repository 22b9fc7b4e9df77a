/** `diode-receiver approver-key`: an approver's own key, made on the approver's own machine. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine } from '../../src/cli/program.ts';
import { createKeyFile, PRIVATE_KEY_BYTES } from '../../src/config/key-files.ts';
import { signingKeyPair } from '../../src/crypto/sodium.ts';

export function addApproverKeyCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'approver-key <FILE>',
      description: "make an approver's key (0600) and print its public half for config.yaml; it needs no DIR",
      options: [jsonOption()],
      examples: ['diode-receiver approver-key ~/approver/alice.key'],
    },
    approverKey,
  );
}

function approverKey(file: string, { json }: { readonly json?: boolean }): 0 {
  const path = resolve(file);
  const seed = randomBytes(PRIVATE_KEY_BYTES);
  createKeyFile(path, 'ed25519', seed);
  const key = Buffer.from(signingKeyPair(seed).publicKey).toString('base64url');
  if (json) {
    process.stdout.write(`${JSON.stringify({ file: path, key })}\n`);
    return 0;
  }
  process.stdout.write(`Wrote ${path} (0600). Keep it where its owner alone can read it; nothing shows it again.

For \`approvers\` in the receiver's config.yaml, with the person's name, compared over another way than it was sent:
  - name: NAME
    key: ${key}
`);
  return 0;
}

/** `diode-sender rotate-key`: makes the key that signs next; the sender takes it into use by itself once a bundle names it. */
import { randomBytes } from 'node:crypto';
import { cardObject, cardView } from '../../src/cli/card-view.ts';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { isRunning, openDirectory } from '../../src/cli/directory.ts';
import { askProgram } from '../../src/cli/operator-request.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine } from '../../src/cli/program.ts';
import { cardJson } from '../../src/config/card-form.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { moveFile, replaceFile } from '../../src/config/durable-file.ts';
import { createKeyFile, PRIVATE_KEY_BYTES } from '../../src/config/key-files.ts';
import type { SenderConfig } from '../../src/config/sender-config.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { signingKeyId } from '../../src/crypto/digest.ts';
import { type SigningKeyPair, signingKeyPair } from '../../src/crypto/sodium.ts';
import type { SenderCard } from '../../src/wire/card.ts';
import { readSenderKeys, readSigningKeys, senderCard } from '../trust/own-card.ts';

export function addRotateKeyCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'rotate-key <DIR>',
      description:
        'make the next signing key and its card for the root holders; it signs once the sender carries a trust bundle that names it as active, without a pause. Again while it waits: the same key',
      options: [jsonOption()],
      examples: [
        'diode-sender rotate-key DIR',
        'diode-receiver root draft bundle.json --sender sender-card-next.json --out draft.json   (on the holders’ machine)',
        'diode-sender trust DIR bundle.json   (signed by them: the sender changes its key)',
      ],
    },
    rotateKey,
  );
}

function rotateKey(directory: string, { json }: { readonly json?: boolean }): 0 {
  const { layout, config } = openDirectory('diode-sender', directory, parseSenderConfig);
  const { current, next } = readSigningKeys(layout);
  const isWaiting = next !== undefined && !next.isInUse;
  const seed = randomBytes(PRIVATE_KEY_BYTES);
  const made = isWaiting ? next.pair : signingKeyPair(seed);
  const signing = next?.isInUse ? next.pair : current;
  if (!isWaiting) {
    auditCommand(layout, { event: 'command-rotate-key', key: idOf(signing), next: idOf(made) });
    if (next?.isInUse) settle(layout, config, next.pair);
    createKeyFile(layout.nextSigningKey, 'ed25519', seed);
  }
  const card = cardOf(layout, config, made);
  replaceFile(layout.nextCard, cardJson(card), 0o644);
  // Also a key that was made already: whoever made it may have ended before the sender was told.
  if (isRunning(layout)) {
    askProgram(layout, { kind: 'rotate-key', body: {} }, { event: 'rotate-key-handed-over', next: idOf(made) });
  }
  const ids = { key: idOf(signing), next: idOf(made) };
  process.stdout.write(
    json
      ? `${JSON.stringify({ ...ids, card: cardObject(card), file: layout.nextCard, wasMade: isWaiting })}\n`
      : report(layout, card, { ...ids, isWaiting }),
  );
  return 0;
}

/**
 * The key that took over in the last rotation becomes the one of the card, and the one before it is gone. The card first: `run`
 * takes either of the two keys for it, so that a crash in between changes nothing.
 */
function settle(layout: DirectoryLayout, config: SenderConfig, pair: SigningKeyPair): void {
  replaceFile(layout.card, cardJson(cardOf(layout, config, pair)), 0o644);
  moveFile(layout.nextSigningKey, layout.signingKey);
}

function cardOf(layout: DirectoryLayout, config: SenderConfig, signing: SigningKeyPair): SenderCard {
  return senderCard(config, { ...readSenderKeys(layout), signing });
}

function report(
  { directory, nextSigningKey, nextCard }: DirectoryLayout,
  card: SenderCard,
  { key, next, isWaiting }: { readonly key: string; readonly next: string; readonly isWaiting: boolean },
): string {
  return `${isWaiting ? 'The next key was made already, and waits for its bundle' : `Wrote ${nextSigningKey} (0600)`}; its card is ${nextCard}:
${cardView(card)}

Key ${key} signs until a bundle names ${next} too. The root holders draft and sign one:
  diode-receiver root draft bundle.json --sender sender-card-next.json --out draft.json
Then give it to this sender, which changes its key by itself once the bundle had time to arrive:
  diode-sender trust ${directory} bundle.json
`;
}

function idOf({ publicKey }: SigningKeyPair): string {
  return signingKeyId(publicKey).toString('hex');
}

/** `diode-sender run`: connects config, keys, cards, source and link, and runs until it is told to stop. */
import { existsSync } from 'node:fs';
import { readOwnCard } from '../../src/cli/card-command.ts';
import { openDirectory } from '../../src/cli/directory.ts';
import { requireOwnCard } from '../../src/cli/directory-checks.ts';
import { addCommand, type CommandLine } from '../../src/cli/program.ts';
import { runProcess } from '../../src/cli/run-process.ts';
import { cardFingerprint } from '../../src/config/card-form.ts';
import type { JsonlSourceConfig } from '../../src/config/sender-config.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { failureSignal } from '../../src/ops/failure-signal.ts';
import { openSigner } from '../../src/signer/open-signer.ts';
import { RejectFile } from '../journal/reject-file.ts';
import { senderMetrics } from '../ops/sender-metrics.ts';
import { senderAlarms } from '../ops/status-view.ts';
import type { Source } from '../sources/source.ts';
import { readCarried } from '../trust/carried-trust.ts';
import { cardLike, readSenderKeys, readSigningKeys, readTrustedReceivers, storeKeyInUse } from '../trust/own-card.ts';

export function addRunCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'run <DIR>',
      description: 'send until SIGINT or SIGTERM; journaled frames that were not sent yet are sent by the next run',
      examples: [
        'diode-sender run DIR',
        'tail -n +1 -F changes.jsonl | diode-sender run DIR   (with source.path: "-": best effort)',
      ],
    },
    run,
  );
}

async function run(directory: string) {
  const { layout, config } = openDirectory('diode-sender', directory, parseSenderConfig);
  const card = cardLike(
    existsSync(layout.card) ? readOwnCard('diode-sender', layout.directory) : undefined,
    layout,
    config,
  );
  requireOwnCard('diode-sender', layout, card);
  const receivers = readTrustedReceivers(layout, config.boundary);
  const { startSender } = await import('../pipeline.ts');
  let sender: Awaited<ReturnType<typeof startSender>> | undefined;
  const { registry, observer } = senderMetrics(() => sender?.status());
  const { boundary, stream } = config;
  return runProcess({
    program: 'diode-sender',
    layout,
    ops: config.ops,
    registry,
    identity: { boundary, stream, fingerprint: cardFingerprint(card) },
    source: {
      metrics: () => registry.expose(),
      notReady: () => (sender === undefined ? ['The sender is starting.'] : senderAlarms(sender.status())),
      status: () => sender && { ...sender.status(), alarms: senderAlarms(sender.status()) },
    },
    async start({ log, audit }) {
      const failure = failureSignal();
      const { issuer } = config;
      const open = issuer && (() => openSigner(issuer.key, issuer.algorithm, process.env));
      const signer = await open?.().catch(unlessAway);
      const started = await startSender({
        config,
        storePath: layout.store,
        exportedPath: layout.exported,
        revertFolder: layout.reverts,
        readCarried: () => readCarried(layout),
        rotation: { next: readSigningKeys(layout).next, onTakeOver: (keyId) => storeKeyInUse(layout, keyId) },
        readKeys: () => readSigningKeys(layout),
        // Read now that commands see us run: one may have rotated them since.
        keys: readSenderKeys(layout),
        receivers,
        source: await openSource(config.source),
        ...(open && { issuerKey: { signer, open } }),
        rejects: new RejectFile(layout.rejectFile),
        audit,
        announcedLog: audit,
        log,
        observer,
        onFatal: failure.raise,
      });
      sender = started;
      return { failed: failure.raised, requests: started.requests, stop: () => started.stop() };
    },
  });
}

/** A token that is not there or hangs is no reason to send no identities and revocations; a config that cannot be right is. */
function unlessAway(error: unknown): undefined {
  if (!(error instanceof DiodeError) || !['signer-token', 'signer-failed'].includes(error.code)) throw error;
}

async function openSource({ path }: JsonlSourceConfig): Promise<Source> {
  if (path === '-') {
    const { StdinSource } = await import('../sources/stdin.ts');
    return new StdinSource({ name: 'stdin', stream: process.stdin });
  }
  const { JsonlFileSource } = await import('../sources/jsonl-file.ts');
  return new JsonlFileSource({ name: 'jsonl', path });
}

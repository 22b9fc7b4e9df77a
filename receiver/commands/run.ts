/** `diode-receiver run`: connects config, key, the pinned sender, link and Kafka, and runs until it is told to stop. */
import { openDirectory } from '../../src/cli/directory.ts';
import { requireOwnCard } from '../../src/cli/directory-checks.ts';
import { addCommand, type CommandLine } from '../../src/cli/program.ts';
import { runProcess } from '../../src/cli/run-process.ts';
import { cardFingerprint } from '../../src/config/card-form.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { sweepUnlessImporting } from '../media/import-file.ts';
import { receiverAlarms, receiverNotReady } from '../ops/receiver-alarms.ts';
import { receiverMetrics } from '../ops/receiver-metrics.ts';
import { readReceiverKeys, readTrustedSender, receiverCard } from '../trust/own-card.ts';
import { adoptInto, readTrustState } from '../trust/trust-store.ts';

export function addRunCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'run <DIR>',
      description: 'receive, verify and publish until SIGINT or SIGTERM; what was not published yet stays in the spool',
      examples: ['diode-receiver run DIR'],
    },
    run,
  );
}

async function run(directory: string) {
  const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  const agreementKeys = readReceiverKeys(layout);
  requireOwnCard('diode-receiver', layout, receiverCard(config.boundary, agreementKeys));
  const sender = readTrustedSender(layout, config.boundary);
  const { refuseClientSettings } = await import('./kafka-checks.ts');
  refuseClientSettings(config.kafka);
  const { startReceiver } = await import('../pipeline.ts');
  let receiver: Awaited<ReturnType<typeof startReceiver>> | undefined;
  const { registry, observer } = receiverMetrics(() => receiver?.status());
  const { boundary, stream, card } = sender;
  return runProcess({
    program: 'diode-receiver',
    layout,
    ops: config.ops,
    registry,
    identity: { boundary, stream, ...(card && { sender: cardFingerprint(card) }) },
    source: {
      metrics: () => registry.expose(),
      notReady: () => (receiver === undefined ? ['The receiver is starting.'] : receiverNotReady(receiver.status())),
      status: () => receiver && { ...receiver.status(), alarms: receiverAlarms(receiver.status()) },
    },
    async start({ log, audit }) {
      const swept = sweepUnlessImporting(layout.imports, layout.importLock);
      if (swept > 0) log.info({ files: swept }, 'what a killed import left was removed');
      const started = await startReceiver({
        config,
        agreementKeys,
        // Again, now that commands see us run: what one adopted since was told to nobody.
        sender: readTrustedSender(layout, config.boundary),
        trustFiles: {
          read: () => readTrustState(layout),
          adopt: (texts, context) => adoptInto(layout, texts, context),
        },
        storePath: layout.store,
        importFolder: layout.imports,
        audit,
        log,
        observer,
      });
      receiver = started;
      return started;
    },
  });
}

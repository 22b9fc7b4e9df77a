/** diode-sender's commands, ready to be parsed. */
import { addAuditCommands } from '../src/cli/audit-command.ts';
import { addCardCommand } from '../src/cli/card-command.ts';
import { addEvidenceCommand } from '../src/cli/evidence-command.ts';
import { addInventoryCommand } from '../src/cli/inventory-command.ts';
import { addLintBoundariesCommand } from '../src/cli/lint-boundaries-command.ts';
import { addPauseCommands } from '../src/cli/pause-command.ts';
import { type CommandLine, createCommandLine } from '../src/cli/program.ts';
import { addSignerCommands } from '../src/cli/signer-commands.ts';
import { parseSenderConfig } from '../src/config/sender-schema.ts';
import { addBackupCommand } from './commands/backup.ts';
import { addCalibrateCommand } from './commands/calibrate.ts';
import { addCheckCommand } from './commands/check.ts';
import { addExportCommand } from './commands/export.ts';
import { addInitCommand } from './commands/init.ts';
import { addIssuerKeysCommand } from './commands/issuer-keys.ts';
import { addKeySetsCommand } from './commands/key-sets.ts';
import { addNewEpochCommand } from './commands/new-epoch.ts';
import { addResendCommand } from './commands/resend.ts';
import { addRevertCommand } from './commands/revert.ts';
import { addRotateKeyCommand } from './commands/rotate-key.ts';
import { addRunCommand } from './commands/run.ts';
import { addSnapshotCommand } from './commands/snapshot.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTokensCommand } from './commands/tokens.ts';
import { addTrustCommand } from './commands/trust.ts';
import { senderPossessions } from './inventory/inventory.ts';
import { senderEvidenceTrust } from './media/export-evidence.ts';

export function senderCommandLine(): CommandLine {
  const line = createCommandLine({
    name: 'diode-sender',
    description:
      'Carries identities, tokens and keys out through a one-way link, signed and repaired. DIR always comes first.',
    examples: [
      'diode-sender init DIR --stream hr --receiver-card receiver-card.json --to 192.0.2.7:7350',
      'diode-sender check DIR',
      'diode-sender run DIR',
      'diode-sender status DIR',
      'diode-sender resend DIR TICKET',
      'diode-sender export DIR /media/stick',
    ],
  });
  addInitCommand(line);
  addTrustCommand(line);
  addRotateKeyCommand(line);
  addCheckCommand(line);
  addCalibrateCommand(line);
  addRunCommand(line);
  addStatusCommand(line);
  addResendCommand(line);
  addSnapshotCommand(line);
  addExportCommand(line);
  addEvidenceCommand(line, 'diode-sender', senderEvidenceTrust);
  addPauseCommands(line, 'diode-sender');
  addRevertCommand(line);
  addNewEpochCommand(line);
  addTokensCommand(line);
  addIssuerKeysCommand(line);
  addKeySetsCommand(line);
  addAuditCommands(line, 'diode-sender');
  addSignerCommands(line, 'diode-sender');
  addBackupCommand(line);
  addCardCommand(line, 'diode-sender');
  addInventoryCommand(line, { program: 'diode-sender', parse: parseSenderConfig, possessionsOf: senderPossessions });
  addLintBoundariesCommand(line, 'diode-sender');
  return line;
}

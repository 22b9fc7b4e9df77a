/** diode-receiver's commands, ready to be parsed. */

import { addAuditCommands } from '../src/cli/audit-command.ts';
import { addBackupCommand } from '../src/cli/backup-command.ts';
import { addCardCommand } from '../src/cli/card-command.ts';
import { addEvidenceCommand } from '../src/cli/evidence-command.ts';
import { addInventoryCommand } from '../src/cli/inventory-command.ts';
import { addLintBoundariesCommand } from '../src/cli/lint-boundaries-command.ts';
import { addPauseCommands } from '../src/cli/pause-command.ts';
import { type CommandLine, createCommandLine } from '../src/cli/program.ts';
import { addSignerCommands } from '../src/cli/signer-commands.ts';
import { parseReceiverConfig } from '../src/config/receiver-schema.ts';
import { addAcceptEpochCommand } from './commands/accept-epoch.ts';
import { addApproveCommand } from './commands/approve.ts';
import { addApproverKeyCommand } from './commands/approver-key.ts';
import { addCosignCommand } from './commands/audit-cosign.ts';
import { addCalibrateCommand } from './commands/calibrate.ts';
import { addCheckCommand } from './commands/check.ts';
import { addCheckTokenCommand } from './commands/check-token.ts';
import { addDecisionCommands } from './commands/decide-holds.ts';
import { addGapsCommand } from './commands/gaps.ts';
import { addHeldCommand } from './commands/held.ts';
import { addImportCommand } from './commands/import.ts';
import { addInitCommand } from './commands/init.ts';
import { addRootCommands } from './commands/root.ts';
import { addRunCommand } from './commands/run.ts';
import { addSetTimeCommand } from './commands/set-time.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTrustCommand } from './commands/trust.ts';
import { receiverPossessions } from './inventory/inventory.ts';
import { receiverEvidenceTrust } from './media/import-evidence.ts';

export function receiverCommandLine(): CommandLine {
  const line = createCommandLine({
    name: 'diode-receiver',
    description:
      'Verifies what comes through a one-way link and publishes it to Kafka, once and in order. DIR always comes first.',
    examples: [
      'diode-receiver init DIR --boundary site-a --broker kafka-1:9092',
      'diode-receiver trust DIR sender-card.json',
      'diode-receiver check DIR',
      'diode-receiver run DIR',
      'diode-receiver status DIR',
      'diode-receiver gaps DIR',
      'diode-receiver import DIR /media/stick --dry-run',
    ],
  });
  addInitCommand(line);
  addTrustCommand(line);
  addRootCommands(line);
  addCheckCommand(line);
  addCalibrateCommand(line);
  addCheckTokenCommand(line);
  addRunCommand(line);
  addStatusCommand(line);
  addGapsCommand(line);
  addImportCommand(line);
  addEvidenceCommand(line, 'diode-receiver', receiverEvidenceTrust);
  addPauseCommands(line, 'diode-receiver');
  addAcceptEpochCommand(line);
  addSetTimeCommand(line);
  addHeldCommand(line);
  addDecisionCommands(line);
  addApproverKeyCommand(line);
  addApproveCommand(line);
  addAuditCommands(line, 'diode-receiver');
  addCosignCommand(line);
  addSignerCommands(line, 'diode-receiver');
  addBackupCommand(line, 'diode-receiver', { restore: 'diode-receiver run' });
  addCardCommand(line, 'diode-receiver');
  addInventoryCommand(line, {
    program: 'diode-receiver',
    parse: parseReceiverConfig,
    possessionsOf: receiverPossessions,
  });
  addLintBoundariesCommand(line, 'diode-receiver');
  return line;
}

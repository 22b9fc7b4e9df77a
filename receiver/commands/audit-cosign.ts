/**
 * `diode-receiver audit cosign`: what the receiver witnessed of the sender's audit log, with its own signature, for paper:
 * nothing else leaves the isolated side.
 */
import { existsSync } from 'node:fs';
import { cosign } from '../../src/audit/cosignature.ts';
import { COSIGNATURE_V1, verifierKey } from '../../src/audit/signed-note.ts';
import { AUDIT_GROUP } from '../../src/cli/audit-command.ts';
import { auditSigner } from '../../src/cli/audit-logs.ts';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { openDirectory } from '../../src/cli/directory.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { qrText } from '../../src/cli/qr.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { readReceiverStore } from '../receiver-store.ts';
import { newestHead, unwitnessedRanges, type WitnessState } from '../witness/log-witness.ts';
import { readWitness } from '../witness/witness-table.ts';
import { rewrittenAlarm, witnessStatus } from '../witness/witness-view.ts';

interface CosignOptions {
  readonly qr?: boolean;
  readonly json?: boolean;
}

export function addCosignCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'cosign <DIR>',
      group: AUDIT_GROUP,
      description: "print the newest checkpoint of the sender's audit log that was witnessed here, cosigned, for paper",
      options: [new Option('--qr', 'also as a QR code'), jsonOption()],
      examples: ['diode-receiver audit cosign DIR --qr', 'diode-receiver audit cosign DIR > hr-2026-11-25.checkpoint'],
    },
    (directory: string, { qr = false, json }: CosignOptions): 0 => {
      const { layout } = openDirectory('diode-receiver', directory, parseReceiverConfig);
      const state = requireWitnessed(readStored(layout));
      const { size, root, note } = newestHead(state);
      const witness = auditSigner(layout, 'program');
      auditCommand(layout, { event: 'command-audit-cosign', size, root });
      const cosigned = cosign(note, witness, Date.now());
      const said = {
        note: cosigned,
        witness: verifierKey(witness, COSIGNATURE_V1),
        unwitnessed: unwitnessedRanges(state),
      };
      process.stdout.write(json ? `${JSON.stringify(said)}\n` : cosigned);
      if (qr && !json) process.stdout.write(`\n${qrText(cosigned)}\n`);
      // Beside the note, which goes into a file as it is.
      if (!json) process.stderr.write(aboutText(said));
      return 0;
    },
  );
}

function aboutText({
  witness,
  unwitnessed,
}: {
  readonly witness: string;
  readonly unwitnessed: ReturnType<typeof unwitnessedRanges>;
}): string {
  const gaps = unwitnessed.map(
    ([from, to]) => `Entries ${from} to ${to} are unwitnessed: what proves them was lost.\n`,
  );
  return `${gaps.join('')}The witness's key is ${witness}\n`;
}

function requireWitnessed(state: WitnessState | undefined): WitnessState {
  if (state === undefined) {
    const seen = "No checkpoint of the sender's audit log has come yet.";
    throw new DiodeError('not-witnessed', seen, 'The sender frames one a minute after its first frames: wait for it.');
  }
  const { rewritten } = witnessStatus(state);
  if (rewritten === undefined) return state;
  throw new DiodeError('not-witnessed', rewrittenAlarm(rewritten), 'Nothing is cosigned until then.');
}

function readStored(layout: DirectoryLayout): WitnessState | undefined {
  if (!existsSync(layout.store)) return undefined;
  const store = readReceiverStore(layout.store);
  try {
    return readWitness(store);
  } finally {
    store.close();
  }
}

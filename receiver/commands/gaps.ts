/** `diode-receiver gaps`: open gaps and the tickets that ask for them, beside a running receiver or as its disk was left. */
import { existsSync } from 'node:fs';
import { openDirectory } from '../../src/cli/directory.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, InvalidArgumentError, Option } from '../../src/cli/program.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { OPS_LIMITS } from '../../src/limits.ts';
import { gapReport } from '../gate/gap-report.ts';
import { gapReportObject, gapReportText } from '../gate/gap-view.ts';
import { readGate, type StoredGate } from '../gate/gate-store.ts';
import { readReceiverStore } from '../receiver-store.ts';
import { readTrustedSender } from '../trust/own-card.ts';

interface GapsOptions {
  readonly json?: boolean;
  readonly qr?: boolean;
  readonly maxCharacters: number;
}

export function addGapsCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'gaps <DIR>',
      description: 'list frames that are missing, since when, and gap tickets that ask the sender for them',
      options: [
        new Option('--qr', 'each ticket also as a QR code'),
        new Option(
          '--max-characters <N>',
          'the length of one ticket, hyphens counted; what does not fit goes into another',
        )
          .default(OPS_LIMITS.ticketCharacters)
          .argParser(parseCharacters),
        jsonOption(),
      ],
      examples: [
        'diode-receiver gaps DIR',
        'diode-receiver gaps DIR --qr --max-characters 1000',
        "diode-receiver gaps DIR --json | jq -r '.tickets[].code'",
      ],
    },
    (directory: string, { json, qr = false, maxCharacters }: GapsOptions): 0 => {
      const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
      const { boundary, stream } = readTrustedSender(layout, config.boundary);
      const names = { boundary, stream };
      const report = gapReport(names, readStoredGate(layout), maxCharacters);
      const text = () => gapReportText(names, report, { nowMs: Date.now(), withQr: qr });
      process.stdout.write(`${json ? JSON.stringify(gapReportObject(names, report)) : text()}\n`);
      return 0;
    },
  );
}

function readStoredGate(layout: DirectoryLayout): StoredGate {
  if (!existsSync(layout.store)) {
    return {
      state: undefined,
      haltedAtMs: undefined,
      recentFrames: [],
      sessions: [],
      hello: undefined,
      floor: undefined,
    };
  }
  const store = readReceiverStore(layout.store);
  try {
    return store.transaction(() => readGate(store))();
  } finally {
    store.close();
  }
}

function parseCharacters(typed: string): number {
  const characters = Number(typed);
  const { minTicketCharacters: least, maxPaperCodeCharacters: most } = OPS_LIMITS;
  if (!Number.isInteger(characters) || characters < least || characters > most) {
    throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`);
  }
  return characters;
}

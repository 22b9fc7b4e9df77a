/** `diode-sender check`: whether `run` would work here, and what to type where it would not. */

import { existsSync } from 'node:fs';
import { readOwnCard } from '../../src/cli/card-command.ts';
import { attempt, type CheckItem, fail, ok, report, warn } from '../../src/cli/check-report.ts';
import { openDirectory } from '../../src/cli/directory.ts';
import { checkConfigMode, checkOwnCard, checkTrusted } from '../../src/cli/directory-checks.ts';
import { type Machine, thisMachine } from '../../src/cli/machine.ts';
import { checkClock, checkDisk, checkSocketBuffer } from '../../src/cli/machine-checks.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine } from '../../src/cli/program.ts';
import { checkRoute } from '../../src/cli/route-checks.ts';
import { runningPid } from '../../src/cli/run-file.ts';
import { checkSerialPort } from '../../src/cli/serial-checks.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type {
  ForeignIssuerConfig,
  JsonlSourceConfig,
  SenderConfig,
  TokenIssuerConfig,
} from '../../src/config/sender-config.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { readTrustedCards } from '../../src/config/trusted-cards.ts';
import { openSigner } from '../../src/signer/open-signer.ts';
import { openStoreReadOnly } from '../../src/store/database.ts';
import { judgeAnswer } from '../issuer/foreign-answer.ts';
import { askForeign } from '../issuer/foreign-question.ts';
import { requireFormerCarried } from '../issuer/former-issuers.ts';
import { ISSUED_LOG_SCHEMA } from '../issuer/issued-log.ts';
import { metadataUrls } from '../issuer/issuer-metadata.ts';
import { namedKeys } from '../issuer/key-difference.ts';
import { receiverHoldMs } from '../issuer/receiver-hold.ts';
import { shortestLifetimeMs } from '../issuer/renewal-schedule.ts';
import { hasMigration } from '../sender-store.ts';
import { cardLike } from '../trust/own-card.ts';

export function addCheckCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'check <DIR>',
      description:
        'look at config, keys, cards, source, clock, disk, and route, neighbour, MTU and socket buffer or serial port; asks foreign issuers once, sends nothing',
      options: [jsonOption()],
      examples: ['diode-sender check DIR', 'diode-sender check DIR --json | jq \'.items[] | select(.level != "ok")\''],
    },
    async (directory: string, { json }: { readonly json?: boolean }) =>
      report(await checkSender(thisMachine, directory), { json }),
  );
}

/** Every item; those that need the config are left out where it has problems. */
export async function checkSender(machine: Machine, directory: string): Promise<readonly CheckItem[]> {
  const items: CheckItem[] = [];
  let opened: { readonly layout: DirectoryLayout; readonly config: SenderConfig } | undefined;
  items.push(
    ...(await attempt('config', () => {
      opened = openDirectory('diode-sender', directory, parseSenderConfig);
      return checkConfigMode(machine, opened.layout, false);
    })),
  );
  if (opened === undefined) return items;
  const { layout, config } = opened;
  const { link, journal, source, boundary } = config;
  const looks: readonly Look[] = [
    ['keys', () => checkKeys(layout, config)],
    [
      'trusted',
      () =>
        checkTrusted(
          readTrustedCards(layout.trusted, 'receiver-card'),
          boundary,
          `Run: diode-sender trust ${layout.directory} receiver-card.json`,
        ),
    ],
    ['source', () => checkSource(machine, source)],
    ...(config.issuer === undefined ? [] : issuerLooks(config, config.issuer)),
    ['issuer', () => checkFormer(layout, config)],
    ...config.foreignIssuers.map((issuer): Look => ['foreign', () => checkForeign(issuer)]),
    ['clock', () => checkClock(machine)],
    ['disk', () => checkDisk(machine, layout.data, journal.maxBytes, 'journal.maxBytes')],
    ...linkLooks(machine, layout, link),
  ];
  for (const [item, look] of looks) items.push(...(await attempt(item, look)));
  return items;
}

type Look = readonly [string, () => CheckItem | readonly CheckItem[] | Promise<CheckItem>];

function linkLooks(machine: Machine, layout: DirectoryLayout, link: SenderConfig['link']): readonly Look[] {
  if (link.kind === 'serial') {
    const how = () => ({ direction: 'send', runningPid: runningPid(layout) }) as const;
    return [['device', () => checkSerialPort(machine, link, how())]];
  }
  if (link.kind === 'media') return [['link', () => ok('link', 'none: frames leave on media')]];
  const wantedBytes = link.sendBufferBytes;
  const buffer = { name: 'wmem_max', setting: 'link.sendBufferBytes', wantedBytes };
  return [
    ['route', () => checkRoute(machine, link)],
    ['wmem_max', () => checkSocketBuffer(machine, buffer)],
  ];
}

function issuerLooks(config: SenderConfig, issuer: TokenIssuerConfig): readonly Look[] {
  return [
    ['issuer', () => checkIssuerKey(issuer)],
    ['lifetime', () => checkLifetime(config, issuer)],
  ];
}

/** Asks once, as `run` would. */
async function checkForeign(config: ForeignIssuerConfig): Promise<CheckItem> {
  const { issuer, jwks } = config;
  const answer = await askForeign(config, { signal: new AbortController().signal, wallMs: Date.now() });
  const judged = 'failure' in answer ? answer : judgeAnswer(answer, { hadEtag: false, wallMs: Date.now() });
  if (typeof judged === 'object' && 'jwks' in judged) {
    const keyIds = namedKeys(judged.jwks).map(({ keyId }) => JSON.stringify(keyId));
    const more = judged.leftOut.length === 0 ? '' : `; left out: ${judged.leftOut.join(', ')}`;
    return ok('foreign', `${issuer} publishes ${keyIds.join(', ')}${more}`);
  }
  const seen = typeof judged === 'object' ? judged.seen : 'It answers 304 to a first question.';
  return fail('foreign', `${issuer}: ${seen}`, `See with: curl -v ${jwks ?? metadataUrls(issuer).join(' ')}`);
}

async function checkIssuerKey({ key, algorithm, issuer }: TokenIssuerConfig): Promise<CheckItem> {
  const signer = await openSigner(key, algorithm, process.env);
  signer.close();
  return ok('issuer', `${issuer} signs ${algorithm} with the key ${signer.keyId}`);
}

/** Silent where all is well. */
function checkFormer({ store: path }: DirectoryLayout, config: SenderConfig): readonly CheckItem[] {
  if (!existsSync(path)) return [];
  const store = openStoreReadOnly(path);
  try {
    // An older release issued nothing.
    if (hasMigration(store, ISSUED_LOG_SCHEMA)) requireFormerCarried(store, config, Date.now());
    return [];
  } finally {
    store.close();
  }
}

/** As far as the config tells: `status` knows what the link does beside. */
function checkLifetime({ link }: SenderConfig, { lifetimeSeconds, marginSeconds }: TokenIssuerConfig): CheckItem {
  if (link.kind === 'media') {
    const seen = `Frames leave on media: a token of ${lifetimeSeconds} s has expired before it arrives.`;
    return warn('lifetime', seen, 'Issue tokens where there is a live link, or raise issuer.lifetimeSeconds to days.');
  }
  const lastRepeatMs = Math.max(0, ...link.repeatAfterMs);
  const margins = { linkMs: 0, lastRepeatMs, holdMs: receiverHoldMs(link), marginMs: marginSeconds * 1_000 };
  const leastSeconds = Math.ceil(shortestLifetimeMs(margins) / 1_000);
  if (lifetimeSeconds >= leastSeconds) {
    return ok('lifetime', `tokens live ${lifetimeSeconds} s, this link asks for ${leastSeconds} s at least`);
  }
  const seen = `Tokens live ${lifetimeSeconds} s, and this link asks for ${leastSeconds} s at least: its last repeat comes after ${lastRepeatMs / 1_000} s.`;
  return fail('lifetime', seen, `Set issuer.lifetimeSeconds to ${leastSeconds} or more.`);
}

function checkKeys(layout: DirectoryLayout, config: SenderConfig): readonly CheckItem[] {
  const own = readOwnCard('diode-sender', layout.directory);
  const made = cardLike(own, layout, config);
  return [ok('keys', 'the private keys are readable by their owner alone'), checkOwnCard(layout, made, own)];
}

function checkSource(machine: Machine, { path }: JsonlSourceConfig): CheckItem {
  if (path === '-') {
    const cure = 'Follow a file instead where no line may be lost.';
    return warn('source', 'standard input has no position: a restart may lose or repeat lines.', cure);
  }
  if (machine.isFolder(path)) return fail('source', `${path} is a folder.`, 'Name a file of it in source.path.');
  if (machine.isReadable(path)) return ok('source', `${path} is readable`);
  if (machine.fileMode(path) === undefined) {
    return warn(
      'source',
      `${path} is not there yet; run waits for it.`,
      'Create it, or set source.path in config.yaml.',
    );
  }
  return fail(
    'source',
    `${path} cannot be read by this user.`,
    `Run: chmod or setfacl so that this user reads ${path}`,
  );
}

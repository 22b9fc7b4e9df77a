/** `diode-receiver check`: whether `run` would work here, and what to type where it would not. */
import { readOwnCard } from '../../src/cli/card-command.ts';
import { attempt, type CheckItem, fail, ok, report, warn } from '../../src/cli/check-report.ts';
import { isRunning, openDirectory } from '../../src/cli/directory.ts';
import { checkConfigMode, checkOwnCard } from '../../src/cli/directory-checks.ts';
import { type Machine, thisMachine } from '../../src/cli/machine.ts';
import { checkClock, checkDisk, checkSocketBuffer } from '../../src/cli/machine-checks.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { checkReversePath } from '../../src/cli/reverse-path-check.ts';
import { fetchStatus, runningPid } from '../../src/cli/run-file.ts';
import { checkSerialPort } from '../../src/cli/serial-checks.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { ReceiverConfig, UdpReceiveConfig } from '../../src/config/receiver-config.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { lineAlarms } from '../ops/receiver-alarms.ts';
import type { ReceiverStatus } from '../ops/receiver-status.ts';
import { knownStream, readReceiverKeys, receiverCard } from '../trust/own-card.ts';
import { hasRoot } from '../trust/trust-store.ts';
import { checkIssuer, checkSeal } from './issuer-checks.ts';
import { checkLeftOutKeys } from './left-out-keys.ts';
import { checkSender, checkTrust } from './trust-checks.ts';

interface CheckOptions {
  readonly acls?: boolean;
  readonly principal?: string;
  readonly kafka: boolean;
  readonly json?: boolean;
}

export function addCheckCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'check <DIR>',
      description:
        'look at config, keys, cards, token issuers, UDP port and socket buffer or serial port, clock, disk and Kafka; changes nothing',
      options: [
        new Option('--acls', 'also print the least Kafka ACLs that this receiver needs'),
        new Option('--principal <NAME>', 'the Kafka principal of those ACLs, such as User:diode-receiver'),
        new Option('--no-kafka', 'leave Kafka out'),
        jsonOption(),
      ],
      examples: [
        'diode-receiver check DIR',
        'diode-receiver check DIR --acls --principal User:diode-receiver',
        'diode-receiver check DIR --json | jq \'.items[] | select(.level != "ok")\'',
      ],
    },
    check,
  );
}

async function check(directory: string, options: CheckOptions) {
  const items = [...(await checkReceiver(thisMachine, directory))];
  const isOpen = items.every(({ item, level }) => item !== 'config' || level !== 'fail');
  if (!isOpen || (!options.kafka && !options.acls)) return report(items, options);
  const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  // Native Kafka code is loaded only by what needs it.
  const kafka = await import('./kafka-checks.ts');
  if (options.kafka) items.push(...(await attempt('kafka', () => kafka.checkKafka(config))));
  const acls = options.acls ? kafka.receiverAcls(config, knownStream(layout), options.principal) : undefined;
  return report(items, { json: options.json, ...(acls && { notes: { acls } }) });
}

/** Every item but Kafka; those that need the config are left out where it has problems. */
export async function checkReceiver(machine: Machine, directory: string): Promise<readonly CheckItem[]> {
  const items: CheckItem[] = [];
  let opened: { readonly layout: DirectoryLayout; readonly config: ReceiverConfig } | undefined;
  items.push(
    ...(await attempt('config', () => {
      opened = openDirectory('diode-receiver', directory, parseReceiverConfig);
      const holdsSecret = Object.keys(opened.config.kafka.client).some((name) => /password|key\.pem|secret/.test(name));
      return checkConfigMode(machine, opened.layout, holdsSecret);
    })),
  );
  if (opened === undefined) return items;
  const { layout, config } = opened;
  const { boundary, link, spool } = config;
  const looks: readonly Look[] = [
    ['keys', () => checkKeys(layout, boundary)],
    ['trusted', () => checkSender(layout, boundary)],
    ['approvers', () => checkApprovers(config)],
    ['trust', () => checkTrust(layout, config)],
    ...(hasRoot(layout) ? [] : issuerLooks(machine, layout, config)),
    ...config.sealedAudiences.map((sealed) => ['seal', () => checkSeal(layout, config, sealed)] as const),
    ...linkLooks(machine, layout, link),
    ['clock', () => checkClock(machine)],
    ['disk', () => checkDisk(machine, layout.data, spool.maxBytes, 'spool.maxBytes')],
  ];
  for (const [item, look] of looks) items.push(...(await attempt(item, look)));
  return items;
}

type Look = readonly [string, () => CheckItem | readonly CheckItem[] | Promise<CheckItem | readonly CheckItem[]>];

/** Where a root is pinned, the bundle says whose tokens pass, and one that leaves out a key of tokens in force is refused. */
function issuerLooks(machine: Machine, layout: DirectoryLayout, { issuers }: ReceiverConfig): readonly Look[] {
  return [
    ...issuers.map((issuer): Look => ['issuer', () => checkIssuer(issuer)]),
    ['issuer', () => checkLeftOutKeys(layout, issuers, machine.nowMs())],
  ];
}

function linkLooks(machine: Machine, layout: DirectoryLayout, link: ReceiverConfig['link']): readonly Look[] {
  if (link.kind === 'serial') {
    const how = () => ({ direction: 'receive', runningPid: runningPid(layout) }) as const;
    return [
      ['device', () => checkSerialPort(machine, link, how())],
      ['line', async () => checkLine((await fetchStatus(layout)) as ReceiverStatus | undefined)],
    ];
  }
  if (link.kind === 'media') return [['link', () => ok('link', 'none: frames come on media')]];
  const wantedBytes = link.receiveBufferBytes;
  const buffer = { name: 'rmem_max', setting: 'link.receiveBufferBytes', wantedBytes };
  return [
    ['port', () => checkPort(machine, layout, link)],
    ['rmem_max', () => checkSocketBuffer(machine, buffer)],
    ['rp_filter', () => checkReversePath(machine, link.address)],
  ];
}

/** What the running receiver makes of the line: a wrong speed and a swapped cable show there alone. */
function checkLine(status: ReceiverStatus | undefined): CheckItem {
  if (status?.line === undefined) return ok('line', 'no receiver runs here: speed and cable show once one does');
  const [problem] = lineAlarms(status);
  if (problem === undefined) return ok('line', `${status.line.bytes} bytes came, and authentic datagrams among them`);
  const at = problem.indexOf(': ');
  return fail('line', `${problem.slice(0, at)}.`, problem.slice(at + 2));
}

function checkKeys(layout: DirectoryLayout, boundary: string): readonly CheckItem[] {
  const keys = readReceiverKeys(layout);
  const own = readOwnCard('diode-receiver', layout.directory);
  return [
    ok('keys', 'the private key is readable by its owner alone'),
    checkOwnCard(layout, receiverCard(boundary, keys), own),
  ];
}

function checkApprovers({ approvers, approvals, guard }: ReceiverConfig): CheckItem {
  const holds = guard.maxLossPercent < 100 || guard.adminRoles.length + guard.adminGroups.length > 0;
  if (!holds) return ok('approvers', 'the guard holds nothing, as config.yaml says');
  const persons = new Set(approvers.map(({ name }) => name)).size;
  if (persons > 0) return ok('approvers', `${approvals} of ${persons} must approve what the guard holds`);
  return warn(
    'approvers',
    'There are no approvers: what the guard holds can be neither released nor rejected.',
    'Make a key with `diode-receiver approver-key FILE`, and name it in `approvers`.',
  );
}

async function checkPort(machine: Machine, layout: DirectoryLayout, link: UdpReceiveConfig): Promise<CheckItem> {
  const where = `UDP port ${link.port} on ${link.address}`;
  const problem = await machine.udpPortProblem(link.address, link.port);
  if (problem === undefined) return ok('port', `${where} is free`);
  if (problem === 'EADDRINUSE' && isRunning(layout))
    return ok('port', `${where} is held by the receiver that runs here`);
  if (problem === 'EADDRINUSE') {
    return fail(
      'port',
      `${where} is in use by another program.`,
      `Find it: ss -ulpn 'sport = :${link.port}'; or set link.port.`,
    );
  }
  if (problem === 'EADDRNOTAVAIL') {
    return fail(
      'port',
      `No interface has the address ${link.address}.`,
      'Set link.address in config.yaml: `ip address` lists them.',
    );
  }
  return fail('port', `${where} cannot be opened (${problem}).`, 'Set link.address and link.port in config.yaml.');
}

/**
 * `npm run demo`: sender and receiver as separate processes, a link between them that spoils some of what it carries, and an
 * embedded Kafka. What arrives is compared with the source, and the last line counts it.
 *
 *   feed ─► identities.jsonl ─► diode-sender ─► link ─► diode-receiver ─► mock Kafka ─► consumer ─► verdict
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startMockCluster } from '../../src/kafka/mock-cluster.ts';
import { tailTopic } from '../../src/kafka/topic-tail.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { readStatus, setUpPair, startProgram } from '../support/diode-pair.ts';
import { freePort } from '../support/free-port.ts';
import { Delivery, type Verdict } from '../workload/delivery.ts';
import { makeIdentities } from '../workload/identities.ts';
import { AUDIENCE, ISSUER, makeTokens } from '../workload/tokens.ts';
import { openDemoLink } from './demo-link.ts';
import { type DemoOptions, readDemoOptions } from './demo-options.ts';
import { feedLines } from './feed.ts';
import { Screen } from './screen.ts';

const BOUNDARY = 'demo';
const STREAM = 'hr';
/** Nothing new for this long, all repeats of the first ten seconds included, and the demo judges what it has. */
const QUIET_MS = 15_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = readDemoOptions(args);
  if (typeof options === 'string') {
    console.error(options);
    return 2;
  }
  const directory = mkdtempSync(join(tmpdir(), 'identity-diode-demo-'));
  const closing: (() => Promise<unknown>)[] = [];
  let code = 1;
  try {
    code = await play(options, directory, closing);
  } catch (error) {
    console.error(error instanceof DiodeError ? error.message : error);
  }
  for (const close of closing.reverse()) await close().catch((error: unknown) => console.error(error));
  // Keys and tokens of the demo go with it; what failed stays to be looked at.
  if (code === 0 && !options.keep) rmSync(directory, { recursive: true, force: true });
  else console.error(`Both directories and their logs are in ${directory}.`);
  return code;
}

async function play(options: DemoOptions, directory: string, closing: (() => Promise<unknown>)[]): Promise<number> {
  console.log(`Making ${options.deltas} deltas and ${options.tokens} tokens (seed ${options.seed}) …`);
  const identities = makeIdentities({ deltaCount: options.deltas, seed: options.seed });
  const badCount = Math.floor(options.tokens / 20);
  const tokens = await makeTokens({ count: options.tokens, badCount, seed: options.seed, nowMs: Date.now() });

  const cluster = await startMockCluster();
  closing.push(() => cluster.stop());
  console.log(
    `Kafka: librdkafka's mock cluster in this process, at ${cluster.brokers}. It keeps nothing after the demo.`,
  );

  const link = await openDemoLink(options, directory);
  closing.push(link.stop);
  console.log(link.about);
  const ops = { sender: await freePort(), receiver: await freePort() };
  const sourcePath = join(directory, 'identities.jsonl');
  const jwksPath = join(directory, 'idp-jwks.json');
  writeFileSync(sourcePath, '');
  writeFileSync(jwksPath, JSON.stringify(tokens.jwks));
  const issuer = {
    issuer: ISSUER,
    audience: [AUDIENCE],
    jwks: jwksPath,
    algorithms: ['EdDSA', 'ES256'],
    maxLifetimeSeconds: 3_600,
  };
  const pair = await setUpPair({
    directory,
    boundary: BOUNDARY,
    stream: STREAM,
    target: link.target,
    senderSettings: [[['source', 'path'], sourcePath], ...link.senderSettings, [['ops', 'port'], ops.sender]],
    receiverSettings: [
      ...link.receiverSettings,
      [['issuers'], [issuer]],
      [['kafka', 'brokers'], [cluster.brokers]],
      [['kafka', 'embedded'], true],
      [['ops', 'port'], ops.receiver],
    ],
  });
  console.log(`Cards exchanged, both sides set up below ${directory}.`);

  const delivery = new Delivery();
  mkdirSync(join(directory, 'logs'));
  for (const side of ['receiver', 'sender'] as const) {
    const program = startProgram({
      side,
      directory: side === 'sender' ? pair.senderDirectory : pair.receiverDirectory,
      logPath: join(directory, 'logs', `${side}.log`),
    });
    closing.push(() => program.stop());
    await waitUntilUp(side, ops[side], program);
  }
  const topics = [
    ['identity', (record) => delivery.handleIdentity(record)],
    ['tokens', (record) => delivery.handleToken(record)],
    ['quarantine', (record) => delivery.handleQuarantine(record)],
  ] as const satisfies readonly (readonly [string, (record: Parameters<Delivery['handleToken']>[0]) => void])[];
  for (const [name, handle] of topics) {
    const onRecords = (records: readonly Parameters<typeof handle>[0][]) => {
      for (const record of records) handle(record);
    };
    const tail = tailTopic({ brokers: cluster.brokers, topic: `${BOUNDARY}.${name}`, onRecords });
    closing.push(() => tail.stop());
  }

  const wanted = { deltas: identities.deltaCount, good: tokens.good.size, bad: tokens.bad.size };
  const arrived = () => delivery.counts.identity + delivery.counts.tokens + delivery.counts.quarantine;
  link.begin?.(pair);
  const screen = new Screen({ wanted, delivery, ops, link });
  const feeding = feedLines({ path: sourcePath, lines: interleave(identities.lines, tokens.lines), arrived });
  await watch(screen, arrived, { total: wanted.deltas + wanted.good + wanted.bad, quietMs: link.quietMs ?? QUIET_MS });
  await feeding;
  await screen.finish();
  const verdict = await delivery.judge(identities, tokens);
  return conclude(verdict, wanted);
}

/** Until all has arrived, and a moment longer for what should not come; or until nothing comes any more. */
async function watch(
  screen: Screen,
  arrived: () => number,
  { total, quietMs }: { readonly total: number; readonly quietMs: number },
): Promise<void> {
  let seen = -1;
  let quietSinceMs = performance.now();
  while (arrived() < total && performance.now() - quietSinceMs < quietMs) {
    await screen.draw();
    if (arrived() !== seen) quietSinceMs = performance.now();
    seen = arrived();
    await delay(500);
  }
  // The first repeat comes after 1 s: whatever is published twice would show by now.
  await delay(2_000);
  await screen.draw();
}

function conclude(verdict: Verdict, wanted: { deltas: number; good: number; bad: number }): number {
  for (const text of verdict.unexpected) console.log(`unexpected: ${text}`);
  console.log(
    `delivered ${verdict.deltas} of ${wanted.deltas} deltas and ${verdict.goodTokens} of ${wanted.good} good tokens, ` +
      `quarantined ${verdict.badTokens} of ${wanted.bad} bad tokens, ` +
      `${verdict.duplicated} duplicated, ${verdict.outOfOrder} out of order`,
  );
  const complete =
    verdict.deltas === wanted.deltas && verdict.goodTokens === wanted.good && verdict.badTokens === wanted.bad;
  const clean = verdict.duplicated === 0 && verdict.outOfOrder === 0 && verdict.unexpected.length === 0;
  return complete && clean ? 0 : 1;
}

/** Tokens spread evenly among the identity changes. */
function interleave(identities: readonly string[], tokens: readonly string[]): string[] {
  const lines: string[] = [];
  const step = tokens.length / Math.max(1, identities.length);
  let taken = 0;
  for (const [index, line] of identities.entries()) {
    lines.push(line);
    while (taken < Math.floor((index + 1) * step)) lines.push(tokens[taken++] as string);
  }
  return [...lines, ...tokens.slice(taken)];
}

async function waitUntilUp(side: string, opsPort: number, program: ReturnType<typeof startProgram>): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if ((await readStatus(opsPort)) !== undefined) return;
    if (program.process.exitCode !== null) break;
    await delay(200);
  }
  throw new DiodeError('not-running', `The ${side} did not come up.`, `Read ${program.logPath}.`);
}

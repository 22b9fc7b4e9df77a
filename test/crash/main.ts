/**
 * Kills sender, receiver and broker at random moments under load, over a link that loses, and compares the topics with
 * the source. Nothing here knows how the product survives it; the last line and the exit code say whether it did.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { diode, type Side } from '../../bench/support/diode-pair.ts';
import { createOneWaySite, readLedger, settle } from '../support/one-way-site.ts';
import { isFlawless, type LedgerVerdict, supersededLine, verdictLine } from '../support/rising-ledger.ts';
import { ISSUER_KEYS_FILE, RisingWorkload } from '../support/rising-workload.ts';
import { readRunOptions } from '../support/run-options.ts';
import { startFeed } from '../support/steady-feed.ts';
import { type Kill, planKills, type Victim } from './kill-plan.ts';

const USAGE = `npm run test:crash -- [--kills N] [--seed S] [--rate R]

  --kills N   SIGKILLs of sender, receiver and broker in all, 1 to 10000; 30 without it
  --seed S    draws the same plan and the same records again; 1 without it
  --rate R    source lines a second, 1 to 5000; 200 without it

Needs root, iproute2, nftables, Java, kcat and curl (bash .ci/install). Exit code 0, 1 where anything is missing,
duplicated, out of order or otherwise not as the source said, 2 for wrong usage.`;

const LOSS = 0.02;
/** The last repeat comes 60 s after a frame's first pass, and a sender that was killed meanwhile may owe more. */
const HEAL_WITHIN_MS = 240_000;

const { kills, seed, rate } = readRunOptions(USAGE, {
  kills: { byDefault: 30, min: 1, max: 10_000 },
  seed: { byDefault: 1, min: 0, max: 2 ** 32 - 1 },
  rate: { byDefault: 200, min: 1, max: 5_000 },
});
const workload = await RisingWorkload.create({ seed, noiseBytes: 100 });
const site = await createOneWaySite({
  name: 'crash',
  lossFraction: LOSS,
  receiverSettings: [[['issuers'], [workload.issuer.policy]]],
});
writeFileSync(join(site.pair.receiverDirectory, ISSUER_KEYS_FILE), JSON.stringify(workload.issuer.jwks));
let isRight = false;
try {
  const verdict = await runPlan(planKills({ kills, seed }));
  const auditFaults = [...(await auditFaultsOf('sender')), ...(await auditFaultsOf('receiver'))];
  isRight = isFlawless(verdict) && site.ownEnds.length === 0 && auditFaults.length === 0;
  for (const fault of [...site.ownEnds, ...verdict.faults, ...auditFaults]) console.log(`wrong: ${fault}`);
  if (!isRight)
    console.log(`again: npm run test:crash -- --kills ${kills} --seed ${seed}; logs and data in ${site.directory}`);
  console.log(supersededLine(verdict));
  console.log(`kills ${kills}, ${verdictLine(verdict)}`);
} finally {
  await site.close({ keep: !isRight });
}
process.exit(isRight ? 0 : 1);

/** While the programs run: what the audit logs of one side say of themselves. */
async function auditFaultsOf(side: Side): Promise<readonly string[]> {
  try {
    const said = await diode(side, ['audit', 'verify', site.pair[`${side}Directory`]]);
    console.log(said.trimEnd());
    return [];
  } catch (error) {
    return [`the audit logs of the ${side}: ${(error as { readonly stdout?: string }).stdout ?? String(error)}`];
  }
}

async function runPlan(plan: readonly Kill[]): Promise<LedgerVerdict> {
  await site.startBoth();
  const startedMs = performance.now();
  const sinceStartMs = () => performance.now() - startedMs;
  const seconds = () => (sinceStartMs() / 1_000).toFixed(1);
  const feed = startFeed(site, workload, rate);
  /** What is dead comes back when its promise resolves; only then it can be killed again. */
  const back = new Map<Victim, Promise<void>>();
  for (const [index, kill] of plan.entries()) {
    const { victim, downMs } = kill;
    await delay(Math.max(0, kill.atMs - sinceStartMs()));
    await back.get(victim);
    console.log(`${seconds()} s: kill ${index + 1} of ${kills}, the ${victim}, for ${downMs} ms`);
    await end(victim);
    const returned = delay(downMs).then(() => bringBack(victim));
    returned.catch(() => {});
    back.set(victim, returned);
  }
  await Promise.all(back.values());
  await feed.stop();
  console.log(`${seconds()} s: ${workload.recordCount} records were said; repeats heal what was lost`);
  await settle(site, workload.recordCount, HEAL_WITHIN_MS).then(
    (tickets) => console.log(`${seconds()} s: each has its outcome, no gap is open; ${tickets} gap tickets were typed`),
    // What is missing, the ledger says.
    console.log,
  );
  return readLedger(site, workload.expected);
}

async function end(victim: Victim): Promise<void> {
  await (victim === 'broker' ? site.kafka.kill() : site.kill(victim));
}

async function bringBack(victim: Victim): Promise<void> {
  if (victim === 'broker') await site.restartBroker();
  else site.start(victim);
}

/**
 * A bad link and sticks for one stream at once, against a real Kafka: the link loses two datagrams in five and never repeats
 * one, sticks hold frames that came already and frames that did not, an import and the receiver are killed over them, and
 * every record is published once and in order all the same.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diode } from '../../bench/support/diode-pair.ts';
import { projectRoot } from '../../bench/support/project-root.ts';
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import { canMakeSite, createOneWaySite, isSettled, type OneWaySite, readLedger } from '../support/one-way-site.ts';
import { isFlawless, verdictLine } from '../support/rising-ledger.ts';
import { RisingWorkload } from '../support/rising-workload.ts';

/** Of one turn: 15 frames. Of the first 30, one arrives and one does not, but for one run in a million. */
const RECORDS = 300;
const TIMEOUT_MS = 120_000;

describe.skipIf(!canMakeSite())('a link and media for one stream', () => {
  let site: OneWaySite;
  let workload: RisingWorkload;
  let settled: ReceiverStatus;

  /** Of the source, which the link carries as well as it can meanwhile. */
  const say = async (records = RECORDS) => site.append(await workload.lines(records));

  async function exportTo(name: string, ...args: readonly string[]): Promise<string> {
    const stick = join(site.directory, name);
    mkdirSync(stick);
    await diode('sender', ['export', site.pair.senderDirectory, stick, ...args]);
    return stick;
  }

  const importArgs = (stick: string) => ['import', site.pair.receiverDirectory, stick, '--json'];
  const importFrom = async (stick: string) => JSON.parse(await diode('receiver', importArgs(stick)));

  /** `reached`: a bundle lies there under a name that ends so, being verified or handed over; or the import was quicker. */
  function startImport(stick: string, ...ends: readonly string[]) {
    const program = [`${projectRoot}dist/receiver/main.js`, ...importArgs(stick)];
    const child = spawn(process.execPath, program, { stdio: 'ignore' });
    const exited = once(child, 'exit');
    const folder = join(site.pair.receiverDirectory, 'data/imports');
    const lies = () => filesIn(folder).some((name) => ends.some((end) => name.endsWith(end)));
    const reached = async () => {
      while (child.exitCode === null && !lies()) await delay(1);
    };
    return { child, exited, reached: reached() };
  }

  beforeAll(async () => {
    workload = await RisingWorkload.create({ seed: 7, tokenFraction: 0, noiseBytes: 300 });
    site = await createOneWaySite({
      name: 'media',
      lossFraction: 0.4,
      senderSettings: [
        [['link', 'repeatAfterMs'], []],
        [['link', 'repairPercent'], 0],
        [['packer', 'batchRecords'], 20],
      ],
    });
    await site.startBoth();
    await say(2 * RECORDS);
    // What the link lost so far makes gaps, and what it brought was here before any stick has it.
    await site.until(({ intake }) => {
      const { released = 0, held = 0 } = intake.frames;
      return intake.gate.gaps.length > 0 && released + held > 0;
    }, TIMEOUT_MS);
    const first = await exportTo('first');
    await say();

    const killed = startImport(first, '.new', '.bundle');
    await killed.reached;
    killed.child.kill('SIGKILL');
    await killed.exited;

    const importing = startImport(first, '.bundle');
    await importing.reached;
    await site.kill('receiver');
    site.start('receiver');
    await Promise.all([say(), importing.exited]);

    // The same range once more, and what came since, under another number.
    await importFrom(await exportTo('again', '--since', '2020-01-01'));
    await importFrom(first);
    await say();
    await site.until(({ imports }) => imports?.waiting === 0, TIMEOUT_MS);
    const rest = await exportTo('rest');
    await importFrom(rest);
    settled = await site.until((status) => isSettled(status, workload.recordCount), TIMEOUT_MS);
  }, 300_000);
  afterAll(() => site?.close());

  it('publishes every record once and in order', async () => {
    const verdict = await readLedger(site, workload.expected);
    expect([isFlawless(verdict), verdictLine(verdict)]).toEqual([true, expect.any(String)]);
  });

  it('took three bundles in: they healed what the link lost, and what it had brought changed nothing', () => {
    const { imports, intake } = settled;
    expect(imports).toMatchObject({ imported: 3, waiting: 0, last: { number: 3 } });
    // Since its second start.
    expect(intake.frames.duplicate).toBeGreaterThan(0);
    expect(intake.frames.healed).toBeGreaterThan(0);
    expect(intake.gate.gaps).toEqual([]);
  });
});

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

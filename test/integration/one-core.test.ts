/** Both real programs, over the loopback, on one and the same core: where nothing runs beside anything, all arrives too. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Setting } from '../../bench/support/diode-pair.ts';
import { engineOf } from '../../bench/support/engine.ts';
import { openEmbeddedSite } from '../support/embedded-site.ts';
import { requirement } from '../support/requirement.ts';

const RECORDS = 3_000;
const TIMEOUT_MS = 60_000;
const core = firstCore();
const available = requirement('taskset', core !== undefined, 'install util-linux');

describe.skipIf(!available)('one core', () => {
  it.each([
    ['no thread for the link where nobody says', [], (engineOf().threads ?? 1) > 1],
    ['one where the config says so', [[['link', 'ownThread'], true]] satisfies Setting[], true],
  ] as const)('all that is said is published, once and without a gap: %s', async (_, receiverSettings, hasThread) => {
    const directory = mkdtempSync(join(tmpdir(), 'one-core-'));
    const site = await openEmbeddedSite({ directory, boundary: 'site-a', receiverSettings });
    try {
      const { running } = site;
      const prefix = ['taskset', '-c', `${core}`];
      for (const side of ['receiver', 'sender'] as const) {
        const { pid } = (await running.start(side, prefix)).process;
        expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(new RegExp(`^Cpus_allowed_list:\\t${core}$`, 'm'));
      }
      const ids = Array.from({ length: RECORDS }, (_, at) => `u${at}`);
      running.append(ids.map(userLine));
      const { totals, intake, linkThread } = await running.until(
        'receiver',
        ({ totals: { published } }) => published >= RECORDS,
        TIMEOUT_MS,
      );
      expect(totals).toMatchObject({ published: RECORDS, superseded: 0, quarantined: 0 });
      expect(intake.gate?.gaps).toEqual([]);
      expect(linkThread !== undefined).toBe(hasThread);
      const keys = (await site.read('identity')).map(({ key }) => key);
      expect(keys.toSorted()).toEqual(ids.map((id) => `User|${id}`).toSorted());
      expect([await running.stop('sender'), await running.stop('receiver')]).toEqual([0, 0]);
    } finally {
      await site.close();
      rmSync(directory, { recursive: true });
    }
  });
});

function userLine(id: string): string {
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
  return JSON.stringify({ type: 'User', op: 'put', resource: { schemas, id, userName: id } });
}

/** Of those that this process may run on; undefined where taskset is missing. */
function firstCore(): string | undefined {
  const { stdout } = spawnSync('taskset', ['-pc', `${process.pid}`], { encoding: 'utf8' });
  return /: (\d+)/.exec(stdout ?? '')?.[1];
}

/** What a killed import left, and an import beside another one. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sweepUnlessImporting } from '../../../receiver/media/import-file.ts';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { takeLock } from '../../../src/ops/run-lock.ts';
import { MediaSite, user } from '../../support/media-site.ts';

let site: MediaSite;
let medium: string;
let digest: string;

beforeEach(async () => {
  site = new MediaSite();
  await site.setUp();
  medium = site.medium('a');
  site.journal([[user('a')]]);
  digest = JSON.parse((await site.typeSender('export', site.sender, medium, '--json')).stdout).manifestDigest;
});
afterEach(() => site.remove());

const importIt = () => site.typeReceiver('import', site.receiver, medium);
const layout = () => directoryLayout('diode-receiver', site.receiver);

it('a killed import leaves nothing behind the next one, which keeps what waits', async () => {
  const other = 'cd'.repeat(32);
  const waiting = [`${other}.approval`, `${other}.bundle`];
  const left = {
    'while it verified': [`${digest}.new`],
    'while it verified another bundle': [`${'ab'.repeat(32)}.new`],
    'while it wrote approvals': [`${digest}.new`, `${digest}.approval.4711.new`],
    'before the bundle got its name': [`${digest}.new`, `${digest}.approval`],
  };
  mkdirSync(layout().imports);
  for (const name of [...waiting, ...Object.values(left).flat()]) {
    writeFileSync(join(layout().imports, name), 'in the clear, and longer than what is written over it '.repeat(1_000));
  }
  expect(await importIt()).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(layout().imports).sort()).toEqual([...waiting, `${digest}.bundle`].sort());
});

it('a receiver that starts removes it too, but for that of an import that runs', () => {
  const { imports, importLock } = layout();
  mkdirSync(imports);
  const kept = [`${digest}.approval`, `${digest}.bundle`];
  const left = [`${'ab'.repeat(32)}.new`, `${'ab'.repeat(32)}.approval`];
  for (const name of [...kept, ...left]) writeFileSync(join(imports, name), 'in the clear');
  const lock = takeLock(importLock, { waitMs: 0, seen: '', cure: '' });
  expect(sweepUnlessImporting(imports, importLock)).toBe(0);
  expect(readdirSync(imports)).toHaveLength(4);
  lock.release();
  expect(sweepUnlessImporting(imports, importLock)).toBe(2);
  expect(readdirSync(imports).sort()).toEqual(kept);
  // It is free again.
  takeLock(importLock, { waitMs: 0, seen: '', cure: '' }).release();
});

it('two at once do not write one file: the second says so, and a dry run disturbs nobody', async () => {
  mkdirSync(layout().imports);
  const running = `${digest}.new`;
  writeFileSync(join(layout().imports, running), 'of the first');
  const lock = takeLock(layout().importLock, { waitMs: 0, seen: '', cure: '' });
  expect(await importIt()).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/Another import into .* is under way\. Wait for it to end/),
  });
  expect(await site.typeReceiver('import', site.receiver, medium, '--dry-run')).toMatchObject({ code: 0 });
  expect(readdirSync(layout().imports)).toEqual([running]);
  lock.release();
  expect(await importIt()).toMatchObject({ code: 0 });
});

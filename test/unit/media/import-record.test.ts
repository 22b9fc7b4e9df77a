/** What import leaves on record of a bundle, taken in or not: entries of the command log, signed evidence, its page. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditText } from '../../../bench/support/audit-text.ts';
import { ImportTable } from '../../../receiver/media/import-table.ts';
import { RECEIVER_MIGRATIONS } from '../../../receiver/receiver-store.ts';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { sha256Hex } from '../../../src/crypto/digest.ts';
import { checkEvidence, parseEvidence } from '../../../src/media/evidence.ts';
import { openStore } from '../../../src/store/database.ts';
import { editConfig } from '../../support/command-line.ts';
import { FrontHalf } from '../../support/front-half.ts';
import { MediaSite, user } from '../../support/media-site.ts';
import { ModelJournal, ModelSession } from '../../support/model-sender.ts';

let site: MediaSite;
let medium: string;

beforeEach(async () => {
  site = new MediaSite();
  await site.setUp();
  medium = site.medium('a');
});
afterEach(() => site.remove());

async function exported(from: MediaSite = site) {
  const { stdout } = await from.typeSender('export', from.sender, join(from.root, 'a'), '--json');
  return JSON.parse(stdout);
}

const importIt = (...args: readonly string[]) => site.typeReceiver('import', site.receiver, ...args);

function entries(side: 'sender' | 'receiver', event: string) {
  const lines = auditText(side, site[side], 'commandAudit').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).filter((entry) => entry.event === event);
}

const pages = () => {
  const folder = join(site.receiver, 'data/bundles');
  return readdirSync(folder).map((name) => join(folder, name));
};

/** The one page there is, as the sender sees it when it comes back. */
async function onePage(): Promise<NonNullable<ReturnType<typeof parseEvidence>>> {
  const [path = '', ...more] = pages();
  expect(more).toEqual([]);
  expect(await site.typeSender('evidence', site.sender, path)).toMatchObject({ code: 0 });
  return parseEvidence(readFileSync(path, 'utf8')) ?? expect.fail(`${path} is no evidence`);
}

describe('a bundle that is refused', () => {
  it.each([
    ['an import', []],
    ['a dry run', ['--dry-run']],
  ])('by %s because it is damaged is on record, and its page goes back', async (_, args) => {
    site.journal([[user('a')]]);
    const { manifestDigest, folders } = await exported();
    const path = join(folders[0], 'volume-1.000');
    writeFileSync(path, readFileSync(path).subarray(0, -1));
    const { code, stderr } = await importIt(medium, ...args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`Evidence to print, which goes back: ${pages()[0]}`)]);
    expect(entries('receiver', 'import-refused')).toMatchObject([
      { reason: 'bundle-damaged', bundle: 1, digest: manifestDigest },
    ]);
    expect(await onePage()).toMatchObject({
      result: 'refused',
      manifestDigest,
      details: ['reason: bundle-damaged', expect.stringContaining('volume 1 is damaged')],
    });
  });

  it('because it is beyond the limits, and later because its epoch ended, is on record with both', async () => {
    editConfig(site.receiver, { 'adminRoles: []': 'adminRoles: [admin]' });
    site.journal([[user('a', { roles: [{ value: 'admin' }] })]]);
    await exported();
    await importIt(medium);
    expect((await onePage()).details[0]).toBe('reason: approval-refused');
    const store = openStore(join(site.receiver, 'data/receiver.db'), RECEIVER_MIGRATIONS);
    new FrontHalf({ store }).meet(new ModelSession(new ModelJournal({ epoch: 2 })));
    store.close();
    await importIt(medium);
    expect((await onePage()).details[0]).toBe('reason: bundle-old');
    const recorded = entries('receiver', 'bundle-evidence').map(({ evidence }) => parseEvidence(evidence)?.details[0]);
    expect(recorded).toEqual(['reason: approval-refused', 'reason: bundle-old']);
  });

  it('because it is forged or foreign is on record by the bytes of its manifest, and has no page', async () => {
    site.journal([[user('a')]]);
    const { folders } = await exported();
    const path = join(folders[0], 'manifest');
    const forged = readFileSync(path);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    writeFileSync(path, forged);
    const other = new MediaSite();
    try {
      await other.setUp({ boundary: 'site-b' });
      other.medium('a');
      other.journal([[user('b')]], { boundary: 'site-b' });
      const foreign = await exported(other);
      await importIt(medium);
      await importIt(join(other.root, 'a'));
      expect(entries('receiver', 'import-refused')).toMatchObject([
        { reason: 'bundle-invalid', manifests: [sha256Hex(forged)] },
        { reason: 'boundary-mismatch', manifests: [sha256Hex(readFileSync(join(foreign.folders[0], 'manifest')))] },
      ]);
    } finally {
      other.remove();
    }
    expect(readdirSync(join(site.receiver, 'data'))).not.toContain('bundles');
  });

  it.each([
    ['damaged', 'volume-1.000', 'volume 1 is damaged'],
    ['forged', 'manifest', 'signature'],
  ])('because it is %s is said first where it cannot be put on record, and then why not', async (_, name, seen) => {
    site.journal([[user('a')]]);
    const { folders } = await exported();
    const path = join(folders[0], name);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const log = directoryLayout('diode-receiver', site.receiver).commandAudit;
    rmSync(log, { recursive: true });
    writeFileSync(log, 'no folder');
    const { code, stderr } = await importIt(medium, '--dry-run');
    expect(code).toBe(1);
    const [refusal = '', reason = ''] = stderr.split(' And this refusal could not be put on record: ');
    expect(refusal).toContain(seen);
    expect(reason).toContain(log);
  });

  it('is no refusal where the command was typed wrong, or the medium is empty', async () => {
    await importIt(medium);
    await importIt(join(site.root, 'nowhere'));
    expect(entries('receiver', 'import-refused')).toEqual([]);
  });
});

describe('a bundle that is known', () => {
  it('has a page that says so, with the time when it was taken in; a dry run writes none', async () => {
    site.journal([[user('a')]]);
    const { manifestDigest } = await exported();
    const store = openStore(join(site.receiver, 'data/receiver.db'), RECEIVER_MIGRATIONS);
    const importedAtMs = Date.parse('2026-11-20T00:00:00Z');
    new ImportTable(store).add({
      digest: Buffer.from(manifestDigest, 'hex'),
      number: 1,
      epoch: 1,
      madeAtMs: importedAtMs,
      importedAtMs,
      frames: 1,
      newFrames: 1,
    });
    store.close();
    const looked = JSON.parse((await importIt(medium, '--dry-run', '--json')).stdout);
    expect(looked).toMatchObject({ result: 'known' });
    expect(looked.evidence).toBeUndefined();
    const { evidence } = JSON.parse((await importIt(medium, '--json')).stdout);
    expect(pages()).toEqual([evidence]);
    expect(await onePage()).toMatchObject({
      result: 'known',
      details: ['taken in at 2026-11-20T00:00:00.000Z: all of it is durable in the receiver'],
    });
  });
});

describe('the command log', () => {
  it('holds the signed record of each side whole, so that it shows who did what without the page', async () => {
    site.journal([[user('a')]]);
    const sent = await exported();
    const taken = JSON.parse((await importIt(medium, '--json')).stdout.trim().split('\n').at(-1) as string);
    for (const [side, event, page] of [
      ['sender', 'bundle-exported', sent.evidence],
      ['receiver', 'bundle-evidence', taken.evidence],
    ] as const) {
      const [entry] = entries(side, event);
      const evidence = parseEvidence(entry.evidence);
      expect(evidence).toEqual(parseEvidence(readFileSync(page, 'utf8')));
      expect(evidence && checkEvidence(evidence, []).isSigned).toBe(true);
    }
  });
});

import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditText } from '../../../bench/support/audit-text.ts';
import { RECEIVER_MIGRATIONS } from '../../../receiver/receiver-store.ts';
import { beginEpoch } from '../../../sender/journal/epoch-start.ts';
import { openSenderStore } from '../../../sender/sender-store.ts';
import { openStore } from '../../../src/store/database.ts';
import { FrontHalf } from '../../support/front-half.ts';
import { MediaSite, member, user, userDelete } from '../../support/media-site.ts';
import { ModelJournal, ModelSession } from '../../support/model-sender.ts';
import { canMountDisks, mountDisk } from '../../support/small-disk.ts';

let site: MediaSite;

beforeEach(async () => {
  site = new MediaSite();
  await site.setUp();
});
afterEach(() => site.remove());

const users = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => user(`u${from + at}`));

async function exported(...args: readonly string[]) {
  const answer = await site.typeSender('export', site.sender, ...args, '--json');
  expect(answer.stderr).toBe('');
  return JSON.parse(answer.stdout);
}

async function imported(...args: readonly string[]) {
  const answer = await site.typeReceiver('import', site.receiver, ...args, '--json');
  expect(answer.stderr).toBe('');
  return JSON.parse(answer.stdout.trim().split('\n').at(-1) as string);
}

const refused = (...args: readonly string[]) => site.typeReceiver('import', site.receiver, ...args);
const inData = (side: string, ...path: readonly string[]) => join(side, 'data', ...path);

describe('export', () => {
  it('writes what no bundle had yet, numbers bundles, and names the one before', async () => {
    const [first, second] = [site.medium('a'), site.medium('b')];
    site.journal([users(1, 10), users(11, 20)]);
    const one = await exported(first);
    expect(one).toMatchObject({ bundle: 1, frames: 2, records: 20, runs: [{ from: 1, to: 2 }], volumes: 1, needed: 1 });
    expect((await site.typeSender('export', site.sender, first)).stdout).toContain(
      "Nothing to export: the journal's last frame is 2.",
    );
    site.journal([users(21, 30)]);
    expect(await exported(second)).toMatchObject({ bundle: 2, runs: [{ from: 3, to: 3 }] });
    expect(await imported(second, '--dry-run')).toMatchObject({ previousDigest: one.manifestDigest });
    expect(readdirSync(first)).toHaveLength(1);
    const log = auditText('sender', site.sender, 'commandAudit');
    expect(log).toMatch(/"event":"command-export","bundle":1.*\n.*"event":"bundle-exported","bundle":1/);
  });

  it('writes what was made since a time, and what tickets name', async () => {
    site.journal([users(1, 1)], { createdAtMs: Date.parse('2026-11-20T00:00:00Z') });
    site.journal([users(2, 2), users(3, 3)], { createdAtMs: Date.parse('2026-11-22T00:00:00Z') });
    expect(await exported(site.medium('a'), '--since', '2026-11-21')).toMatchObject({ runs: [{ from: 2, to: 3 }] });
    expect((await exported(site.medium('b'))).runs).toEqual([{ from: 1, to: 1 }]);
    const both = await site.typeSender('export', site.sender, site.medium('c'), '--since', '2026-11-21', '--snapshot');
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('exclude each other')]);
  });

  it('frames a snapshot where no sender runs, once the source was read', async () => {
    site.journal([users(1, 1)]);
    const medium = site.medium('a');
    const answer = await exported(medium, '--snapshot');
    expect(answer).toMatchObject({ frames: 1, runs: [{ from: 2, to: 2 }] });
    expect((await imported(medium, '--dry-run')).changes).toMatchObject({ snapshotParts: 1 });
    expect(auditText('sender', site.sender)).toMatch(/"event":"snapshot-ended","cycle":1/);
    const store = openSenderStore(inData(site.sender, 'sender.db'));
    beginEpoch(store, Date.now(), { number: 2, id: Buffer.alloc(16, 2) });
    store.close();
    const early = await site.typeSender('export', site.sender, medium, '--snapshot');
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('--source-is-read')]);
    expect(await exported(medium, '--snapshot', '--source-is-read')).toMatchObject({ epoch: 2 });
  });

  it('leaves nothing where it is interrupted, and the next export has all of it', async () => {
    site.journal([users(1, 10)]);
    const medium = site.medium('a');
    const answer = site.typeSender('export', site.sender, medium);
    // The command listens by now, and has not come to its first frame.
    process.emit('SIGINT');
    expect(await answer).toMatchObject({ code: 1, stderr: expect.stringContaining('was interrupted') });
    expect(readdirSync(medium)).toEqual([]);
    expect(await exported(medium)).toMatchObject({ bundle: 2, runs: [{ from: 1, to: 1 }] });
  });

  it('refuses media that do not fit the volumes', async () => {
    site.journal([users(1, 1)]);
    const media = [site.medium('a'), site.medium('b')];
    const answer = await site.typeSender('export', site.sender, ...media, '--volumes', '2', '--spare', '1');
    expect([answer.code, answer.stderr]).toEqual([2, expect.stringContaining('Name 3 media')]);
    const many = await site.typeSender('export', site.sender, media[0] as string, '--volumes', '17');
    expect([many.code, many.stderr]).toEqual([2, expect.stringContaining('at most 16')]);
  });

  it('says what to do about a folder that is not there', async () => {
    site.journal([users(1, 1)]);
    const answer = await site.typeSender('export', site.sender, join(site.root, 'none'));
    expect([answer.code, answer.stderr]).toEqual([1, expect.stringMatching(/There is no folder .*none\. Plug/)]);
  });

  it.skipIf(!canMountDisks())('leaves nothing on a full medium, and nothing counts as exported', async () => {
    const random = spawnSync('head', ['-c', '400000', '/dev/urandom']).stdout.toString('base64').slice(0, 500_000);
    site.journal([[user('big', { displayName: random })]]);
    const disk = mountDisk(262_144);
    try {
      const answer = await site.typeSender('export', site.sender, disk.path);
      expect([answer.code, answer.stderr]).toEqual([1, expect.stringContaining('is full. Take an empty medium')]);
      expect(readdirSync(disk.path)).toEqual([]);
    } finally {
      disk.remove();
    }
    expect(await exported(site.medium('a'))).toMatchObject({ runs: [{ from: 1, to: 1 }] });
  });

  it.skipIf(!canMountDisks())('says that a medium is read-only', async () => {
    site.journal([users(1, 1)]);
    const disk = mountDisk(262_144);
    try {
      spawnSync('mount', ['-o', 'remount,ro', disk.path]);
      const answer = await site.typeSender('export', site.sender, disk.path);
      expect([answer.code, answer.stderr]).toEqual([1, expect.stringContaining('cannot be written (EROFS)')]);
    } finally {
      disk.remove();
    }
  });
});

describe('import', () => {
  it('shows what would change and changes nothing, then hands the bundle over for the next start', async () => {
    site.journal([
      [...users(1, 5), member('g', 'u1')],
      [userDelete('u1'), user('u2', { displayName: 'Two' })],
    ]);
    const medium = site.medium('a');
    const { code } = await exported(medium);
    const text = await refused(medium, '--dry-run');
    expect(text.stdout).toMatch(
      /subjects {8}4 added, 0 changed, 0 deleted, 0 deactivated\n(.*\n)* {2}groups {10}1 joined/,
    );
    expect(text.stdout).toContain(code);
    expect(readdirSync(inData(site.receiver))).not.toContain('imports');
    const answer = await imported(medium);
    expect(answer).toMatchObject({ result: 'handed-over', newFrames: 2, knownFrames: 0, verdict: 'ready' });
    expect(readdirSync(inData(site.receiver, 'imports'))).toEqual([`${answer.manifestDigest}.bundle`]);
    expect(readdirSync(inData(site.receiver, 'requests'))).toHaveLength(1);
    const log = auditText('receiver', site.receiver, 'commandAudit');
    expect(log).toMatch(
      /"event":"command-import","bundle":1.*\n.*"event":"bundle-handed-over".*\n.*"event":"bundle-evidence"/,
    );
  });

  it('needs any two of three sticks, and names what is missing of fewer', async () => {
    site.journal([users(1, 50)]);
    const media = ['a', 'b', 'c'].map((name) => site.medium(name));
    expect(await exported(...media)).toMatchObject({ volumes: 3, needed: 2 });
    const answer = await imported(media[0] as string, media[2] as string, '--dry-run');
    expect(answer.notes).toEqual(['Volume 2 was not there and not needed.']);
    const alone = await refused(media[1] as string, '--dry-run');
    expect([alone.code, alone.stderr]).toEqual([
      1,
      expect.stringContaining('Of 3 volumes any 2 suffice; volume 1, 3 is missing.'),
    ]);
  });

  it('changes nothing where it is interrupted', async () => {
    site.journal([users(1, 10)]);
    const medium = site.medium('a');
    await exported(medium);
    const answer = refused(medium);
    process.emit('SIGINT');
    expect(await answer).toMatchObject({ code: 1, stderr: expect.stringContaining('was interrupted') });
    expect(readdirSync(inData(site.receiver, 'imports'))).toEqual([]);
  });

  it('notices a changed byte and a stick that was pulled half way', async () => {
    site.journal([users(1, 5)]);
    const medium = site.medium('a');
    const { folders } = await exported(medium);
    const path = join(folders[0], 'volume-1.000');
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, -1));
    expect(await refused(medium)).toMatchObject({ code: 1, stderr: expect.stringContaining('volume 1 is damaged') });
    rmSync(folders[0], { recursive: true });
    mkdirSync(join(medium, 'identity-diode-hr-1-1of1.unfinished'));
    expect(await refused(medium)).toMatchObject({ code: 1, stderr: expect.stringContaining('was never finished') });
    expect(readdirSync(inData(site.receiver, 'imports'))).toEqual([]);
  });

  it('refuses a foreign medium, and bundles of others, each with its reason', async () => {
    const foreign = site.medium('holiday-pictures');
    writeFileSync(join(foreign, 'manifest'), 'not ours');
    expect(await refused(foreign)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('none that this receiver can believe'),
    });
    expect(await refused(site.medium('empty'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no bundle'),
    });
    for (const [names, sentence] of [
      [{ boundary: 'site-b' }, 'is of boundary site-b; this receiver is in site-a'],
      [{ stream: 'crm' }, 'is of stream crm; this receiver takes hr'],
      [{}, 'is signed with a key that this receiver does not trust'],
    ] as const) {
      const other = new MediaSite();
      try {
        await other.setUp(names);
        other.journal([users(1, 1)], names);
        await other.typeSender('export', other.sender, other.medium('a'));
        expect(await refused(join(other.root, 'a'))).toMatchObject({
          code: 1,
          stderr: expect.stringContaining(sentence),
        });
      } finally {
        other.remove();
      }
    }
  });

  it('refuses a bundle for another receiver', async () => {
    site.journal([users(1, 1)]);
    const other = new MediaSite();
    await other.setUp();
    rmSync(join(site.sender, 'trusted'), { recursive: true });
    mkdirSync(join(site.sender, 'trusted'));
    await site.typeSender('trust', site.sender, join(other.receiver, 'receiver-card.json'), '--yes');
    other.remove();
    const medium = site.medium('a');
    await exported(medium);
    expect(await refused(medium)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is for another receiver'),
    });
  });

  it('refuses a bundle of an epoch that ended here, and says what has its content', async () => {
    site.journal([users(1, 2)]);
    const medium = site.medium('a');
    await exported(medium);
    const store = openStore(inData(site.receiver, 'receiver.db'), RECEIVER_MIGRATIONS);
    new FrontHalf({ store }).meet(new ModelSession(new ModelJournal({ epoch: 2 })));
    store.close();
    for (const args of [[], ['--dry-run']]) {
      expect(await refused(medium, ...args)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /Bundle 1 is of epoch 1, which ended: this receiver is in a later one\. Nothing was changed\. A newer bundle has/,
        ),
      });
    }
    expect(readdirSync(inData(site.receiver, 'imports'))).toEqual([]);
  });

  it('asks which of several bundles is meant', async () => {
    const medium = site.medium('a');
    site.journal([users(1, 1)]);
    await exported(medium);
    site.journal([users(2, 2)]);
    await exported(medium);
    const several = await refused(medium, '--dry-run');
    expect([several.code, several.stderr]).toEqual([2, expect.stringContaining('the first with --bundle 1.')]);
    expect(await imported(medium, '--dry-run', '--bundle', '2')).toMatchObject({
      bundle: 2,
      missing: [{ from: 1, to: 1 }],
      notes: [expect.stringContaining('Bundle 1 was not imported here.')],
    });
    const none = await refused(medium, '--bundle', '9');
    expect([none.code, none.stderr]).toEqual([
      1,
      expect.stringContaining('There is no bundle 9 on these media; there is 1, 2.'),
    ]);
  });
});

describe('what is known of bundles', () => {
  it('is in the backup of either side, and a restored one goes on with it', async () => {
    site.journal([users(1, 3)]);
    const { code, manifestDigest } = await exported(site.medium('a'));
    await imported(join(site.root, 'a'));
    const [tx, rx] = [join(site.root, 'tx-copy'), join(site.root, 'rx-copy')];
    writeFileSync(join(inData(site.sender, 'bundles'), 'exported.json.1.new'), 'left by a crash');
    expect(await site.typeSender('backup', site.sender, tx)).toMatchObject({ code: 0 });
    expect(await site.typeReceiver('backup', site.receiver, rx)).toMatchObject({ code: 0 });
    expect(await site.typeSender('evidence', tx, code)).toMatchObject({
      stdout: expect.stringContaining('exported at'),
    });
    expect(await site.typeReceiver('evidence', rx, code)).toMatchObject({
      stdout: expect.stringContaining('handed-over at'),
    });
    expect(readdirSync(inData(tx, 'bundles'))).not.toContain('exported.json.1.new');
    expect((await site.typeSender('export', tx, join(site.root, 'a'))).stdout).toContain('Nothing to export');
    await site.typeSender('new-epoch', tx, '--yes');
    const next = await site.typeSender('export', tx, site.medium('b'), '--snapshot', '--source-is-read', '--json');
    expect(JSON.parse(next.stdout)).toMatchObject({ bundle: 2, epoch: 2 });
    expect(
      JSON.parse((await site.typeReceiver('import', rx, join(site.root, 'b'), '--dry-run', '--json')).stdout),
    ).toMatchObject({ previousDigest: manifestDigest });
  });

  it.skipIf(process.getuid?.() !== 0)('belongs to the user of its folder, also where root types', async () => {
    site.journal([users(1, 1)]);
    const user = 65_534;
    for (const folder of [inData(site.sender), inData(site.receiver), join(site.receiver, 'keys')])
      chownSync(folder, user, user);
    await exported(site.medium('a'));
    await imported(join(site.root, 'a'));
    const owners = [site.sender, site.receiver].flatMap((side) => [
      inData(side, 'bundles'),
      ...readdirSync(inData(side, 'bundles')).map((name) => inData(side, 'bundles', name)),
    ]);
    owners.push(join(site.receiver, 'keys', 'signing.key'), inData(site.receiver, 'imports'));
    expect(owners.map((path) => statSync(path).uid)).toEqual(owners.map(() => user));
  });
});

describe('evidence', () => {
  it('is known by its code and by its page, on either side, and a changed page is not', async () => {
    site.journal([users(1, 3)]);
    const medium = site.medium('a');
    const sent = await exported(medium);
    const taken = await imported(medium);
    const check = (side: 'typeSender' | 'typeReceiver', what: string) =>
      site[side]('evidence', side === 'typeSender' ? site.sender : site.receiver, what);
    expect(await check('typeSender', sent.code.toLowerCase())).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('exported at'),
    });
    expect(await check('typeReceiver', sent.code)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('handed-over at'),
    });
    for (const page of [sent.evidence, taken.evidence]) {
      expect(await check('typeSender', page)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('The page holds'),
      });
      expect(await check('typeReceiver', page)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('The page holds'),
      });
    }
    const forged = join(site.root, 'forged.html');
    writeFileSync(forged, readFileSync(taken.evidence, 'utf8').replace('"records":3', '"records":4'));
    expect(await check('typeSender', forged)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it was changed'),
    });
    const stranger = new MediaSite();
    await stranger.setUp();
    cpSync(sent.evidence, join(stranger.root, 'page.html'));
    expect(await stranger.typeReceiver('evidence', stranger.receiver, join(stranger.root, 'page.html'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('signed by nobody whom this side trusts'),
    });
    stranger.remove();
    expect(
      await check('typeReceiver', `${sent.code.slice(0, -1)}${sent.code.endsWith('0') ? '1' : '0'}`),
    ).toMatchObject({ code: 1 });
  });
});

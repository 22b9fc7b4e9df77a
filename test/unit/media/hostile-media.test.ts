/** Sticks that somebody changed on their way: what they cannot forge must not keep the others from being taken in either. */
import { appendFileSync, copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MediaSite, user } from '../../support/media-site.ts';

let site: MediaSite;

beforeEach(async () => {
  site = new MediaSite();
  await site.setUp();
});
afterEach(() => site.remove());

const importIt = (...media: readonly string[]) => site.typeReceiver('import', site.receiver, ...media, '--dry-run');

/** The folders of a new bundle's volumes, one on each medium. */
async function exported(id: string, media: readonly string[]): Promise<readonly string[]> {
  site.journal([[user(id, { displayName: id.repeat(5_000) })]]);
  const { stdout } = await site.typeSender('export', site.sender, ...media, '--json');
  return JSON.parse(stdout).folders;
}

const sticks = (...names: readonly string[]) => names.map((name) => site.medium(name));
const volumesIn = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('volume-'));

describe('of three sticks', () => {
  it.each([0, 2])(
    'one whose manifest was changed around what is signed parts nobody from the others (%i)',
    async (at) => {
      const media = sticks('a', 'b', 'c');
      const folders = await exported('x', media);
      // A field that the envelope does not have: the signed body is as it was.
      appendFileSync(join(folders[at] ?? '', 'manifest'), Buffer.from([0x78, 1]));
      for (const name of volumesIn(folders[at] ?? '')) rmSync(join(folders[at] ?? '', name));
      expect(await importIt(...media)).toMatchObject({ code: 0, stderr: '' });
      const lost = (at + 1) % 3;
      rmSync(folders[lost] ?? '', { recursive: true });
      expect(await importIt(...media)).toMatchObject({ code: 1, stderr: expect.stringContaining('is missing') });
    },
  );

  it('one more that claims to be all of them hides none, in whatever order they are named', async () => {
    const media = sticks('a', 'b', 'c');
    const folders = await exported('x', media);
    const [forged = ''] = sticks('forged');
    for (let copy = 0; copy < 20; copy++) {
      const folder = join(forged, `${copy}`);
      mkdirSync(folder);
      copyFileSync(join(folders[0] ?? '', 'manifest'), join(folder, 'manifest'));
      for (let volume = 1; volume <= 3; volume++) writeFileSync(join(folder, `volume-${volume}.000`), 'forged');
    }
    rmSync(folders[1] ?? '', { recursive: true });
    for (const order of [
      [forged, ...media],
      [...media, forged],
    ])
      expect(await importIt(...order)).toMatchObject({ code: 0, stderr: '' });
  });

  it('one that holds a volume of another bundle of ours under this manifest is as a lost one', async () => {
    const [media, others] = [sticks('a', 'b', 'c'), sticks('d', 'e', 'f')];
    const [folders, otherFolders] = [await exported('x', media), await exported('y', others)];
    const swap = (at: number) => {
      for (const name of volumesIn(folders[at] ?? ''))
        copyFileSync(join(otherFolders[at] ?? '', name), join(folders[at] ?? '', name));
    };
    swap(0);
    expect(await importIt(...media)).toMatchObject({ code: 0, stdout: expect.stringContaining('damaged') });
    swap(1);
    expect(await importIt(...media)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Of 3 volumes any 2 suffice'),
    });
  });
});

it('two bundles of one number, of a sender that forgot the first, are told apart by their folders', async () => {
  const [medium = ''] = sticks('a');
  const [first = ''] = await exported('x', [medium]);
  rmSync(join(site.sender, 'data/bundles/exported.json'));
  const [second = ''] = await exported('y', [medium]);
  const several = await importIt(medium, '--bundle', '1');
  expect([several.code, several.stderr]).toEqual([2, expect.stringContaining('Compare their codes with the papers')]);
  const codes = [...several.stderr.matchAll(/(B[0-9A-Z-]{38}) is (\S+?)[;.](?=\s|$)/g)].map(([, code, folder]) => [
    code,
    folder,
  ]);
  expect(codes.map(([, folder]) => folder).sort()).toEqual([first, second].sort());
  for (const [code, folder] of codes) {
    expect(await importIt(folder ?? '')).toMatchObject({ code: 0, stdout: expect.stringContaining(code ?? 'none') });
  }
});

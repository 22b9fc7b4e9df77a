import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/crypto/digest.ts';
import { BlockCodec } from '../../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../../src/fec/kernel-module.ts';
import { scanMedia } from '../../../src/media/medium-scan.ts';
import { foldersByVolume, VolumeReader } from '../../../src/media/volume-reader.ts';
import { VolumeWriter } from '../../../src/media/volume-writer.ts';

const codec = new BlockCodec(loadKernelModule());
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'volumes-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Cut {
  readonly data: number;
  readonly spare: number;
  readonly segmentBytes?: number;
  readonly segmentsPerFile?: number;
}

function media(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const medium = join(root, `stick-${index + 1}`);
    mkdirSync(medium, { recursive: true });
    return medium;
  });
}

function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = 7; at < length; at++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    bytes[at] = state >> 16;
  }
  return bytes;
}

function written(content: Buffer, { data, spare, segmentBytes = 1_024, segmentsPerFile = 3 }: Cut) {
  const writer = new VolumeWriter({
    media: media(data + spare),
    stream: 'hr',
    number: 7,
    dataVolumes: data,
    spareVolumes: spare,
    segmentBytes,
    segmentsPerFile,
    codec,
  });
  for (let at = 0; at < content.length; at += 777) writer.write(content.subarray(at, at + 777));
  const { segmentDigests, ...shape } = writer.end();
  const folders = writer.publish(Buffer.from('the manifest'), sha256(Buffer.from('a digest')));
  return { shape, segmentDigests, segmentsPerFile, folders };
}

async function read(volumes: ReturnType<typeof written>, folders: readonly (string | undefined)[] = volumes.folders) {
  const places = folders.map((folder) => (folder === undefined ? [] : [folder]));
  return readPlaces(volumes, places);
}

async function readPlaces(volumes: ReturnType<typeof written>, folders: readonly (readonly string[])[]) {
  const reader = new VolumeReader({ ...volumes, folders, codec });
  const chunks: Uint8Array[] = [];
  for await (const chunk of reader.ageFile()) chunks.push(Uint8Array.from(chunk));
  return { bytes: Buffer.concat(chunks), reader };
}

describe('volumes', () => {
  it.each([
    [1, 0, 1],
    [1, 0, 5_000],
    [2, 1, 1],
    [2, 1, 2_048],
    [2, 1, 2_049],
    [3, 2, 10_000],
    [5, 3, 40_961],
  ])('%i volumes and %i spare ones give %i bytes back, whichever spare count is lost', async (data, spare, length) => {
    const content = bytesOf(length);
    const volumes = written(content, { data, spare });
    expect((await read(volumes)).bytes.equals(content)).toBe(true);
    for (let lost = 0; lost < data + spare && spare > 0; lost++) {
      const folders = volumes.folders.map((folder, index) =>
        (index - lost + data + spare) % (data + spare) < spare ? undefined : folder,
      );
      expect((await read(volumes, folders)).bytes.equals(content)).toBe(true);
    }
  });

  it('one volume without a spare one is the age file itself, cut in files', () => {
    const content = bytesOf(10_000);
    const [folder] = written(content, { data: 1, spare: 0 }).folders as [string];
    const files = readdirSync(folder)
      .filter((name) => name !== 'manifest')
      .sort();
    expect(files).toEqual(['volume-1.000', 'volume-1.001', 'volume-1.002', 'volume-1.003']);
    const whole = Buffer.concat(files.map((name) => readFileSync(join(folder, name))));
    expect(whole.equals(content)).toBe(true);
    expect(readFileSync(join(folder, files[0] as string))).toHaveLength(3 * 1_024);
  });

  it('repairs a changed byte, a short file and a missing one on different sticks, and counts them', async () => {
    const content = bytesOf(30_000);
    const volumes = written(content, { data: 3, spare: 1 });
    const [first, second, third] = volumes.folders as [string, string, string];
    const changed = readFileSync(join(first, 'volume-1.000'));
    changed[0] = (changed[0] as number) ^ 1;
    writeFileSync(join(first, 'volume-1.000'), changed);
    writeFileSync(join(second, 'volume-2.001'), readFileSync(join(second, 'volume-2.001')).subarray(0, 2_048));
    rmSync(join(third, 'volume-3.002'));
    const { bytes, reader } = await read(volumes);
    expect(bytes.equals(content)).toBe(true);
    expect(reader.volumes.map(({ damagedSegments }) => damagedSegments)).toEqual([1, 1, 3, 0]);
    expect(reader.repairedStripes).toBe(5);
  });

  it('names what is missing where one more is lost than can be repaired', async () => {
    const volumes = written(bytesOf(5_000), { data: 2, spare: 1 });
    const folders = [volumes.folders[0], undefined, undefined];
    await expect(read(volumes, folders)).rejects.toMatchObject({
      code: 'volume-missing',
      seen: 'Of 3 volumes any 2 suffice; volume 2, 3 is missing.',
    });
  });

  it('names what is damaged where no volume is missing', async () => {
    const volumes = written(bytesOf(5_000), { data: 1, spare: 0 });
    writeFileSync(join(volumes.folders[0] as string, 'volume-1.001'), 'scratched');
    await expect(read(volumes)).rejects.toMatchObject({ code: 'bundle-damaged' });
  });

  it('is found by its manifest, on the medium or below it, in any case of letters; an unfinished one is told apart', () => {
    const volumes = written(bytesOf(100), { data: 1, spare: 0 });
    const [medium] = media(1) as [string];
    mkdirSync(join(medium, 'identity-diode-hr-8-1of1.unfinished'));
    const copy = join(root, 'copied by hand');
    mkdirSync(copy);
    writeFileSync(join(copy, 'MANIFEST'), 'the manifest');
    writeFileSync(join(copy, 'VOLUME-2.000'), 'bytes');
    const { found, unfinished } = scanMedia([medium, copy]);
    expect(found.map(({ folder, volumes: which }) => [folder, which])).toEqual([
      [volumes.folders[0], [0]],
      [copy, [1]],
    ]);
    expect(unfinished).toEqual([join(medium, 'identity-diode-hr-8-1of1.unfinished')]);
    expect(foldersByVolume(found, 2)).toEqual([volumes.folders, [copy]]);
  });

  it('are read from each copy that is there: none keeps another one from being read', async () => {
    const content = bytesOf(30_000);
    const volumes = written(content, { data: 2, spare: 0 });
    const [first = '', second = ''] = volumes.folders;
    const [forged, copy] = [join(root, 'forged'), join(root, 'copy')];
    for (const folder of [forged, copy]) mkdirSync(folder);
    for (const file of readdirSync(first)) writeFileSync(join(copy, file), readFileSync(join(first, file)));
    writeFileSync(join(first, 'volume-1.000'), 'scratched');
    writeFileSync(join(copy, 'volume-1.001'), 'scratched');
    for (const name of ['manifest', 'volume-1.000', 'volume-2.000', 'volume-2.001'])
      writeFileSync(join(forged, name), Buffer.alloc(3_072, 7));
    const { bytes, reader } = await readPlaces(volumes, [
      [forged, first, copy],
      [forged, second],
    ]);
    expect(bytes.equals(content)).toBe(true);
    expect(reader.volumes.map(({ damagedSegments }) => damagedSegments)).toEqual([0, 0]);
    // Many folders on one stick are one place, so that they fill up nothing.
    const { found } = scanMedia([root]);
    expect(foldersByVolume(found, 1)).toHaveLength(1);
    expect(foldersByVolume(found, 1)[0]).toHaveLength(1);
  });

  it('leaves nothing where it is given up, and takes away what a killed export of the stream left', () => {
    const [medium] = media(1) as [string];
    mkdirSync(join(medium, 'identity-diode-hr-6-1of1.unfinished'));
    mkdirSync(join(medium, 'identity-diode-hr-2-6-1of1.unfinished'));
    const writer = new VolumeWriter({
      media: [medium],
      stream: 'hr',
      number: 7,
      dataVolumes: 1,
      spareVolumes: 0,
      segmentBytes: 1_024,
      segmentsPerFile: 3,
      codec,
    });
    writer.write(bytesOf(5_000));
    expect(readdirSync(medium).sort()).toEqual([
      'identity-diode-hr-2-6-1of1.unfinished',
      'identity-diode-hr-7-1of1.unfinished',
    ]);
    writer.abandon();
    expect(readdirSync(medium)).toEqual(['identity-diode-hr-2-6-1of1.unfinished']);
  });

  it('leaves no finished volume on one medium where another fails when it is published', () => {
    const [first, second] = media(2) as [string, string];
    const writer = new VolumeWriter({
      media: [first, second],
      stream: 'hr',
      number: 7,
      dataVolumes: 2,
      spareVolumes: 0,
      segmentBytes: 1_024,
      segmentsPerFile: 3,
      codec,
    });
    writer.write(bytesOf(5_000));
    writer.end();
    rmSync(second, { recursive: true });
    const publish = () => writer.publish(Buffer.from('the manifest'), sha256(Buffer.from('a digest')));
    expect(publish).toThrow(expect.objectContaining({ code: 'medium-missing' }));
    expect(readdirSync(first)).toEqual([expect.stringMatching(/^identity-diode-hr-7-[0-9a-f]{8}-1of2$/)]);
    writer.abandon();
    expect(readdirSync(first)).toEqual([]);
  });
});

/** Volumes on media and bundles for the receiver get their names last: each sync before that is there, and each is needed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ImportFileWriter } from '../../../receiver/media/import-file.ts';
import { BlockCodec } from '../../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../../src/fec/kernel-module.ts';
import { VolumeWriter } from '../../../src/media/volume-writer.ts';
import { type DiskStep, RecordedDisk, unsynced } from '../../support/recorded-disk.ts';

const mocked = vi.hoisted(() => ({ disk: undefined as RecordedDisk | undefined }));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>();
  const through =
    (name: keyof RecordedDisk['fs']) =>
    (...args: never[]) =>
      ((mocked.disk?.fs[name] ?? real[name]) as (...given: never[]) => unknown)(...args);
  const names = ['openSync', 'writeSync', 'fsyncSync', 'mkdirSync', 'renameSync'] as const;
  return { ...real, ...Object.fromEntries(names.map((name) => [name, through(name)])) };
});

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'synced-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function stepsOf(work: () => void): readonly DiskStep[] {
  const disk = new RecordedDisk();
  mocked.disk = disk;
  try {
    work();
  } finally {
    mocked.disk = undefined;
  }
  return disk.steps;
}

/** 5 segments of 64 bytes in files of 2, with a spare volume. */
function writeVolumes(): void {
  const writer = new VolumeWriter({
    media: [folder, folder, folder],
    stream: 'hr',
    number: 1,
    dataVolumes: 2,
    spareVolumes: 1,
    segmentBytes: 64,
    segmentsPerFile: 2,
    codec: new BlockCodec(loadKernelModule()),
  });
  writer.write(Buffer.alloc(600, 1));
  writer.end();
  writer.publish(Buffer.from('manifest'), Buffer.alloc(32, 2));
}

function writeImport(): void {
  const writer = new ImportFileWriter(join(folder, 'imports'), 'ab'.repeat(32), Buffer.from('manifest'));
  writer.addFrame(Buffer.alloc(1_024 * 1_024));
  writer.addFrame(Buffer.from('the last frame'));
  writer.publish();
}

describe.each([
  ['the volumes of a bundle', writeVolumes, 3],
  ['a bundle for the receiver', writeImport, 1],
])('%s', (_, work, renames) => {
  it('is on disk before it has its name, and its name when it is published', () => {
    const steps = stepsOf(work);
    expect(steps.filter(({ step }) => step === 'rename')).toHaveLength(renames);
    expect(unsynced(steps)).toEqual([]);
  });

  it('could be lost or there in part without any file’s sync', () => {
    const steps = stepsOf(work);
    const written = new Set(steps.filter(({ step }) => step === 'write').map(({ path }) => path));
    const without = steps.flatMap((each, at) =>
      each.step === 'sync' && written.has(each.path) ? [steps.filter((_step, other) => other !== at)] : [],
    );
    expect(without.length).toBeGreaterThanOrEqual(renames);
    for (const rest of without) expect(unsynced(rest)).not.toEqual([]);
  });
});

/**
 * age file ─► [volume writer] ─► volumes under a temporary name ─► manifest ─► synced ─► renamed. One stripe in memory. A
 * medium that is pulled out half way keeps the temporary name, or a segment that its digest contradicts.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory } from '../config/durable-file.ts';
import { sha256 } from '../crypto/digest.ts';
import { writeAll } from '../ops/write-all.ts';
import { storedBytes, stripeAt, type VolumeShape } from '../wire/volume-layout.ts';
import { onMedium } from './medium-error.ts';
import { type ColumnCodec, spareColumns } from './volume-coder.ts';
import { finishedFolder, isUnfinishedFolder, MANIFEST_FILE, unfinishedFolder, volumeFile } from './volume-folder.ts';

export interface VolumeWriterOptions {
  /** The folder on which each volume is made: as many as volumes. */
  readonly media: readonly string[];
  readonly stream: string;
  readonly number: number;
  readonly dataVolumes: number;
  readonly spareVolumes: number;
  readonly segmentBytes: number;
  readonly segmentsPerFile: number;
  readonly codec: ColumnCodec;
}

interface Volume {
  readonly medium: string;
  /** Where it lies: renamed when it is published. */
  folder: string;
  readonly digests: Uint8Array[];
  file: number | undefined;
}

export class VolumeWriter {
  readonly #options: VolumeWriterOptions;
  readonly #volumes: readonly Volume[];
  readonly #stripe: Buffer;
  #filled = 0;
  #written = 0;
  #stripes = 0;

  /** Makes the folders. Throws DiodeError `medium-missing`, `medium-unwritable`, `medium-full`, `medium-failed`, as all below. */
  constructor(options: VolumeWriterOptions) {
    this.#options = options;
    this.#stripe = Buffer.alloc(options.dataVolumes * options.segmentBytes);
    const volumes: Volume[] = [];
    this.#volumes = volumes;
    try {
      for (const [volume, medium] of options.media.entries()) {
        const folder = join(medium, unfinishedFolder(this.#name(volume)));
        onMedium(medium, () => {
          removeUnfinished(medium, options.stream, volumes);
          mkdirSync(folder);
        });
        volumes.push({ medium, folder, digests: [], file: undefined });
      }
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  write(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const taken = Math.min(chunk.length - at, this.#stripe.length - this.#filled);
      this.#stripe.set(chunk.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === this.#stripe.length) this.#writeStripe();
    }
  }

  /** All of the age file was written: what a manifest says of it. */
  end(): VolumeShape & { readonly segmentDigests: readonly Uint8Array[] } {
    if (this.#filled > 0) this.#writeStripe();
    for (const volume of this.#volumes) this.#closeFile(volume);
    const { dataVolumes, spareVolumes, segmentBytes } = this.#options;
    const segmentDigests = this.#volumes.map(({ digests }) => Buffer.concat(digests));
    return { dataVolumes, spareVolumes, segmentBytes, cipherBytes: this.#written, segmentDigests };
  }

  /** Durable under their final names when it returns; these. `digest`: of the manifest's body. */
  publish(manifest: Uint8Array, digest: Uint8Array): readonly string[] {
    return this.#volumes.map((volume, index) =>
      onMedium(volume.medium, () => {
        writeSynced(join(volume.folder, MANIFEST_FILE), manifest);
        syncDirectory(volume.folder);
        const final = join(volume.medium, finishedFolder(this.#name(index), digest));
        renameSync(volume.folder, final);
        volume.folder = final;
        syncDirectory(volume.medium);
        return final;
      }),
    );
  }

  /** Nothing of it stays, as far as the media still answer: no published volume either, where a later one failed. */
  abandon(): void {
    for (const { folder, file } of this.#volumes) {
      try {
        if (file !== undefined) closeSync(file);
        rmSync(folder, { recursive: true, force: true });
      } catch {
        // Pulled out: what lies there keeps the name of what is unfinished.
      }
    }
  }

  #writeStripe(): void {
    const { dataVolumes, spareVolumes, codec, segmentsPerFile } = this.#options;
    this.#stripe.fill(0, this.#filled);
    this.#written += this.#filled;
    const shape = { ...this.#options, cipherBytes: this.#written };
    const stripe = stripeAt(shape, this.#stripes);
    const data = Array.from({ length: dataVolumes }, (_, index) =>
      this.#stripe.subarray(index * stripe.columnBytes, (index + 1) * stripe.columnBytes),
    );
    for (const [index, column] of [...data, ...spareColumns(codec, data, spareVolumes)].entries()) {
      const volume = this.#volumes[index] as Volume;
      const segment = column.subarray(0, storedBytes(shape, stripe, index));
      onMedium(volume.medium, () => {
        if (this.#stripes % segmentsPerFile === 0) this.#openFile(volume, index);
        writeAll(volume.file as number, segment);
      });
      volume.digests.push(sha256(segment));
    }
    this.#stripes++;
    this.#filled = 0;
  }

  #openFile(volume: Volume, index: number): void {
    this.#closeFile(volume);
    volume.file = openSync(join(volume.folder, volumeFile(index, this.#stripes / this.#options.segmentsPerFile)), 'wx');
  }

  #closeFile(volume: Volume): void {
    const { file } = volume;
    if (file === undefined) return;
    volume.file = undefined;
    onMedium(volume.medium, () => {
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    });
  }

  #name(volume: number) {
    const { stream, number, media } = this.#options;
    return { stream, number, volume, volumes: media.length };
  }
}

/** What an export that was killed left there. */
function removeUnfinished(medium: string, stream: string, own: readonly Volume[]): void {
  for (const name of readdirSync(medium)) {
    const path = join(medium, name);
    if (!isUnfinishedFolder(name, stream) || own.some(({ folder }) => folder === path)) continue;
    rmSync(path, { recursive: true, force: true });
  }
}

function writeSynced(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx');
  try {
    writeAll(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

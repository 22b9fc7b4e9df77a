/**
 * volumes ─► [volume reader] ─► age file. Each segment is compared with its digest before it is used; what is missing,
 * unreadable or changed is repaired from spare volumes. One stripe in memory.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes, sha256 } from '../crypto/digest.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { DIGEST_BYTES } from '../wire/frame.ts';
import { type Stripe, storedBytes, stripeAt, stripeCount, type VolumeShape } from '../wire/volume-layout.ts';
import { type ColumnCodec, dataColumns } from './volume-coder.ts';
import { volumeFile } from './volume-folder.ts';

export interface VolumeReaderOptions {
  readonly shape: VolumeShape;
  readonly segmentsPerFile: number;
  readonly segmentDigests: readonly Uint8Array[];
  /** By volume: where its files are, each tried for a segment; none where it is not at hand. */
  readonly folders: readonly (readonly string[])[];
  readonly codec: ColumnCodec;
}

export interface VolumeState {
  /** From 0. */
  readonly volume: number;
  readonly isMissing: boolean;
  /** Segments that are unreadable or are not what was written, as far as they were needed. */
  readonly damagedSegments: number;
}

export class VolumeReader {
  readonly #options: VolumeReaderOptions;
  readonly #damaged: number[];
  readonly #files = new Map<string, number>();
  #repaired = 0;

  constructor(options: VolumeReaderOptions) {
    this.#options = options;
    this.#damaged = options.folders.map(() => 0);
  }

  /** Throws DiodeError `volume-missing` and `bundle-damaged` where too little is there; closes its files in any case. */
  async *ageFile(): AsyncIterable<Uint8Array> {
    const { shape } = this.#options;
    try {
      for (let index = 0; index < stripeCount(shape); index++) {
        const stripe = stripeAt(shape, index);
        let left = stripe.bytes;
        for (const column of this.#dataOf(stripe)) {
          const bytes = column.subarray(0, Math.min(left, stripe.columnBytes));
          left -= bytes.length;
          if (bytes.length > 0) yield bytes;
        }
      }
    } finally {
      for (const file of this.#files.values()) closeSync(file);
      this.#files.clear();
    }
  }

  get volumes(): readonly VolumeState[] {
    return this.#options.folders.map((places, volume) => ({
      volume,
      isMissing: places.length === 0,
      damagedSegments: this.#damaged[volume] as number,
    }));
  }

  /** Stripes of which a column was lost and given back. */
  get repairedStripes(): number {
    return this.#repaired;
  }

  #dataOf(stripe: Stripe): readonly Uint8Array[] {
    const { shape, codec } = this.#options;
    const { dataVolumes, spareVolumes } = shape;
    const columns: (Uint8Array | undefined)[] = [];
    let present = 0;
    for (
      let volume = 0;
      volume < dataVolumes + spareVolumes && (volume < dataVolumes || present < dataVolumes);
      volume++
    ) {
      const column = this.#column(stripe, volume);
      columns.push(column);
      if (column !== undefined) present++;
    }
    const data = present < dataVolumes ? undefined : dataColumns(codec, columns, shape);
    if (data === undefined) throw this.#tooLittle();
    if (columns.slice(0, dataVolumes).some((column) => column === undefined)) this.#repaired++;
    return data;
  }

  /** Filled up to its length; undefined where it is not what was written. */
  #column(stripe: Stripe, volume: number): Uint8Array | undefined {
    const { shape, folders, segmentDigests } = this.#options;
    const places = folders[volume] ?? [];
    if (places.length === 0) return undefined;
    const bytes = storedBytes(shape, stripe, volume);
    const column = Buffer.alloc(stripe.columnBytes);
    const segment = column.subarray(0, bytes);
    const at = stripe.index * DIGEST_BYTES;
    const digest = (segmentDigests[volume] as Uint8Array).subarray(at, at + DIGEST_BYTES);
    const isWhole = (folder: string) =>
      this.#read(folder, volume, stripe.index, segment) && equalBytes(sha256(segment), digest);
    if (places.some(isWhole)) return column;
    this.#damaged[volume] = (this.#damaged[volume] as number) + 1;
    return undefined;
  }

  #read(folder: string, volume: number, index: number, segment: Buffer): boolean {
    if (segment.length === 0) return true;
    const { segmentsPerFile, shape } = this.#options;
    const name = volumeFile(volume, Math.floor(index / segmentsPerFile));
    const start = (index % segmentsPerFile) * shape.segmentBytes;
    try {
      const file = this.#open(folder, name);
      let done = 0;
      while (done < segment.length) {
        const read = readSync(file, segment, done, segment.length - done, start + done);
        if (read === 0) return false;
        done += read;
      }
      return true;
    } catch {
      // A sector, a file or the whole stick cannot be read: what is lost is the same.
      return false;
    }
  }

  #open(folder: string, name: string): number {
    const path = join(folder, name);
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const actual = readdirSync(folder).find((entry) => entry.toLowerCase() === name) ?? name;
    // What is no plain file, such as a pipe, could be read for ever.
    if (!statSync(join(folder, actual)).isFile()) throw new Error('no file');
    const file = openSync(join(folder, actual), 'r');
    this.#files.set(path, file);
    return file;
  }

  #tooLittle(): DiodeError {
    const { dataVolumes, spareVolumes } = this.#options.shape;
    const total = dataVolumes + spareVolumes;
    const missing = this.volumes.filter(({ isMissing }) => isMissing).map(({ volume }) => volume + 1);
    const damaged = this.volumes.filter(({ damagedSegments }) => damagedSegments > 0).map(({ volume }) => volume + 1);
    const need = `Of ${total} volumes any ${dataVolumes} suffice`;
    const bad = damaged.length > 0 ? ` volume ${damaged.join(', ')} is damaged;` : '';
    if (missing.length > 0) {
      const seen = `${need};${bad} volume ${missing.join(', ')} is missing.`;
      return new DiodeError('volume-missing', seen, 'Plug in what is missing and name all media in one command.');
    }
    const cure = 'Have the bundle exported again, onto other media.';
    return new DiodeError(
      'bundle-damaged',
      `${need}, but${bad.slice(0, -1)}, and no more are there to repair it.`,
      cure,
    );
  }
}

/**
 * By volume, of those that a bundle has: folders that have files of it, one of each medium. What one stick has under a name
 * that is another one's must not keep that one from being read.
 */
export function foldersByVolume(
  found: readonly { readonly medium: string; readonly folder: string; readonly volumes: readonly number[] }[],
  volumes: number,
): readonly (readonly string[])[] {
  return Array.from({ length: volumes }, (_, volume) => {
    const byMedium = new Map<string, string>();
    for (const { medium, folder, volumes: own } of found) {
      if (own.includes(volume) && !byMedium.has(medium)) byMedium.set(medium, folder);
    }
    return [...byMedium.values()];
  });
}

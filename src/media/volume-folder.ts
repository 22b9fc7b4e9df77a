/**
 * Names on a medium. A volume is a folder: the manifest and the files of one column (or of several, where they were copied
 * together).
 *
 *   identity-diode-hr-7-1f2e3d4c-1of3/manifest, volume-1.000, volume-1.001 …
 *
 * Until it is whole it is called identity-diode-hr-7-1of3.unfinished. Names are looked up in any case: FAT keeps none.
 */
import { MEDIA_LIMITS } from '../limits.ts';

export const MANIFEST_FILE = 'manifest';
const PREFIX = 'identity-diode-';
const UNFINISHED = '.unfinished';
const UNFINISHED_FOLDER = /^identity-diode-(.+)-\d+-\d+of\d+\.unfinished$/;
const VOLUME_FILE = /^volume-([1-9]\d?)\.(\d{3})$/;

export interface VolumeName {
  readonly stream: string;
  readonly number: number;
  /** From 0. */
  readonly volume: number;
  readonly volumes: number;
}

/** `digest`: of the manifest. */
export function finishedFolder({ stream, number, volume, volumes }: VolumeName, digest: Uint8Array): string {
  const start = Buffer.from(digest).toString('hex').slice(0, 8);
  return `${PREFIX}${stream}-${number}-${start}-${volume + 1}of${volumes}`;
}

export function unfinishedFolder({ stream, number, volume, volumes }: VolumeName): string {
  return `${PREFIX}${stream}-${number}-${volume + 1}of${volumes}${UNFINISHED}`;
}

/** `stream`: only of that one. */
export function isUnfinishedFolder(name: string, stream?: string): boolean {
  const of = UNFINISHED_FOLDER.exec(name.toLowerCase())?.[1];
  return of !== undefined && (stream === undefined || of === stream.toLowerCase());
}

/** `file`: from 0. */
export function volumeFile(volume: number, file: number): string {
  return `volume-${volume + 1}.${String(file).padStart(3, '0')}`;
}

/** The volume, from 0, that a file belongs to; undefined for any other file. */
export function volumeOf(fileName: string): number | undefined {
  const volume = Number(VOLUME_FILE.exec(fileName.toLowerCase())?.[1]);
  return volume >= 1 && volume <= MEDIA_LIMITS.maxVolumes ? volume - 1 : undefined;
}

export function isManifestFile(fileName: string): boolean {
  return fileName.toLowerCase() === MANIFEST_FILE;
}

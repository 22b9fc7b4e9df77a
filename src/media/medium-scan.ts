/** What lies on media: volumes by the manifest that stands in them. Nothing of it is trusted yet. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MEDIA_LIMITS } from '../limits.ts';
import { onMedium } from './medium-error.ts';
import { isManifestFile, isUnfinishedFolder, volumeOf } from './volume-folder.ts';

export interface FoundVolume {
  /** As it was named. */
  readonly medium: string;
  readonly folder: string;
  /** The file of that name, as it stands there. */
  readonly manifest: Uint8Array;
  /** Of which there are files, from 0. */
  readonly volumes: readonly number[];
}

export interface MediumContent {
  readonly found: readonly FoundVolume[];
  /** Folders of exports that did not end. */
  readonly unfinished: readonly string[];
}

/** Each medium may be a volume itself, or hold volumes. Throws DiodeError `medium-missing`, `medium-failed`. */
export function scanMedia(media: readonly string[]): MediumContent {
  const found: FoundVolume[] = [];
  const unfinished: string[] = [];
  for (const medium of media) {
    const names = onMedium(medium, () => readdirSync(medium)).slice(0, MEDIA_LIMITS.maxMediumEntries);
    const own = volumeIn(medium, names);
    if (own !== undefined) found.push({ medium, ...own });
    for (const name of names) {
      const folder = join(medium, name);
      if (isUnfinishedFolder(name)) unfinished.push(folder);
      else {
        const volume = volumeIn(folder, namesIn(folder));
        if (volume !== undefined) found.push({ medium, ...volume });
      }
    }
  }
  return { found, unfinished };
}

function volumeIn(folder: string, names: readonly string[]): Omit<FoundVolume, 'medium'> | undefined {
  const name = names.find(isManifestFile);
  if (name === undefined) return undefined;
  const volumes = [...new Set(names.flatMap((file) => volumeOf(file) ?? []))].sort((a, b) => a - b);
  const path = join(folder, name);
  try {
    const about = statSync(path);
    // What is no plain file, such as a pipe, could be read for ever.
    if (!about.isFile() || about.size > MEDIA_LIMITS.maxManifestBytes) return undefined;
    return { folder, manifest: readFileSync(path), volumes };
  } catch {
    // Unreadable: another volume has the same manifest.
    return undefined;
  }
}

/** None where it is no folder, or cannot be read. */
function namesIn(folder: string): readonly string[] {
  try {
    return statSync(folder).isDirectory() ? readdirSync(folder).slice(0, MEDIA_LIMITS.maxMediumEntries) : [];
  } catch {
    return [];
  }
}

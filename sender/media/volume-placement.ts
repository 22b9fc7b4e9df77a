/** Which volumes a bundle has, and which of them goes onto which medium. */
import { statSync } from 'node:fs';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { MEDIA_LIMITS } from '../../src/limits.ts';
import { onMedium } from '../../src/media/medium-error.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';

export interface VolumeOptions {
  readonly volumes?: number;
  readonly spare?: number;
  readonly fileMib?: number;
}

export interface Placement {
  /** Of each volume. */
  readonly media: readonly string[];
  readonly dataVolumes: number;
  readonly segmentsPerFile: number;
}

/** Throws DiodeError `usage` where volumes and media do not fit. */
export function placeVolumes(media: readonly string[], { volumes, spare, fileMib }: VolumeOptions): Placement {
  const spareVolumes = spare ?? (media.length > 1 && volumes === undefined ? 1 : 0);
  const dataVolumes = volumes ?? Math.max(1, media.length - spareVolumes);
  const total = dataVolumes + spareVolumes;
  if (total > MEDIA_LIMITS.maxVolumes) {
    throw new DiodeError('usage', `That makes ${total} volumes.`, `A bundle has at most ${MEDIA_LIMITS.maxVolumes}.`);
  }
  if (media.length !== 1 && media.length !== total) {
    const seen = `${dataVolumes} volumes and ${spareVolumes} spare ones do not fit ${media.length} media.`;
    throw new DiodeError('usage', seen, `Name ${total} media, one for each volume, or one for all of them.`);
  }
  const segmentMib = MEDIA_LIMITS.maxSegmentBytes / 1024 ** 2;
  const perFile = fileMib === undefined ? MEDIA_LIMITS.segmentsPerFile : Math.floor(fileMib / segmentMib);
  if (perFile < 1 || perFile * MEDIA_LIMITS.maxSegmentBytes > MEDIA_LIMITS.maxFileBytes) {
    throw new DiodeError('usage', `Files of ${fileMib} MiB cannot be made.`, `Give ${segmentMib} to 4095.`);
  }
  const places = Array.from({ length: total }, (_, index) => (media.length === 1 ? media[0] : media[index]) as string);
  return { media: places, dataVolumes, segmentsPerFile: perFile };
}

/** Names of files have three digits, so that `volume-1.*` sorts. Throws DiodeError `usage` where more would be needed. */
export function requireFewFiles({ dataVolumes, segmentsPerFile }: Placement, contentBytes: number): void {
  // The age format adds 16 bytes to 64 KiB, and a header of 200 bytes for each receiver.
  const cipherBytes = contentBytes * (1 + 1 / 4_096) + 64 * 1024;
  const segments = Math.ceil(cipherBytes / (dataVolumes * MEDIA_LIMITS.maxSegmentBytes));
  const files = Math.ceil(segments / segmentsPerFile);
  if (files <= MEDIA_LIMITS.maxVolumeFiles) return;
  const least = Math.ceil(segments / MEDIA_LIMITS.maxVolumeFiles) * (MEDIA_LIMITS.maxSegmentBytes / 1024 ** 2);
  const seen = `A volume of this bundle would have ${files} files, and may have ${MEDIA_LIMITS.maxVolumeFiles}.`;
  throw new DiodeError('usage', seen, `Give --file-mib ${least} or more, or leave it out. Nothing was exported.`);
}

/** What an operator may have overlooked. */
export function warningsOf(layout: DirectoryLayout, media: readonly string[]): readonly string[] {
  const own = statSync(layout.directory).dev;
  return media
    .filter((medium) => onMedium(medium, () => statSync(medium).dev) === own)
    .map(
      (medium) => `Note: ${medium} lies on the disk of ${layout.directory}. If it should be a stick: is it mounted?`,
    );
}

/** Which bundle on the media is meant, and where its volumes are. Its manifest is trusted, its content not yet. Pure. */
import { MEDIA_LIMITS } from '../../src/limits.ts';
import { bundleCode } from '../../src/media/bundle-code.ts';
import type { FoundVolume, MediumContent } from '../../src/media/medium-scan.ts';
import { foldersByVolume } from '../../src/media/volume-reader.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { type ManifestTrust, openManifest, type TrustedManifest } from './bundle-manifest.ts';

export interface ChosenBundle extends TrustedManifest {
  /** By volume: where its files are; none where it is not at hand. */
  readonly folders: readonly (readonly string[])[];
}

/**
 * `number`: the one that was asked for. Bundles that `isImported` are left out where another one is there. Throws DiodeErrors
 * of `openManifest` where no manifest is one of ours, `bundle-missing`, `bundle-unfinished`, `usage` where several are meant.
 */
export function chooseBundle(
  { found, unfinished }: MediumContent,
  trust: ManifestTrust,
  {
    number,
    isImported,
  }: { readonly number?: number | undefined; readonly isImported: (digest: Uint8Array) => boolean },
): ChosenBundle {
  const { bundles, problem } = openAll(found, trust);
  const asked = bundles.filter(({ manifest }) => number === undefined || manifest.number === number);
  const fresh = asked.filter(({ digest }) => !isImported(digest));
  const candidates = fresh.length > 0 ? fresh : asked.slice(-1);
  const [chosen, other] = candidates;
  if (chosen === undefined) throw nothing({ unfinished, number, problem, bundles });
  if (other !== undefined) throw several(candidates);
  const { dataVolumes, spareVolumes } = chosen.manifest;
  return { ...chosen, folders: foldersByVolume(chosen.places, dataVolumes + spareVolumes) };
}

interface PlacedBundle extends TrustedManifest {
  readonly places: FoundVolume[];
}

/**
 * Each bundle once, by its number. A manifest that is none of ours is a problem only where none is. By what is signed, and not by
 * the file that it stands in: one stick whose file was changed around it must not part a bundle from the others.
 */
function openAll(found: readonly FoundVolume[], trust: ManifestTrust) {
  const bundles = new Map<string, PlacedBundle>();
  let problem: unknown;
  for (const place of found) {
    try {
      const opened = openManifest(place.manifest, place.folder, trust);
      const digest = opened.digest.toString('hex');
      const bundle = bundles.get(digest) ?? { ...opened, places: [] };
      bundle.places.push(place);
      bundles.set(digest, bundle);
    } catch (error) {
      problem ??= error;
    }
  }
  const byNumber = (a: TrustedManifest, b: TrustedManifest) =>
    a.manifest.head.epoch - b.manifest.head.epoch || a.manifest.number - b.manifest.number;
  return { bundles: [...bundles.values()].sort(byNumber), problem };
}

/** A sender that was set back gives a number twice: then the number names none. */
function several(candidates: readonly PlacedBundle[]): DiodeError {
  const numbers = candidates.map(({ manifest }) => manifest.number);
  const [first] = numbers;
  const same = candidates.filter(({ manifest }) => manifest.number === first);
  const seen = `These media hold several bundles that were not imported yet: ${numbers.join(', ')}.`;
  const where = same.map(({ digest, places }) => {
    const folders = [...new Set(places.map(({ folder }) => folder))].slice(0, MEDIA_LIMITS.maxVolumes);
    return `${bundleCode(digest)} is ${folders.join(' ')}`;
  });
  const cure =
    same.length === 1
      ? `Import them in their order, the first with --bundle ${first}.`
      : `Compare their codes with the papers, and name the folders of one in place of the media: ${where.join('; ')}.`;
  return new DiodeError('usage', seen, cure);
}

function nothing(what: {
  readonly unfinished: readonly string[];
  readonly number: number | undefined;
  readonly problem: unknown;
  readonly bundles: readonly TrustedManifest[];
}): unknown {
  const { unfinished, number, problem, bundles } = what;
  if (bundles.length > 0) {
    const there = bundles.map(({ manifest }) => manifest.number).join(', ');
    return new DiodeError(
      'bundle-missing',
      `There is no bundle ${number} on these media; there is ${there}.`,
      'Name another.',
    );
  }
  if (problem !== undefined) return problem;
  if (unfinished.length > 0) {
    const seen = `${unfinished.join(', ')} was never finished: the medium was pulled out, or the export stopped.`;
    return new DiodeError('bundle-unfinished', seen, 'Have the bundle exported again; nothing was changed here.');
  }
  const seen = 'There is no bundle on these media.';
  return new DiodeError(
    'bundle-missing',
    seen,
    'Name the folder where the stick is mounted, and look which stick it is.',
  );
}

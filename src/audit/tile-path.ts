/** Where C2SP tlog-tiles keeps what: tile/<L>/<N>[.p/<W>] for hashes, tile/entries/<N>[.p/<W>] for entries. */

/** Hashes in a full tile, and levels of the tree that one tile spans. */
export const TILE_WIDTH = 256;
export const TILE_LEVELS = 8;

export interface TileName {
  /** Level of the tile, each of 8 levels of the tree; `entries` for the bundle beside level 0. */
  readonly level: number | 'entries';
  readonly index: number;
  /** 1 to 256; below 256 it is a partial tile. */
  readonly width: number;
}

/** 1234067 → x001/x234/067. */
export function tilePath({ level, index, width }: TileName): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/\d{3}/g) as string[];
  const path = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** How many hashes of a tree of `size` entries stand at a tile level. */
export function hashesAtLevel(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

export interface HashTileName extends TileName {
  readonly level: number;
}

/** The partial tiles of a tree of `size` entries, from level 0 up; none where a level is made of full tiles. */
export function partialTiles(size: number): HashTileName[] {
  const tiles: HashTileName[] = [];
  for (let level = 0; hashesAtLevel(size, level) > 0; level++) {
    const hashes = hashesAtLevel(size, level);
    const width = hashes % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width });
  }
  return tiles;
}

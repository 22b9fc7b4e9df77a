/** Whether boundaries are separate: no two of them share a key, stream, topic, id or credential. */
import type { Inventory, InventoryItem } from './inventory.ts';

export interface NamedInventory {
  /** As messages name it. */
  readonly file: string;
  readonly inventory: Inventory;
}

export interface Holder {
  readonly boundary: string;
  readonly file: string;
  readonly kind: InventoryItem['kind'];
  readonly place: string;
}

/** One thing that at least two boundaries have, and everybody who has it. */
export interface SharedThing {
  readonly holders: readonly Holder[];
  /** A token issuer's public key, and nothing but that: `--allow-issuer-keys` lets it pass. */
  readonly isIssuerKey: boolean;
}

/** In the order in which they are first met. */
export function findShared(inventories: readonly NamedInventory[]): readonly SharedThing[] {
  const holdersOf = new Map<string, Holder[]>();
  for (const { file, inventory } of inventories) {
    for (const { kind, place, digest } of inventory.items) {
      const holder = { boundary: inventory.boundary, file, kind, place };
      const known = holdersOf.get(digest);
      if (known === undefined) holdersOf.set(digest, [holder]);
      else known.push(holder);
    }
  }
  return [...holdersOf.values()]
    .filter((holders) => new Set(holders.map(({ boundary }) => boundary)).size > 1)
    .map((holders) => ({ holders, isIssuerKey: holders.every(({ kind }) => kind === 'issuer-key') }));
}

/** The boundaries of which only one side's inventory is there: what the other side has was not compared. */
export function findOneSided(inventories: readonly NamedInventory[]): readonly Inventory[] {
  return inventories
    .map(({ inventory }) => inventory)
    .filter(({ boundary, program }) =>
      inventories.every(({ inventory }) => inventory.boundary !== boundary || inventory.program === program),
    );
}

/**
 * What one DIR holds that no other boundary may have, without saying what it is: so that inventories of several boundaries
 * can be compared by somebody who may see none of their configs. Each value is an HMAC under a secret of the site: equal
 * values have equal digests, and nobody without the secret can try names or passwords against one.
 */
import { inventoryDigest } from '../crypto/digest.ts';
import { INVENTORY_LIMITS } from '../limits.ts';
import type { Program } from './directory-layout.ts';
import { list, matching, name, oneOf, section, text, z } from './schema.ts';

/**
 * `key`: a key pair or a public key, by its SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), in whatever file it lies; `issuer-key`:
 * likewise, of a token issuer; `id`: a name by which something is let in, such as a user of Kafka.
 */
const ITEM_KINDS = ['key', 'issuer-key', 'stream', 'topic', 'id', 'credential'] as const;

export type ItemKind = (typeof ITEM_KINDS)[number];

export interface InventoryItem {
  readonly kind: ItemKind;
  /** Where it stands, such as `keys/signing.key`; never what it is. */
  readonly place: string;
  /** Base64url, 16 bytes. */
  readonly digest: string;
}

/** A thing of a DIR, before it is redacted. */
export interface Possession {
  readonly kind: ItemKind;
  readonly place: string;
  readonly value: string | Uint8Array;
}

export interface Inventory {
  readonly 'identity-diode': 'inventory';
  readonly version: 1;
  readonly boundary: string;
  readonly program: Program;
  /** ISO 8601. */
  readonly at: string;
  /** Tells whether two inventories were made under one secret, and nothing else of it. */
  readonly secretCheck: string;
  readonly items: readonly InventoryItem[];
}

export interface InventoryOwner {
  readonly boundary: string;
  readonly program: Program;
  readonly nowMs: number;
}

const digest = matching('a digest: 22 characters of base64url', (value) => /^[A-Za-z0-9_-]{22}$/.test(value));

const inventorySchema = section({
  'identity-diode': oneOf(['inventory']),
  version: z.literal(1),
  boundary: name(),
  program: oneOf(['diode-sender', 'diode-receiver']),
  at: text('a time'),
  secretCheck: digest,
  items: list(
    section({
      kind: oneOf(ITEM_KINDS),
      place: text('where it stands', INVENTORY_LIMITS.maxPlaceBytes),
      digest,
    }),
    { max: INVENTORY_LIMITS.maxItems },
  ),
}) satisfies z.ZodType<Inventory>;

export function makeInventory(
  { boundary, program, nowMs }: InventoryOwner,
  possessions: readonly Possession[],
  secret: Uint8Array,
): Inventory {
  return {
    'identity-diode': 'inventory',
    version: 1,
    boundary,
    program,
    at: new Date(nowMs).toISOString(),
    secretCheck: inventoryDigest(secret, 'secret', ''),
    items: possessions.map(({ kind, place, value }) => {
      return { kind, place, digest: inventoryDigest(secret, kind === 'issuer-key' ? 'key' : kind, value) };
    }),
  };
}

/** Undefined for what is no inventory. Never throws. */
export function parseInventory(content: string): Inventory | undefined {
  try {
    return inventorySchema.parse(JSON.parse(content));
  } catch {
    return undefined;
  }
}

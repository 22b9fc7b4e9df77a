/**
 *   lane 254 ─► root statements, trust bundle ─► here, where no root is pinned
 *
 * Without a root nothing that the sender carries can be believed: the key of its card alone counts, and goes on counting when
 * the root holders let it end. So a bundle's own word is looked at for that one question, and people are told in time. Pure.
 */
import { equalBytes, sha256Hex } from '../../src/crypto/digest.ts';
import { readBundleContent, readBundleJws, type TrustedStream } from '../../src/trust/trust-bundle.ts';
import { isProblem } from '../../src/trust/trust-problem.ts';

/** What the bundle says of the card's key: it does not name it, lets it end, or names another one beside it. */
export type UnpinnedConcern = 'unlisted' | 'ends' | 'other-key';

export interface UnpinnedStatus {
  readonly bundles: number;
  /** By its own word, of the newest that could be read: an old one that is played again says nothing. */
  readonly last?: { readonly root: number; readonly version: number; readonly concern?: UnpinnedConcern };
}

export class UnpinnedTrust {
  readonly #card: { readonly stream: string; readonly signingKey: Uint8Array };
  #bundles = 0;
  #seen: string | undefined;
  #last: UnpinnedStatus['last'];

  constructor(card: { readonly stream: string; readonly signingKey: Uint8Array }) {
    this.#card = card;
  }

  handleCarried(_nowMs: number, texts: readonly string[]): void {
    this.#bundles++;
    const text = texts.at(-1) ?? '';
    const sha256 = sha256Hex(text);
    if (sha256 === this.#seen) return;
    this.#seen = sha256;
    const jws = readBundleJws(text);
    const content = isProblem(jws) ? jws : readBundleContent(jws.payload);
    if (isProblem(content)) return;
    const { root, version, senders } = content;
    if (isOlder({ root, version }, this.#last)) return;
    const { stream, signingKey } = this.#card;
    const concern = concernOf(
      senders.find((sender) => sender.stream === stream),
      signingKey,
    );
    this.#last = { root, version, ...(concern && { concern }) };
  }

  poll(): void {}

  get status(): UnpinnedStatus {
    return { bundles: this.#bundles, ...(this.#last && { last: this.#last }) };
  }
}

interface Numbered {
  readonly root: number;
  readonly version: number;
}

function isOlder(bundle: Numbered, last: Numbered = bundle): boolean {
  return bundle.root === last.root ? bundle.version < last.version : bundle.root < last.root;
}

/** None of a bundle for other streams. */
function concernOf(sender: TrustedStream | undefined, signingKey: Uint8Array): UnpinnedConcern | undefined {
  if (sender === undefined) return undefined;
  const own = sender.keys.find((key) => equalBytes(key.signingKey, signingKey));
  if (own === undefined) return 'unlisted';
  if (own.passiveFromMs !== undefined || own.revokedFromMs !== undefined) return 'ends';
  return sender.keys.some((key) => key !== own && key.revokedFromMs === undefined) ? 'other-key' : undefined;
}

/**
 * files, control blocks ─► **trust state** ─► trusted keys, token policy
 *
 * What this side believes of keys: the chain of roots from the pinned one on, and the newest bundle. It changes by signatures
 * alone, never by who brings them. Pure.
 */
import { TRUST_LIMITS } from '../../src/limits.ts';
import { judgeNextRoot, type RootStatement, readRootContent, readRootJws } from '../../src/trust/root-statement.ts';
import { judgeBundle, type TrustBundle } from '../../src/trust/trust-bundle.ts';
import { isProblem, problem, type TrustProblem } from '../../src/trust/trust-problem.ts';
import { orphanProblem } from '../tokens/orphaned-tokens.ts';
import type { LiveKey } from '../tokens/token-table.ts';

export interface TrustState {
  /** The pinned one first; each signed by those before it. */
  readonly roots: readonly RootStatement[];
  readonly bundle: TrustBundle | undefined;
}

export interface TrustContext {
  /** The one that this receiver serves; undefined where none is chosen yet. */
  readonly stream: string | undefined;
  readonly nowMs: number;
  /** Of current tokens that have not expired, the keys; a bundle may not drop one of them by mistake. */
  readonly liveKeys?: readonly LiveKey[];
}

export type Adoption =
  | { readonly outcome: 'adopted'; readonly state: TrustState }
  /** All of it was known. */
  | { readonly outcome: 'known'; readonly state: TrustState }
  /** `at`: which of the texts, from 0. Nothing of any of them is adopted. */
  | { readonly outcome: 'refused'; readonly problem: TrustProblem; readonly at: number };

/** Root statements, in any order, and at most one bundle; all of them or nothing. */
export function adopt(state: TrustState, texts: readonly string[], context: TrustContext): Adoption {
  let { roots, bundle } = state;
  for (const { text, at } of inOrder(texts)) {
    const root = currentRoot({ roots, bundle });
    if (isRootText(text)) {
      const judged = judgeNextRoot(text, root);
      if (judged === 'known') continue;
      if (isProblem(judged)) return { outcome: 'refused', problem: judged, at };
      if (roots.length >= TRUST_LIMITS.maxRoots) return { outcome: 'refused', problem: TOO_MANY, at };
      roots = [...roots, judged];
    } else {
      const judged = judgeBundle(text, { root, current: bundle, ...context });
      if (judged === 'known') continue;
      if (isProblem(judged)) return { outcome: 'refused', problem: judged, at };
      const orphans = orphanProblem(judged, context);
      if (orphans !== undefined) return { outcome: 'refused', problem: orphans, at };
      bundle = judged;
    }
  }
  const isSame = roots === state.roots && bundle === state.bundle;
  return isSame ? { outcome: 'known', state } : { outcome: 'adopted', state: { roots, bundle } };
}

export function currentRoot({ roots }: TrustState): RootStatement {
  return roots.at(-1) as RootStatement;
}

const TOO_MANY = problem('root-gap', `more than ${TRUST_LIMITS.maxRoots} roots lie between the pinned one and this`);

function isRootText(text: string): boolean {
  if (text.length > TRUST_LIMITS.maxRootBytes) return false;
  const jws = readRootJws(text);
  return !isProblem(jws) || jws.reason !== 'trust-type';
}

/** Roots by the version that they claim, before the bundle that may need them. */
function inOrder(texts: readonly string[]): readonly { readonly text: string; readonly at: number }[] {
  const order = (text: string): number => {
    if (!isRootText(text)) return Number.POSITIVE_INFINITY;
    const jws = readRootJws(text);
    if (isProblem(jws)) return 0;
    const content = readRootContent(jws.payload);
    return isProblem(content) ? 0 : content.version;
  };
  const placed = texts.map((text, at) => ({ text, at, order: order(text) }));
  return placed.sort((a, b) => (a.order === b.order ? a.at - b.at : a.order - b.order));
}

/**
 * The trust state on disk: DIR/root.json, which people pinned, and what came after it by signatures, DIR/data/trust/root-N.json
 * and bundle.json. Everything is judged again when it is read, so a file that was exchanged is noticed. Commands and the
 * running receiver both adopt, one at a time.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { createFile, makeFolder, readTextFile, replaceFile } from '../../src/config/durable-file.ts';
import { TRUST_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { takeLock } from '../../src/ops/run-lock.ts';
import { judgeFirstRoot, judgeNextRoot, type RootStatement } from '../../src/trust/root-statement.ts';
import { readBundleContent, readBundleJws, reopenBundle, type TrustBundle } from '../../src/trust/trust-bundle.ts';
import { isProblem, type TrustProblem } from '../../src/trust/trust-problem.ts';
import { type Adoption, adopt, type TrustContext, type TrustState } from './trust-state.ts';

/** Whether people pinned a root here: only then is trust a matter of bundles. */
export function hasRoot(layout: DirectoryLayout): boolean {
  return existsSync(layout.trustRoot);
}

/** What is trusted here; undefined without a root. Throws DiodeError `trust-damaged` for a file that does not hold. */
export function readTrustState(layout: DirectoryLayout): TrustState | undefined {
  const pinnedText = readTextFile(layout.trustRoot, TRUST_LIMITS.maxRootBytes);
  if (pinnedText === undefined) return undefined;
  const pinned = judgeFirstRoot(pinnedText);
  if (isProblem(pinned)) throw damaged(layout.trustRoot, pinned);
  const roots = readLaterRoots(layout, pinned);
  return { roots, bundle: readBundle(layout, roots) };
}

export interface AdoptionContext extends TrustContext {
  /** What people have confirmed, to be pinned where no root is. */
  readonly root?: RootStatement | undefined;
  /** How long to wait for another adoption; TRUST_LIMITS.lockMs by default. */
  readonly lockMs?: number;
  /** Called before anything is written; what it throws ends it. */
  readonly approve: (before: TrustState, after: TrustState) => void;
}

/** Adopts all of `texts` or nothing, durably. Throws DiodeError `root-missing`, `usage` (a root without a bundle), `trust-damaged`, `directory-locked`. */
export function adoptInto(
  layout: DirectoryLayout,
  texts: readonly string[],
  { root, approve, lockMs = TRUST_LIMITS.lockMs, ...context }: AdoptionContext,
): Adoption {
  const lock = takeTrustLock(layout, lockMs);
  try {
    const stored = readTrustState(layout);
    const before = stored ?? (root && { roots: [root], bundle: undefined });
    if (before === undefined) throw noRoot(layout);
    const adoption = adopt(before, texts, context);
    if (adoption.outcome === 'refused') return adoption;
    // With a root cards count no more, so without a bundle nobody would be believed, and no start would go well.
    if (stored === undefined && adoption.state.bundle === undefined) throw rootAlone(layout);
    if (adoption.outcome === 'adopted') {
      approve(before, adoption.state);
      write(layout, before, adoption.state);
    }
    // Last: from now on bundles rule here, and one is there.
    if (stored === undefined) createFile(layout.trustRoot, (before.roots[0] as RootStatement).text, 0o644);
    return adoption;
  } finally {
    lock.release();
  }
}

export function noRoot(layout: DirectoryLayout): DiodeError {
  const seen = `No root is pinned in ${layout.directory}, so a trust bundle cannot be judged.`;
  return new DiodeError(
    'root-missing',
    seen,
    `Run: diode-receiver trust ${layout.directory} bundle.json --root root.json`,
  );
}

function rootAlone({ directory }: DirectoryLayout): DiodeError {
  const seen = `No trust bundle is among the files, and with a root alone ${directory} would believe nobody.`;
  const cure = `Nothing was changed: give the bundle with it, diode-receiver trust ${directory} bundle.json --root root.json`;
  return new DiodeError('usage', seen, cure);
}

function readLaterRoots(layout: DirectoryLayout, pinned: RootStatement): readonly RootStatement[] {
  const roots = [pinned];
  for (let last = pinned; roots.length <= TRUST_LIMITS.maxRoots; ) {
    const path = laterRootPath(layout, last.version + 1);
    const text = readTextFile(path, TRUST_LIMITS.maxRootBytes);
    if (text === undefined) break;
    const judged = judgeNextRoot(text, last);
    if (judged === 'known' || isProblem(judged)) {
      throw damaged(path, judged === 'known' ? { reason: 'root-rollback', seen: 'it repeats the one before' } : judged);
    }
    roots.push(judged);
    last = judged;
  }
  return roots;
}

/** Under the root that it names, which need not be the newest. */
function readBundle(layout: DirectoryLayout, roots: readonly RootStatement[]): TrustBundle | undefined {
  const path = bundlePath(layout);
  const text = readTextFile(path, TRUST_LIMITS.maxBundleBytes);
  if (text === undefined) return undefined;
  const jws = readBundleJws(text);
  const content = isProblem(jws) ? jws : readBundleContent(jws.payload);
  if (isProblem(content)) throw damaged(path, content);
  const root = roots.find(({ version }) => version === content.root);
  if (root === undefined) throw damaged(path, { reason: 'root-needed', seen: `root ${content.root} is not here` });
  const bundle = reopenBundle(text, root);
  if (isProblem(bundle)) throw damaged(path, bundle);
  return bundle;
}

function write(layout: DirectoryLayout, before: TrustState, after: TrustState): void {
  makeFolder(layout.trust, 0o755);
  // In this order: a bundle is never without its root.
  for (const root of after.roots.slice(before.roots.length)) {
    replaceFile(laterRootPath(layout, root.version), root.text, 0o644);
  }
  if (after.bundle !== undefined && after.bundle !== before.bundle) {
    replaceFile(bundlePath(layout), after.bundle.text, 0o644);
  }
}

function takeTrustLock(layout: DirectoryLayout, waitMs: number) {
  return takeLock(layout.trustLock, {
    waitMs,
    seen: `Somebody else has been changing what ${layout.directory} trusts for ${waitMs / 1000} s.`,
    cure: 'Wait for it to end, then try again.',
  });
}

function laterRootPath(layout: DirectoryLayout, version: number): string {
  return join(layout.trust, `root-${version}.json`);
}

function bundlePath(layout: DirectoryLayout): string {
  return join(layout.trust, 'bundle.json');
}

function damaged(path: string, { reason, seen }: TrustProblem): DiodeError {
  const cure =
    'Restore it from the backup, or delete it and give the newest files of the root holders to `diode-receiver trust`.';
  return new DiodeError('trust-damaged', `${path} is not what was adopted (${reason}): ${seen}.`, cure);
}

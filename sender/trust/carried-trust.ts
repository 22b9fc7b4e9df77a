/**
 * What the sender carries for its receivers: the trust bundle, and the root statements that lead to it. The sender pins no
 * root, so it looks at form, boundary, stream and expiry, and leaves signatures to the receivers, who believe nothing else.
 */
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { makeFolder, readTextFile, replaceFile } from '../../src/config/durable-file.ts';
import { TRUST_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { type RootContent, readRootContent, readRootJws } from '../../src/trust/root-statement.ts';
import { type BundleContent, readBundleContent, readBundleJws } from '../../src/trust/trust-bundle.ts';
import { isProblem, problem, type TrustProblem } from '../../src/trust/trust-problem.ts';

export interface CarriedTrust {
  /** Signed texts of one line each: root statements as their versions rise, then the bundle. */
  readonly statements: readonly string[];
  readonly roots: readonly number[];
  readonly bundle: BundleContent;
}

export interface CarrierContext {
  readonly boundary: string;
  readonly stream: string;
  readonly nowMs: number;
}

/** `at`: which of the texts, from 0. */
export interface CarriedProblem {
  readonly problem: TrustProblem;
  readonly at: number;
}

/** Root statements, in any order, and one bundle. Without `context`: as it was stored, whatever time it is now. */
export function judgeCarried(texts: readonly string[], context?: CarrierContext): CarriedTrust | CarriedProblem {
  const roots: (RootContent & { readonly text: string })[] = [];
  let bundle: (BundleContent & { readonly text: string }) | undefined;
  for (const [at, text] of texts.entries()) {
    const content = readStatement(text);
    if (isProblem(content)) return { problem: content, at };
    const unfit = contextProblem(content, context) ?? (bundle && 'senders' in content ? TWO_BUNDLES : undefined);
    if (unfit !== undefined) return { problem: unfit, at };
    if ('senders' in content) bundle = { ...content, text: oneLine(text) };
    else roots.push({ ...content, text: oneLine(text) });
  }
  const last = texts.length - 1;
  if (bundle === undefined) return { problem: NO_BUNDLE, at: last };
  if (texts.length > WIRE_LIMITS.maxTrustStatements) return { problem: TOO_MANY, at: last };
  roots.sort((a, b) => a.version - b.version);
  return {
    statements: [...roots.map(({ text }) => text), bundle.text],
    roots: roots.map(({ version }) => version),
    bundle,
  };
}

/** Undefined where nothing is carried. Throws DiodeError `trust-damaged` where it is not what was stored. */
export function readCarried({ carriedTrust }: DirectoryLayout): CarriedTrust | undefined {
  const text = readTextFile(carriedTrust, WIRE_LIMITS.maxControlBytes);
  if (text === undefined) return undefined;
  const read = judgeCarried(text.split('\n').filter(Boolean));
  if ('statements' in read) return read;
  const cure = 'Give the newest bundle of the root holders again: diode-sender trust DIR bundle.json';
  throw new DiodeError('trust-damaged', `${carriedTrust} is not what was stored: ${read.problem.seen}.`, cure);
}

/** Durable when it returns. */
export function storeCarried(layout: DirectoryLayout, { statements }: CarriedTrust): void {
  makeFolder(layout.trust, 0o755);
  replaceFile(layout.carriedTrust, `${statements.join('\n')}\n`, 0o644);
}

const NO_BUNDLE = problem('trust-type', 'no trust bundle is among the files');
const TWO_BUNDLES = problem('trust-type', 'it is a second trust bundle, and one is carried');
const TOO_MANY = problem(
  'root-gap',
  `more than ${WIRE_LIMITS.maxTrustStatements - 1} root statements are more than one transfer carries, so older ones go by hand`,
);

function readStatement(text: string): RootContent | BundleContent | TrustProblem {
  const root = readRootJws(text);
  if (!isProblem(root)) return readRootContent(root.payload);
  if (root.reason !== 'trust-type' && text.length <= TRUST_LIMITS.maxRootBytes) return root;
  const bundle = readBundleJws(text);
  return isProblem(bundle) ? bundle : readBundleContent(bundle.payload);
}

function contextProblem(
  content: RootContent | BundleContent,
  context: CarrierContext | undefined,
): TrustProblem | undefined {
  if (context === undefined) return undefined;
  const { boundary, stream, nowMs } = context;
  if (content.boundary !== boundary)
    return problem('other-boundary', `it is of boundary ${content.boundary}, not ${boundary}`);
  if (!('senders' in content)) return undefined;
  if (!content.senders.some((sender) => sender.stream === stream))
    return problem('stream-missing', `it names no sender of stream ${stream}, which this sender is`);
  const { expiresMs } = content;
  if (nowMs >= expiresMs) return problem('bundle-expired', `it expired at ${new Date(expiresMs).toISOString()}`);
  return undefined;
}

/** Signatures cover the values, not the white space between them. */
function oneLine(text: string): string {
  return JSON.stringify(JSON.parse(text));
}

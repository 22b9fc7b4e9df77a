/** Roots as commands are given them: read within their bounds, refused in one sentence. */
import { readTrustFile, trustRefused } from '../../src/cli/trust-files.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import {
  judgeFirstRoot,
  type RootContent,
  type RootStatement,
  readRootContent,
  readUnjudgedRoot,
} from '../../src/trust/root-statement.ts';
import { isProblem } from '../../src/trust/trust-problem.ts';

/** The root that people are about to pin. Throws DiodeError `trust-refused`, `boundary-mismatch`. */
export function readFirstRoot(path: string, boundary: string | undefined, nowMs: number): RootStatement {
  const root = judgeFirstRoot(readTrustFile(path));
  if (isProblem(root)) throw trustRefused(path, root);
  if (boundary !== undefined && root.boundary !== boundary) {
    const seen = `${path} is the root of boundary ${root.boundary}; this receiver is in boundary ${boundary}.`;
    throw new DiodeError('boundary-mismatch', seen, 'Nothing was changed: take the root of this boundary.');
  }
  if (nowMs < root.expiresMs) return root;
  throw trustRefused(path, { reason: 'root-expired', seen: `it expired at ${new Date(root.expiresMs).toISOString()}` });
}

/** A root that the holders have in hand; it may lack signatures. Throws DiodeError `trust-refused`. */
export function readRootFile(path: string): RootContent {
  const jws = readUnjudgedRoot(readTrustFile(path));
  if (isProblem(jws)) throw trustRefused(path, jws);
  const content = readRootContent(jws.payload);
  if (isProblem(content)) throw trustRefused(path, content);
  return content;
}

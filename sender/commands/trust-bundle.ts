/**
 * `diode-sender trust DIR bundle.json …`: what root holders signed is carried to the receivers. Nobody here can judge it, since
 * a sender pins no root: the receivers do, by its signatures alone.
 */
import { auditCommand } from '../../src/cli/command-audit.ts';
import { isRunning } from '../../src/cli/directory.ts';
import { askProgram } from '../../src/cli/operator-request.ts';
import { readTrustFile, trustRefused } from '../../src/cli/trust-files.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { SenderConfig } from '../../src/config/sender-config.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { bundleText } from '../../src/trust/trust-view.ts';
import { type CarriedTrust, judgeCarried, readCarried, storeCarried } from '../trust/carried-trust.ts';

export function carryFiles(
  layout: DirectoryLayout,
  { boundary, stream, link }: SenderConfig,
  files: readonly string[],
  { json }: { readonly json?: boolean | undefined },
): 0 {
  const nowMs = Date.now();
  const carried = judgeCarried(files.map(readTrustFile), { boundary, stream, nowMs });
  if ('problem' in carried) throw trustRefused(files[carried.at] ?? '', carried.problem);
  const before = carriedBefore(layout);
  const isNew = before?.statements.join('\n') !== carried.statements.join('\n');
  const { root, version } = carried.bundle;
  if (isNew) {
    const sha256 = sha256Hex(carried.statements.at(-1) ?? '');
    auditCommand(layout, {
      event: 'command-trust-carried',
      root,
      bundle: version,
      roots: carried.roots.map(String),
      sha256,
    });
    storeCarried(layout, carried);
  }
  const running = isRunning(layout);
  // Also what is carried already: whoever stored it may have ended before the sender was told.
  if (running) {
    askProgram(layout, { kind: 'trust', body: {} }, { event: 'trust-handed-over', root, bundle: version });
  }
  const isMediaOnly = link.kind === 'media';
  if (json) {
    const answer = { root, bundle: version, roots: carried.roots, wasCarried: !isNew, running, isMediaOnly };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  } else process.stdout.write(report(carried, before, { isNew, running, isMediaOnly, nowMs }));
  return 0;
}

/** What was damaged is given anew. */
function carriedBefore(layout: DirectoryLayout): CarriedTrust | undefined {
  try {
    return readCarried(layout);
  } catch (error) {
    if (error instanceof DiodeError && error.code === 'trust-damaged') return undefined;
    throw error;
  }
}

function report(
  { bundle, roots }: CarriedTrust,
  before: CarriedTrust | undefined,
  now: { readonly isNew: boolean; readonly running: boolean; readonly isMediaOnly: boolean; readonly nowMs: number },
): string {
  const along = roots.length === 0 ? '' : `, with ${roots.length === 1 ? 'root' : 'roots'} ${roots.join(', ')}`;
  const what = `Trust bundle ${bundle.version} under root ${bundle.root}${along}`;
  const instead = now.isNew && before ? ` It takes the place of bundle ${before.bundle.version}.` : '';
  const when = now.running ? 'The sender that runs here sends it within a second or two, and again every minute.' : '';
  const link = now.isMediaOnly
    ? 'This sender has no live link: give the files to the receiver by hand, `diode-receiver trust DIR …`.'
    : when || 'The sender does not run: it sends it from its next start on.';
  return `${bundleText(bundle, now.nowMs)}\n\n${what} is carried to the receivers ${now.isNew ? 'from now on' : 'already'}.${instead}\nIts signatures were not checked: a sender pins no root, and the receivers judge it.\n${link}\n`;
}

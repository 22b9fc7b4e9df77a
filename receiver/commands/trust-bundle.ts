/** `diode-receiver trust DIR bundle.json …`: adopts what m root holders signed, and nothing else, whoever brings it. */
import { type ConfirmationOptions, confirmRoot } from '../../src/cli/card-confirmation.ts';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { isRunning } from '../../src/cli/directory.ts';
import { askProgram } from '../../src/cli/operator-request.ts';
import { readTrustFile, trustRefused } from '../../src/cli/trust-files.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { ReceiverConfig } from '../../src/config/receiver-config.ts';
import { readTrustedCards } from '../../src/config/trusted-cards.ts';
import { equalBytes, sha256Hex } from '../../src/crypto/digest.ts';
import { keyState } from '../../src/crypto/key-state.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { RootStatement } from '../../src/trust/root-statement.ts';
import { bundleText, rootFingerprint, rootText } from '../../src/trust/trust-view.ts';
import type { SenderCard } from '../../src/wire/card.ts';
import { servedStream } from '../trust/own-card.ts';
import {
  auditedRevocations,
  type RevocationEffect,
  revocationEffects,
  revocationText,
} from '../trust/revocation-effects.ts';
import { readFirstRoot } from '../trust/trust-files.ts';
import { currentRoot, type TrustState } from '../trust/trust-state.ts';
import { adoptInto, hasRoot, noRoot, readTrustState } from '../trust/trust-store.ts';
import { touchedByTrust } from './stored-trust.ts';

interface AdoptOptions extends ConfirmationOptions {
  readonly root?: string;
  readonly json?: boolean;
}

export async function adoptFiles(
  layout: DirectoryLayout,
  { boundary }: ReceiverConfig,
  files: readonly string[],
  options: AdoptOptions,
): Promise<0> {
  const nowMs = Date.now();
  const root = await rootToPin(layout, boundary, options);
  const texts = files.map(readTrustFile);
  const [card] = readTrustedCards(layout.trusted, 'sender-card');
  const stored = readTrustState(layout);
  const stream = stored === undefined ? card?.stream : servedStream(stored, card);
  const touched = touchedByTrust(layout, nowMs);
  const adoption = adoptInto(layout, texts, {
    root,
    stream,
    nowMs,
    liveKeys: touched.liveKeys,
    approve: (before, after) => {
      if (root !== undefined) requireKept(after, card, nowMs);
      const revoked = revocationEffects(before.bundle, after.bundle, { touched, stream, nowMs });
      auditAdoption(layout, { before, after, root, revoked });
    },
  });
  if (adoption.outcome === 'refused') {
    const { problem, at } = adoption;
    const file = files[at] ?? '';
    auditCommand(layout, { event: 'trust-refused', reason: problem.reason, sha256: sha256Hex(texts[at] ?? '') });
    throw trustRefused(file, problem);
  }
  const isNew = adoption.outcome === 'adopted';
  const { state } = adoption;
  // Also what is known: whoever adopted it may have ended before the receiver was told.
  const running = isRunning(layout);
  if (running) {
    askProgram(layout, { kind: 'trust', body: {} }, { event: 'trust-handed-over', ...placeOf(state) });
  }
  // A receiver that began with cards has neither root nor bundle until its next start, and one agreement key for its life.
  const isMoved = running && (root !== undefined || hasOtherAgreementKey(stored, state, stream));
  const revoked = revocationEffects(stored?.bundle, state.bundle, { touched, stream, nowMs });
  report(state, { isNew, running, isMoved, revoked, nowMs, json: options.json });
  return 0;
}

/** Confirmed by people; undefined where one is pinned already. */
async function rootToPin(
  layout: DirectoryLayout,
  boundary: string,
  options: AdoptOptions,
): Promise<RootStatement | undefined> {
  if (options.root === undefined) {
    if (!hasRoot(layout)) throw noRoot(layout);
    return undefined;
  }
  if (hasRoot(layout)) {
    const seen = `A root is pinned in ${layout.directory} already.`;
    const cure = 'Leave out --root; a newer root is adopted like a bundle: diode-receiver trust DIR root-2.json';
    throw new DiodeError('root-pinned', seen, cure);
  }
  const root = readFirstRoot(options.root, boundary, Date.now());
  await confirmRoot({ fingerprint: rootFingerprint(root), text: rootText(root) }, options);
  return root;
}

/** The stream that runs must go on: whoever was trusted by card is in the bundle, with that key. */
function requireKept({ bundle }: TrustState, card: SenderCard | undefined, nowMs: number): void {
  if (card === undefined || bundle === undefined) return;
  const listed = bundle.senders.find(({ stream }) => stream === card.stream);
  const key = listed?.keys.find(({ signingKey }) => equalBytes(signingKey, card.signingKey));
  const isSame = listed !== undefined && equalBytes(listed.agreementKey, card.agreementKey);
  if (isSame && key !== undefined && keyState(key, nowMs) === 'active') return;
  const seen = `The bundle does not name the sender that is trusted here now (stream ${card.stream}) with its keys, so the stream would stop.`;
  const cure =
    'Nothing was changed: have it added, `diode-receiver root draft DIR --root root.json --out draft.json` does so.';
  throw new DiodeError('card-not-trusted', seen, cure);
}

function auditAdoption(
  layout: DirectoryLayout,
  {
    before,
    after,
    root,
    revoked,
  }: {
    readonly before: TrustState;
    readonly after: TrustState;
    readonly root: RootStatement | undefined;
    readonly revoked: readonly RevocationEffect[];
  },
): void {
  const { bundle } = after;
  auditCommand(layout, {
    event: 'command-trust-bundle',
    ...placeOf(after),
    ...(root && { pinned: rootFingerprint(root) }),
    ...(after.roots.length > before.roots.length && { fingerprint: rootFingerprint(currentRoot(after)) }),
    ...(bundle && bundle !== before.bundle && { sha256: sha256Hex(bundle.text) }),
    ...auditedRevocations(revoked),
  });
}

function placeOf(state: TrustState) {
  const { bundle } = state;
  return { root: currentRoot(state).version, ...(bundle && { bundle: bundle.version }) };
}

function hasOtherAgreementKey(before: TrustState | undefined, after: TrustState, stream: string | undefined): boolean {
  const keyOf = (state: TrustState | undefined) =>
    Buffer.from(state?.bundle?.senders.find((each) => each.stream === stream)?.agreementKey ?? []).toString('hex');
  return before?.bundle !== undefined && keyOf(before) !== keyOf(after);
}

interface Report {
  readonly isNew: boolean;
  readonly running: boolean;
  readonly isMoved: boolean;
  readonly revoked: readonly RevocationEffect[];
  readonly nowMs: number;
  readonly json: boolean | undefined;
}

function report(state: TrustState, { isNew, running, isMoved, revoked, nowMs, json }: Report): void {
  const { bundle } = state;
  const root = currentRoot(state);
  if (json) {
    const expiresAtMs = bundle?.expiresMs;
    const answer = { ...placeOf(state), expiresAtMs, wasTrusted: !isNew, running, needsRestart: isMoved, revoked };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    return;
  }
  process.stdout.write(`${bundle === undefined ? rootText(root) : bundleText(bundle, nowMs)}\n\n`);
  const what =
    bundle === undefined ? `Root ${root.version}` : `Trust bundle ${bundle.version} under root ${root.version}`;
  process.stdout.write(`${what} ${isNew ? 'is trusted now' : 'was trusted already'}.\n`);
  for (const one of revoked) process.stdout.write(`${revocationText(one)}\n`);
  if (isMoved) process.stdout.write('The receiver that runs here takes it up when it is started again.\n');
  else if (running) process.stdout.write('The receiver that runs here takes it up within a second or two.\n');
}

import assert from 'node:assert/strict';
import { adopt, currentRoot, type TrustState } from '../../../receiver/trust/trust-state.ts';
import { bundlePayload } from '../../../src/trust/bundle-form.ts';
import { signGeneralJws } from '../../../src/trust/general-jws.ts';
import { ROOT_TYPE, readRootContent, rootPayload } from '../../../src/trust/root-statement.ts';
import { BUNDLE_TYPE, compareBundles, readBundleContent } from '../../../src/trust/trust-bundle.ts';
import { isProblem } from '../../../src/trust/trust-problem.ts';
import { STREAM, WALL_MS } from '../../support/model-sender.ts';
import { firstRoot, HOLDERS, type Holder, signedBundle } from '../../support/root-ceremony.ts';
import { InputReader } from '../input-reader.ts';

const CONTEXT = { stream: STREAM, nowMs: WALL_MS };
const START = started();
const NAMES = Object.keys(HOLDERS) as Holder[];

/** First byte: a text as it came, or a payload signed by holders that the next byte chooses; or a true bundle with a byte changed. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  switch (reader.choice(['text', 'root', 'bundle', 'changed'] as const)) {
    case 'text':
      // Nobody but the holders can have made the signatures hold.
      assert.notEqual(adopt(START, [reader.rest().toString('latin1')], CONTEXT).outcome, 'adopted');
      break;
    case 'root':
      checkRoot(reader);
      break;
    case 'bundle':
      checkBundle(reader);
      break;
    case 'changed': {
      const text = signedBundle({ version: 5 });
      const at = reader.integer(2) % text.length;
      const changed = `${text.slice(0, at)}${String.fromCharCode(reader.integer(1))}${text.slice(at + 1)}`;
      const { outcome, ...rest } = adopt(START, [changed], CONTEXT);
      // White space outside strings is all that may differ.
      assert.ok(
        outcome === 'refused' || JSON.stringify(JSON.parse(changed)) === JSON.stringify(JSON.parse(text)),
        JSON.stringify(rest),
      );
    }
  }
}

function checkRoot(reader: InputReader): void {
  const signers = chosen(reader);
  const payload = reader.rest();
  const content = readRootContent(payload);
  if (!isProblem(content)) assert.deepEqual(readRootContent(rootPayload(content)), content, 'one content, one form');
  const adoption = adopt(START, [sign(ROOT_TYPE, payload, signers)], CONTEXT);
  if (adoption.outcome !== 'adopted') return;
  const { boundary, version, threshold, keys } = currentRoot(adoption.state);
  const before = currentRoot(START);
  assert.deepEqual([boundary, version], [before.boundary, before.version + 1]);
  assert.ok(signed(before.keys, signers) >= before.threshold && signed(keys, signers) >= threshold);
}

function checkBundle(reader: InputReader): void {
  const signers = chosen(reader);
  const payload = reader.rest();
  const content = readBundleContent(payload);
  if (!isProblem(content))
    assert.deepEqual(readBundleContent(bundlePayload(content)), content, 'one content, one form');
  const adoption = adopt(START, [sign(BUNDLE_TYPE, payload, signers)], CONTEXT);
  if (adoption.outcome !== 'adopted') return;
  const { bundle } = adoption.state;
  assert.ok(bundle !== undefined && START.bundle !== undefined && compareBundles(bundle, START.bundle) > 0);
  assert.ok(bundle.boundary === 'site-a' && bundle.expiresMs > WALL_MS);
  assert.ok(signed(currentRoot(START).keys, signers) >= currentRoot(START).threshold);
}

function started(): TrustState {
  const adoption = adopt({ roots: [firstRoot()], bundle: undefined }, [signedBundle({ version: 4 })], CONTEXT);
  assert.equal(adoption.outcome, 'adopted');
  return (adoption as Extract<typeof adoption, { outcome: 'adopted' }>).state;
}

/** One of the low four bits each. */
function chosen(reader: InputReader): readonly Holder[] {
  const bits = reader.integer(1);
  return NAMES.filter((_, index) => ((bits >> index) & 1) === 1);
}

function sign(type: string, payload: Buffer, signers: readonly Holder[]): string {
  return signGeneralJws(
    { type, payload },
    signers.map((holder) => HOLDERS[holder]),
  );
}

function signed(
  keys: readonly { readonly holder: string; readonly publicKey: Uint8Array }[],
  signers: readonly Holder[],
): number {
  return keys.filter(({ publicKey }) =>
    signers.some((holder) => Buffer.from(HOLDERS[holder].publicKey).equals(publicKey)),
  ).length;
}

/** Root holders, and what they sign; keys from seeds, so that each run is the same. */
import type { SigningKeyPair } from '../../src/crypto/sodium.ts';
import { signingKeyPair } from '../../src/crypto/sodium.ts';
import { bundlePayload } from '../../src/trust/bundle-form.ts';
import { signGeneralJws } from '../../src/trust/general-jws.ts';
import {
  judgeFirstRoot,
  ROOT_TYPE,
  type RootContent,
  type RootStatement,
  rootPayload,
} from '../../src/trust/root-statement.ts';
import { BUNDLE_TYPE, type BundleContent } from '../../src/trust/trust-bundle.ts';
import { isProblem } from '../../src/trust/trust-problem.ts';
import { BOUNDARY, STREAM, senderAgreementKeys, signingKeys, WALL_MS } from './model-sender.ts';

const DAY_MS = 86_400_000;

export const HOLDERS = {
  alice: signingKeyPair(Buffer.alloc(32, 0xa1)),
  bob: signingKeyPair(Buffer.alloc(32, 0xb0)),
  carol: signingKeyPair(Buffer.alloc(32, 0xca)),
  dave: signingKeyPair(Buffer.alloc(32, 0xda)),
} as const;
export type Holder = keyof typeof HOLDERS;

export function rootContent(
  holders: readonly Holder[] = ['alice', 'bob', 'carol'],
  changes: Partial<RootContent> = {},
) {
  return {
    boundary: BOUNDARY,
    version: 1,
    threshold: 2,
    keys: holders.map((holder) => ({ holder, publicKey: HOLDERS[holder].publicKey })),
    issuedMs: WALL_MS,
    expiresMs: WALL_MS + 1_000 * DAY_MS,
    ...changes,
  } satisfies RootContent;
}

export function signedRoot(content: RootContent, signers: readonly Holder[]): string {
  return signGeneralJws({ type: ROOT_TYPE, payload: rootPayload(content) }, pairs(signers));
}

/** Two of alice, bob and carol. */
export function firstRoot(): RootStatement {
  const root = judgeFirstRoot(signedRoot(rootContent(), ['alice', 'bob']));
  if (isProblem(root)) throw new Error(root.seen);
  return root;
}

/** The model sender under its one key, and no issuer. */
export function bundleContent(changes: Partial<BundleContent> = {}): BundleContent {
  return {
    boundary: BOUNDARY,
    root: 1,
    version: 1,
    issuedMs: WALL_MS,
    expiresMs: WALL_MS + 90 * DAY_MS,
    senders: [
      {
        stream: STREAM,
        agreementKey: senderAgreementKeys.publicKey,
        keys: [{ signingKey: signingKeys.publicKey, activeFromMs: 0 }],
      },
    ],
    issuers: [],
    ...changes,
  };
}

export function signedBundle(
  changes: Partial<BundleContent> = {},
  signers: readonly (Holder | SigningKeyPair)[] = ['alice', 'bob'],
): string {
  return signGeneralJws({ type: BUNDLE_TYPE, payload: bundlePayload(bundleContent(changes)) }, pairs(signers));
}

function pairs(signers: readonly (Holder | SigningKeyPair)[]): readonly SigningKeyPair[] {
  return signers.map((signer) => (typeof signer === 'string' ? HOLDERS[signer] : signer));
}

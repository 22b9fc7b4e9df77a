/** What root holders and officers read before they sign, pin or compare: nothing that a bundle says is left out. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signingKeyId } from '../../../src/crypto/digest.ts';
import { ed25519Thumbprint } from '../../../src/crypto/thumbprint.ts';
import { bundleDraft } from '../../../src/trust/bundle-form.ts';
import { type BundleContent, readBundleContent } from '../../../src/trust/trust-bundle.ts';
import { isProblem } from '../../../src/trust/trust-problem.ts';
import { bundleFingerprint, bundleText, rootText } from '../../../src/trust/trust-view.ts';
import { signingKeys, WALL_MS } from '../../support/model-sender.ts';
import { bundleContent, rootContent, signedBundle } from '../../support/root-ceremony.ts';

const RFC8037 = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const content = bundleContent({
  issuers: [
    {
      issuer: 'https://idp.example',
      audience: ['api', 'a, "b"'],
      algorithms: ['EdDSA'],
      types: ['at+jwt', ''],
      maxLifetimeSeconds: 900,
      clockSkewSeconds: 60,
      slotClaim: 'client_id',
      subjectAttribute: 'userName',
      keys: [{ jwk: { ...RFC8037, kid: '2026-10', alg: 'EdDSA' }, activeFromMs: 0 }],
    },
  ],
});

describe('a trust bundle as people read it', () => {
  const text = bundleText(content, WALL_MS);

  it('has of each key the thumbprint, its kind and its algorithm', () => {
    const lines = text.split('\n').map((line) => line.trim());
    const sender = `signing key ${signingKeyId(signingKeys.publicKey).toString('hex')} ACTIVE`;
    const at = lines.indexOf(sender);
    expect(lines[at + 1]).toBe(`Ed25519, thumbprint ${ed25519Thumbprint(signingKeys.publicKey)}`);
    // RFC 8037 A.3.
    const issuers = lines[lines.indexOf('key "2026-10" ACTIVE') + 1];
    expect(issuers).toBe('OKP Ed25519, for "EdDSA", thumbprint kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it('has the policy of each issuer, whose texts cannot pass for others', () => {
    expect(text).toContain('audience "api", "a, \\"b\\""; EdDSA; typ "at+jwt", ""');
    expect(text).toContain('at most 900 s, skew 60 s, slot "client_id", sub is "userName" of a User');
  });

  it('says when it was issued, as a root does', () => {
    expect(text).toMatch(/issued +2026-11-22T10:00:00\.000Z\n +expires +2027-02-20T10:00:00\.000Z/);
    expect(rootText(rootContent())).toMatch(/issued +2026-11-22T10:00:00\.000Z\n +expires/);
  });

  it('has the digest of its payload, the same of the draft and of what was signed, and another for another', () => {
    const { payload } = JSON.parse(signedBundle(content));
    const digest = createHash('sha256').update(Buffer.from(payload, 'base64url')).digest('hex');
    expect(bundleFingerprint(content).replaceAll(' ', '')).toBe(digest);
    expect(text.replace(/\s/g, '')).toContain(`fingerprint${digest}`);
    expect(bundleFingerprint(reread(bundleDraft(content)))).toBe(bundleFingerprint(content));
    expect(bundleFingerprint({ ...content, version: 2 })).not.toBe(bundleFingerprint(content));
  });

  it('moves no cursor, and turns and hides nothing', () => {
    const [issuer] = content.issuers;
    if (issuer === undefined) throw new Error('one issuer');
    const odd = { ...issuer, issuer: 'https://idp\u202e.\u200bexample\u009b2J\u2028/ü' };
    expect(bundleText({ ...content, issuers: [odd] }, WALL_MS)).toContain('"https://idp?.?example?2J?/ü"');
  });
});

function reread(draft: string): BundleContent {
  const read = readBundleContent(Buffer.from(draft));
  if (isProblem(read)) throw new Error(read.seen);
  return read;
}

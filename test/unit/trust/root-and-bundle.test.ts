/** Which roots and bundles are believed: each rule by what breaks it. The attacks are those of the TUF specification. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { adopt, type TrustState } from '../../../receiver/trust/trust-state.ts';
import { judgeKeyUse, keyState } from '../../../src/crypto/key-state.ts';
import { TRUST_LIMITS } from '../../../src/limits.ts';
import { bundleDraft } from '../../../src/trust/bundle-form.ts';
import { signGeneralJws } from '../../../src/trust/general-jws.ts';
import { judgeFirstRoot, judgeNextRoot } from '../../../src/trust/root-statement.ts';
import { BUNDLE_TYPE, type BundleContent, readBundleContent } from '../../../src/trust/trust-bundle.ts';
import { isProblem } from '../../../src/trust/trust-problem.ts';
import { STREAM, WALL_MS } from '../../support/model-sender.ts';
import {
  bundleContent,
  firstRoot,
  HOLDERS,
  rootContent,
  signedBundle,
  signedRoot,
} from '../../support/root-ceremony.ts';

const DAY_MS = 86_400_000;
const NOW = { stream: STREAM, nowMs: WALL_MS };

function stateWith(...texts: readonly string[]): TrustState {
  const adoption = adopt({ roots: [firstRoot()], bundle: undefined }, texts, NOW);
  if (adoption.outcome !== 'adopted') throw new Error(JSON.stringify(adoption));
  return adoption.state;
}

/** The outcome, or the reason where it is refused. */
function offered(state: TrustState, texts: readonly string[], context: Partial<typeof NOW> = {}): string {
  const adoption = adopt(state, texts, { ...NOW, ...context });
  return adoption.outcome === 'refused' ? adoption.problem.reason : adoption.outcome;
}

const fresh: TrustState = { roots: [firstRoot()], bundle: undefined };
const withBundle = stateWith(signedBundle({ version: 4 }));
const nextRoot = rootContent(['alice', 'bob', 'dave'], { version: 2 });

describe('a root that people pin', () => {
  it('is signed by as many of its own keys as it asks for', () => {
    expect(judgeFirstRoot(signedRoot(rootContent(), ['alice', 'carol']))).toMatchObject({ version: 1, threshold: 2 });
    expect(judgeFirstRoot(signedRoot(rootContent(), ['alice']))).toMatchObject({ reason: 'signatures-missing' });
    expect(judgeFirstRoot(signedRoot(rootContent(), ['alice', 'dave']))).toMatchObject({ reason: 'signature-unknown' });
    expect(judgeFirstRoot(signedRoot(rootContent(), ['alice', 'alice']))).toMatchObject({
      reason: 'signature-duplicate',
    });
  });

  it('names different holders with different keys, of which enough can sign, for a bounded time', () => {
    const reasonOf = (content: Parameters<typeof signedRoot>[0]) => {
      const judged = judgeFirstRoot(signedRoot(content, ['alice', 'bob']));
      return isProblem(judged) ? `${judged.reason}: ${judged.seen}` : 'fine';
    };
    const [alice, bob] = rootContent().keys;
    if (alice === undefined || bob === undefined) throw new Error('no holders');
    expect(reasonOf(rootContent(['alice', 'bob'], { threshold: 3 }))).toContain('"threshold" must be');
    expect(reasonOf({ ...rootContent(), keys: [alice, { ...bob, holder: 'alice' }] })).toContain('different names');
    expect(reasonOf({ ...rootContent(), keys: [alice, { ...alice, holder: 'twin' }] })).toContain('different keys');
    expect(reasonOf(rootContent(undefined, { expiresMs: WALL_MS }))).toContain('"expires" must be');
    expect(reasonOf(rootContent(undefined, { expiresMs: WALL_MS + 4_000 * DAY_MS }))).toContain('"expires" must be');
    expect(reasonOf(rootContent(undefined, { boundary: '../x' }))).toContain('"boundary" must be a name');
    expect(reasonOf(rootContent(undefined, { version: 0 }))).toContain('"version" must be');
  });
});

describe('a root that follows', () => {
  it('is adopted when m of the keys before it and m of its own signed', () => {
    expect(offered(fresh, [signedRoot(nextRoot, ['alice', 'bob'])])).toBe('adopted');
    const others = rootContent(['carol', 'dave'], { version: 2 });
    expect(offered(fresh, [signedRoot(others, ['alice', 'bob', 'carol', 'dave'])])).toBe('adopted');
  });

  it('is refused without m of the keys before it', () => {
    const stolen = rootContent(['alice', 'dave'], { version: 2 });
    expect(offered(fresh, [signedRoot(stolen, ['alice', 'dave'])])).toBe('signatures-missing');
  });

  it('is refused without m of its own keys, so that nobody is locked out by a key that nobody has', () => {
    const locked = rootContent(['carol', 'dave'], { version: 2 });
    expect(offered(fresh, [signedRoot(locked, ['alice', 'bob', 'dave'])])).toBe('signatures-missing');
  });

  it('comes through all versions between, in whatever order the files are named', () => {
    const second = signedRoot(nextRoot, ['alice', 'bob']);
    const third = signedRoot(rootContent(['bob', 'dave'], { version: 3 }), ['bob', 'dave']);
    const bundle = signedBundle({ root: 3 }, ['bob', 'dave']);
    expect(offered(fresh, [third])).toBe('root-gap');
    const adoption = adopt(fresh, [bundle, third, second], NOW);
    expect(adoption).toMatchObject({
      outcome: 'adopted',
      state: { roots: [{ version: 1 }, { version: 2 }, { version: 3 }] },
    });
  });

  it('is no step back, and no second one of its version', () => {
    const state = stateWith(signedRoot(nextRoot, ['alice', 'bob']));
    expect(offered(state, [firstRoot().text])).toBe('root-rollback');
    expect(offered(state, [signedRoot(nextRoot, ['alice', 'bob'])])).toBe('known');
    expect(offered(state, [signedRoot({ ...nextRoot, threshold: 1 }, ['alice', 'bob'])])).toBe('root-conflict');
    expect(offered(state, [signedRoot({ ...nextRoot, threshold: 1 }, ['alice'])])).toBe('signatures-missing');
  });

  it('is of the same boundary', () => {
    const other = judgeNextRoot(signedRoot({ ...nextRoot, boundary: 'site-b' }, ['alice', 'bob']), firstRoot());
    expect(other).toMatchObject({ reason: 'other-boundary' });
  });
});

describe('a trust bundle', () => {
  it('is adopted on m signatures of different root keys', () => {
    expect(offered(fresh, [signedBundle({}, ['carol', 'alice'])])).toBe('adopted');
    expect(offered(fresh, [signedBundle({}, ['carol', 'alice', 'bob'])])).toBe('adopted');
  });

  it('is refused with a signature missing', () => {
    expect(offered(fresh, [signedBundle({}, ['alice'])])).toBe('signatures-missing');
  });

  it('is refused with one key that signs twice', () => {
    expect(offered(fresh, [signedBundle({}, ['alice', 'alice'])])).toBe('signature-duplicate');
  });

  it('is refused with a signature of a key of no holder, although others suffice', () => {
    expect(offered(fresh, [signedBundle({}, ['alice', 'bob', 'dave'])])).toBe('signature-unknown');
    expect(offered(fresh, [signedBundle({ version: 2 }, ['dave'])])).toBe('signature-unknown');
  });

  it('is refused where it was changed', () => {
    const jws = JSON.parse(signedBundle());
    const other = JSON.parse(signedBundle({ version: 9 }));
    expect(offered(fresh, [JSON.stringify({ ...jws, payload: other.payload })])).toBe('signature-invalid');
  });

  it('is refused when an older one comes after a newer one', () => {
    expect(offered(withBundle, [signedBundle({ version: 3 })])).toBe('bundle-rollback');
    expect(offered(withBundle, [signedBundle({ version: 5 })])).toBe('adopted');
  });

  it('changes nothing when it comes again, and is refused when another of its version comes', () => {
    expect(offered(withBundle, [signedBundle({ version: 4 })])).toBe('known');
    expect(offered(withBundle, [signedBundle({ version: 4 }, ['bob', 'carol'])])).toBe('known');
    expect(offered(withBundle, [signedBundle({ version: 4, issuedMs: WALL_MS + 1 })])).toBe('bundle-conflict');
  });

  it('is refused once it has expired, and what was trusted stays', () => {
    const bundle = signedBundle({ version: 5, expiresMs: WALL_MS + DAY_MS });
    expect(offered(withBundle, [bundle], { nowMs: WALL_MS + DAY_MS })).toBe('bundle-expired');
    expect(offered(withBundle, [bundle], { nowMs: WALL_MS + DAY_MS - 1 })).toBe('adopted');
  });

  it('is refused once the root has expired, until the root is rotated', () => {
    const nowMs = WALL_MS + 1_001 * DAY_MS;
    const late = { issuedMs: nowMs, expiresMs: nowMs + DAY_MS };
    expect(offered(withBundle, [signedBundle({ version: 5, ...late })], { nowMs })).toBe('root-expired');
    const renewed = signedRoot({ ...nextRoot, issuedMs: nowMs, expiresMs: nowMs + 100 * DAY_MS }, ['alice', 'bob']);
    expect(offered(withBundle, [renewed, signedBundle({ root: 2, ...late })], { nowMs })).toBe('adopted');
  });

  it('is refused when it is of another boundary, whoever signed it', () => {
    expect(offered(fresh, [signedBundle({ boundary: 'site-b' })])).toBe('other-boundary');
  });

  it('is refused under another root than the newest', () => {
    const rotated = stateWith(signedRoot(nextRoot, ['alice', 'bob']));
    expect(offered(rotated, [signedBundle({ version: 9 })])).toBe('root-superseded');
    expect(offered(fresh, [signedBundle({ root: 2 })])).toBe('root-needed');
  });

  it('begins a new count under a new root, so that used-up versions are over', () => {
    const attacked = stateWith(signedBundle({ version: 2 ** 53 - 1 }));
    expect(offered(attacked, [signedBundle({ version: 5 })])).toBe('bundle-rollback');
    const texts = [signedRoot(nextRoot, ['alice', 'bob']), signedBundle({ root: 2, version: 1 })];
    expect(offered(attacked, texts)).toBe('adopted');
  });

  it('is no root statement, and a root statement no bundle', () => {
    const asBundle = signGeneralJws({ type: BUNDLE_TYPE, payload: Buffer.from('{"identity-diode":"root"}') }, [
      HOLDERS.alice,
      HOLDERS.bob,
    ]);
    expect(offered(fresh, [asBundle])).toBe('trust-field');
  });

  it('is refused where it names no sender of the stream that is served', () => {
    expect(offered(fresh, [signedBundle({ senders: [] })])).toBe('stream-missing');
  });

  it('is adopted also where it is larger than any root statement, in whatever order', () => {
    const senders = Array.from({ length: 50 }, (_, stream) => ({
      stream: stream === 0 ? STREAM : `s${stream}`,
      agreementKey: Buffer.alloc(32, 1),
      keys: Array.from({ length: 16 }, (_key, at) => ({
        signingKey: Buffer.alloc(32, `${stream}.${at}.`),
        activeFromMs: 0,
      })),
    }));
    const text = signedBundle({ root: 2, senders }, ['bob', 'dave']);
    expect(text.length).toBeGreaterThan(TRUST_LIMITS.maxRootBytes);
    expect(offered(fresh, [text, signedRoot(nextRoot, ['alice', 'bob'])])).toBe('adopted');
  });

  it('is adopted with all that comes with it, or nothing is', () => {
    const texts = [signedRoot(nextRoot, ['alice', 'bob']), signedBundle({ root: 2 }, ['alice'])];
    expect(adopt(fresh, texts, NOW)).toMatchObject({
      outcome: 'refused',
      at: 1,
      problem: { reason: 'signatures-missing' },
    });
  });
});

describe('what a bundle says', () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const jwk = { ...(publicKey.export({ format: 'jwk' }) as Record<string, string>), kid: 'ed' };
  const rsa = {
    ...generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
    kid: 'weak',
  };
  const issuer: BundleContent['issuers'][number] = {
    issuer: 'https://idp.example',
    audience: ['api'],
    algorithms: ['EdDSA', 'RS256'],
    types: ['at+jwt'],
    maxLifetimeSeconds: 900,
    clockSkewSeconds: 60,
    keys: [{ jwk, activeFromMs: 0 }],
  };
  const seen = (content: unknown): string => {
    const read = readBundleContent(Buffer.from(JSON.stringify(content)));
    return isProblem(read) ? `${read.reason}: ${read.seen}` : 'fine';
  };
  const fields = JSON.parse(bundleDraft(bundleContent({ issuers: [issuer] })));
  const withKey = (key: object) => ({ ...fields, issuers: [{ ...fields.issuers[0], keys: [key] }] });

  it('comes back from its draft as it was', () => {
    const content = bundleContent({
      issuers: [
        { ...issuer, slotClaim: 'client_id', keys: [{ jwk, activeFromMs: WALL_MS, passiveFromMs: WALL_MS + 1 }] },
      ],
    });
    expect(readBundleContent(Buffer.from(bundleDraft(content)))).toEqual(content);
  });

  it('is refused with the place and what would fit there', () => {
    expect(seen({ ...fields, format: 2 })).toContain('trust-newer: its "format"');
    expect(seen({ ...fields, more: 1 })).toContain('members that this release does not know');
    expect(seen({ ...fields, expires: 'soon' })).toContain('"expires" must be a time');
    expect(seen({ ...fields, senders: [fields.senders[0], fields.senders[0]] })).toContain('streams that stand twice');
    expect(seen({ ...fields, senders: [{ ...fields.senders[0], agreementKey: 'AA' }] })).toContain(
      '"senders[0].agreementKey" must be 32 bytes',
    );
    expect(seen({ ...fields, issuers: [{ ...fields.issuers[0], algorithms: ['none'] }] })).toContain(
      '"issuers[0].algorithms[0]"',
    );
    expect(seen({ ...fields, issuers: [{ ...fields.issuers[0], algorithms: ['HS256'] }] })).toContain(
      'must be one of EdDSA',
    );
    expect(seen({ ...fields, issuers: [{ ...fields.issuers[0], maxLifetimeSeconds: 0 }] })).toContain(
      '"issuers[0].maxLifetimeSeconds"',
    );
  });

  it('has no private, weak or nameless key of an issuer, and no kid twice', () => {
    expect(seen(fields)).toBe('fine');
    expect(seen(withKey({ jwk: { ...jwk, d: 'AAAA' } }))).toContain('private key');
    expect(seen(withKey({ jwk: rsa }))).toContain('fewer than 2048 bits');
    expect(seen(withKey({ jwk: { ...jwk, kid: undefined } }))).toContain('it has no kid');
    expect(seen(withKey({ jwk: { ...jwk, x: 'AAAA' } }))).toContain('no valid JWK');
    expect(seen({ ...fields, issuers: [{ ...fields.issuers[0], keys: [{ jwk }, { jwk }] }] })).toContain(
      '"kid"s that stand twice',
    );
  });

  it('has no key that begins behind its expiry, so that a bundle that nobody renews brings forth nothing', () => {
    expect(seen(withKey({ jwk, activeFrom: fields.expires }))).toContain('before the bundle expires');
    expect(seen(withKey({ jwk, activeFrom: fields.issued, passiveFrom: fields.issued }))).toContain(
      'behind "activeFrom"',
    );
  });
});

describe('a key', () => {
  const key = { activeFromMs: 100, passiveFromMs: 200, revokedFromMs: 300 };

  it('goes from pending over active and passive to revoked', () => {
    expect([99, 100, 199, 200, 299, 300].map((nowMs) => keyState(key, nowMs))).toEqual([
      'pending',
      'active',
      'active',
      'passive',
      'passive',
      'revoked',
    ]);
  });

  it('verifies below its cut-over while it is passive, and nothing once it is revoked', () => {
    expect(judgeKeyUse(key, { signedAtMs: 199, nowMs: 250 })).toBe('holds');
    expect(judgeKeyUse(key, { signedAtMs: 200, nowMs: 250 })).toBe('passive');
    expect(judgeKeyUse(key, { signedAtMs: 150, nowMs: 300 })).toBe('revoked');
    expect(judgeKeyUse(key, { signedAtMs: 150, nowMs: 99 })).toBe('pending');
    // Signed ahead of the cut-over by a clock that is ahead.
    expect(judgeKeyUse(key, { signedAtMs: 200, nowMs: 150 })).toBe('passive');
  });
});

// Tokens by others: an ordinary resource server in Go finds our keys and verifies, and our verifier judges Wycheproof's vectors.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VerificationService } from '../../receiver/tokens/verification-service.ts';
import { type OpsServer, openHttpServer } from '../../src/ops/http-server.ts';
import { readKeySet, verifyJwt } from '../../src/token/jose-keys.ts';
import { TokenChecker } from '../../src/token/token-checker.ts';
import { buildGo, hasGo } from '../support/go-program.ts';
import { requirement } from '../support/requirement.ts';

const sources = join(import.meta.dirname, 'token');
const goCure = 'install Go 1.26 or newer, with a module proxy or cache for test/interop/token/go.mod';
const ISSUER = 'https://idp.example/tenant-1';
const AT = '2026-11-22T10:05:00Z';
const IAT = Date.parse('2026-11-22T10:00:00Z') / 1_000;
const ALGORITHMS = ['EdDSA', 'ES256', 'RS256', 'PS256'] as const;

describe.skipIf(!requirement('go', hasGo(sources), goCure))('tokens, by programs that are not ours', () => {
  const root = mkdtempSync(join(tmpdir(), 'token-interop-'));
  let program = '';
  beforeAll(() => {
    program = buildGo(sources);
  });
  afterAll(() => {
    rmSync(dirname(program), { recursive: true });
    rmSync(root, { recursive: true });
  });

  describe('golang-jwt with the keys that the verification service gives', () => {
    const revoked = new Set<string>();
    const sign = new Map<string, (claims?: object) => Promise<string>>();
    let server: OpsServer;

    beforeAll(async () => {
      const jwks: JWK[] = [];
      for (const alg of ALGORITHMS) {
        const pair = await generateKeyPair(alg);
        jwks.push({ ...(await exportJWK(pair.publicKey)), kid: alg, alg });
        sign.set(alg, (claims = {}) =>
          new SignJWT({ iss: ISSUER, sub: alg, aud: 'api', jti: 'j', iat: IAT, exp: IAT + 900, ...claims })
            .setProtectedHeader({ alg, kid: alg, typ: 'at+jwt' })
            .sign(pair.privateKey),
        );
      }
      const path = join(root, 'jwks.json');
      writeFileSync(path, JSON.stringify({ keys: jwks }));
      const policy = { audience: ['api'], types: ['at+jwt'], maxLifetimeSeconds: 900, clockSkewSeconds: 60 };
      const checker = TokenChecker.open([{ issuer: ISSUER, jwks: path, algorithms: ALGORITHMS, ...policy }]);
      let answer: VerificationService['answer'] | undefined;
      const what = { section: 'verification', served: 'Keys of issuers', maxConnections: 16 };
      const place = { address: '127.0.0.1', port: 0 };
      server = await openHttpServer((question) => (answer as VerificationService['answer'])(question), place, what);
      const service = new VerificationService({
        publicKeys: () => checker.publicKeys(Date.parse(AT)),
        isRevoked: (_, keyId) => revoked.has(keyId),
        baseUrl: `http://127.0.0.1:${server.port}`,
        maxAgeSeconds: 60,
      });
      answer = (question) => service.answer(question);
    });
    afterAll(() => server.close());

    /** The resource server is another process: this one answers it meanwhile. */
    async function verify(tokens: readonly string[]): Promise<readonly string[]> {
      const url = `http://127.0.0.1:${server.port}/.well-known/oauth-authorization-server/tenant-1`;
      const child = spawn(program, ['verify', url, ISSUER, 'api', AT], { stdio: ['pipe', 'pipe', 'inherit'] });
      child.stdin.end(tokens.join('\n'));
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect(code).toBe(0);
      return text.trimEnd().split('\n');
    }

    it('accepts what holds, of each algorithm, and refuses what does not', async () => {
      const good = await Promise.all(ALGORITHMS.map((alg) => sign.get(alg)?.() as Promise<string>));
      const late = await (sign.get('EdDSA')?.({ exp: IAT + 60 }) as Promise<string>);
      const forged = `${(good[0] as string).slice(0, -4)}AAAA`;
      const answers = await verify([...good, late, forged]);
      expect(answers.slice(0, 4)).toEqual(ALGORITHMS.map((alg) => `accepted ${alg}`));
      expect(answers[4]).toContain('token is expired');
      expect(answers[5]).toContain('signature is invalid');
    });

    it('knows a revoked key no more', async () => {
      revoked.add('ES256');
      const answers = await verify(await Promise.all(ALGORITHMS.map((alg) => sign.get(alg)?.() as Promise<string>)));
      expect(answers.filter((text) => text.startsWith('accepted'))).toHaveLength(3);
      expect(answers[1]).toContain('key not found');
    });
  });

  it('the JSON web signatures of Wycheproof, RFC 7520 among them: what must not hold does not, and what must does', async () => {
    const { stdout } = spawnSync(program, ['vectors', 'json_web_signature_test.json'], { maxBuffer: 1 << 26 });
    const { testGroups } = JSON.parse(stdout.toString('utf8')) as { testGroups: readonly Group[] };
    const wrong: string[] = [];
    const counts = { held: 0, refused: 0, unfit: 0 };
    for (const group of testGroups) {
      // Its name of ES512 is ES521, and one key is bound to PS256 under a signature of PS384 that is called valid: we refuse both.
      const { alg, ...unbound } = group.public ?? group.private ?? {};
      const jwk = group.comment.startsWith('rfc7520') ? unbound : { ...unbound, ...(alg && { alg }) };
      const { keys } = await readKeySet({ keys: [jwk] }, SIGNATURES);
      for (const { tcId, comment, jws, result } of group.tests) {
        const held = typeof jws === 'string' && (await holds(jws, keys));
        if (keys.size === 0) counts.unfit += 1;
        else counts[held ? 'held' : 'refused'] += 1;
        // A key that we refuse for itself makes nothing hold; what Wycheproof calls valid must hold under all others.
        const isRight = held ? result === 'valid' : result !== 'valid' || keys.size === 0;
        if (!isRight) wrong.push(`${tcId} ${comment}: ${result}, and we say ${held}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(counts).toEqual({ held: 36, refused: 321, unfit: 44 });
  });
});

interface Group {
  readonly comment: string;
  readonly public?: JWK;
  readonly private?: JWK;
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly jws: unknown;
    readonly result: string;
  }[];
}

const SIGNATURES = ['EdDSA', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'];

/** As the checker goes about it: the algorithm must be one that the key is bound to, then the signature. */
function holds(jws: string, keys: ReturnType<typeof readKeySet>['keys']): boolean {
  const header = headerOf(jws);
  const key = keys.get(header.kid ?? '')?.byAlgorithm.get(header.alg ?? '');
  if (key === undefined) return false;
  const rules = { issuer: '', audience: [''], clockSkewSeconds: 0, maxAgeSeconds: 1, nowMs: 0 };
  const verified = verifyJwt(jws, key, rules);
  // None of them is a JWT: what comes behind the signature is a claim.
  return 'failure' in verified && !['signature', 'token-form'].includes(verified.failure);
}

function headerOf(jws: string): { readonly alg?: string; readonly kid?: string } {
  try {
    return JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString('utf8')) ?? {};
  } catch {
    return {};
  }
}

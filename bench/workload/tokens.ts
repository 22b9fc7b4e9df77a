/** Tokens for the demo and the rig test: good ones, and bad ones in ten ways, each with the code that must refuse it. */
import { en, Faker } from '@faker-js/faker';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export const ISSUER = 'https://idp.example';
export const AUDIENCE = 'https://inside.example';

export interface TokenWorkload {
  /** JSONL source lines, good and bad mixed. */
  readonly lines: readonly string[];
  /** Public keys of the issuer, for the receiver's `jwks` file. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** jti of each good token → its compact JWS. */
  readonly good: ReadonlyMap<string, string>;
  /** SHA-256 is the consumer's to compute: the bad JWS → the code that must refuse it. */
  readonly bad: ReadonlyMap<string, string>;
}

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

interface Claims {
  iss?: string;
  sub?: string;
  aud?: string;
  jti?: string;
  iat?: number;
  exp?: number;
  nbf?: number;
}

interface Header {
  alg: string;
  kid: string;
  typ: string;
}

const LIFETIME_SECONDS = 3_600;

/** `badCount` of `count` tokens are bad, spread over the ten ways. Keys are new each time: tokens are live secrets. */
export async function makeTokens(options: {
  readonly count: number;
  readonly badCount: number;
  readonly seed: number;
  readonly nowMs: number;
}): Promise<TokenWorkload> {
  const faker = new Faker({ locale: en, seed: options.seed });
  const eddsa = await generateKeyPair('EdDSA', { extractable: true });
  const es256 = await generateKeyPair('ES256', { extractable: true });
  const stranger = await generateKeyPair('EdDSA');
  const good = new Map<string, string>();
  const bad = new Map<string, string>();
  const lines: string[] = [];
  const badEvery = options.badCount > 0 ? Math.floor(options.count / options.badCount) : options.count + 1;
  for (let index = 0; index < options.count; index++) {
    const claims = makeClaims(faker, index, options.nowMs);
    let jws: string;
    if (index % badEvery === 0 && bad.size < options.badCount) {
      const way = BAD_WAYS[bad.size % BAD_WAYS.length] as BadWay;
      jws = await way.make({ claims, key: eddsa, stranger, nowSeconds: Math.floor(options.nowMs / 1000) });
      bad.set(jws, way.code);
    } else {
      const useEddsa = index % 2 === 0;
      const header = { alg: useEddsa ? 'EdDSA' : 'ES256', kid: useEddsa ? 'ed-1' : 'es-1', typ: 'at+jwt' };
      jws = await sign(claims, header, useEddsa ? eddsa : es256);
      good.set(claims.jti as string, jws);
    }
    lines.push(JSON.stringify({ token: jws }));
  }
  const keys = [
    { ...(await exportJWK(eddsa.publicKey)), kid: 'ed-1', alg: 'EdDSA', use: 'sig' },
    { ...(await exportJWK(es256.publicKey)), kid: 'es-1', alg: 'ES256', use: 'sig' },
  ];
  return { lines, jwks: { keys }, good, bad };
}

interface BadWay {
  /** The receiver's reason code. */
  readonly code: string;
  make(from: { claims: Claims; key: KeyPair; stranger: KeyPair; nowSeconds: number }): Promise<string>;
}

const EDDSA: Header = { alg: 'EdDSA', kid: 'ed-1', typ: 'at+jwt' };

/** Ten ways to be wrong; each is refused for exactly one reason. */
export const BAD_WAYS: readonly BadWay[] = [
  { code: 'signature', make: ({ claims, stranger }) => sign(claims, EDDSA, stranger) },
  { code: 'algorithm', make: async ({ claims }) => unsigned(claims) },
  { code: 'key-unknown', make: ({ claims, key }) => sign(claims, { ...EDDSA, kid: 'ed-9' }, key) },
  { code: 'issuer', make: ({ claims, key }) => sign({ ...claims, iss: 'https://other.example' }, EDDSA, key) },
  { code: 'audience', make: ({ claims, key }) => sign({ ...claims, aud: 'https://outside.example' }, EDDSA, key) },
  {
    code: 'expired',
    make: ({ claims, key, nowSeconds }) =>
      sign({ ...claims, iat: nowSeconds - 3_000, exp: nowSeconds - 600 }, EDDSA, key),
  },
  {
    code: 'not-yet-valid',
    make: ({ claims, key, nowSeconds }) => sign({ ...claims, nbf: nowSeconds + 1_800 }, EDDSA, key),
  },
  {
    code: 'lifetime',
    make: ({ claims, key, nowSeconds }) => sign({ ...claims, exp: nowSeconds + 10 * LIFETIME_SECONDS }, EDDSA, key),
  },
  { code: 'type', make: ({ claims, key }) => sign(claims, { ...EDDSA, typ: 'logout+jwt' }, key) },
  { code: 'claim-missing', make: ({ claims: { jti: _, ...rest }, key }) => sign(rest, EDDSA, key) },
];

function makeClaims(faker: Faker, index: number, nowMs: number): Claims {
  const nowSeconds = Math.floor(nowMs / 1000);
  return {
    iss: ISSUER,
    sub: `${faker.internet.username().toLowerCase()}-${index}`,
    aud: AUDIENCE,
    jti: faker.string.uuid(),
    iat: nowSeconds - 5,
    exp: nowSeconds + LIFETIME_SECONDS - 5,
  };
}

function sign(claims: Claims, header: Header, key: KeyPair): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ ...header }).sign(key.privateKey);
}

/** `alg: none`, with something where a signature would be, as RFC 8725 §2.1 warns of. */
function unsigned(claims: Claims): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ ...EDDSA, alg: 'none' })}.${part(claims)}.AAAA`;
}

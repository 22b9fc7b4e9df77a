import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { VerificationService } from '../../../receiver/tokens/verification-service.ts';
import { type HttpQuestion, type OpsServer, openHttpServer } from '../../../src/ops/http-server.ts';

const A = 'https://idp.example';
const B = 'https://idp.example/tenant/b';
const C = 'https://other.example/tenant/b';
const key = (kid: string) => ({ kty: 'OKP', kid, use: 'sig', alg: 'EdDSA', crv: 'Ed25519', x: 'AA' });
const keys = new Map([
  [A, [key('a1'), key('a2')]],
  [B, [key('b')]],
  [C, [key('c')]],
  ['no-url', [key('n')]],
]);
const JWKS = '/.well-known/jwks.json';
const METADATA = '/.well-known/oauth-authorization-server';

function serviceOf(names: readonly string[], revoked: readonly string[] = []): VerificationService {
  return new VerificationService({
    publicKeys: () => new Map([...keys].filter(([name]) => names.includes(name))),
    isRevoked: (_, keyId) => revoked.includes(keyId),
    baseUrl: 'http://127.0.0.1:9475',
    maxAgeSeconds: 60,
  });
}

const ask = (service: VerificationService, path: string, more: Partial<HttpQuestion> = {}) =>
  service.answer({ path, host: 'tokens.site-a.example', ifNoneMatch: '', ...more });
const kidsOf = ({ body }: { body: string }) =>
  (JSON.parse(body) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

describe('the key set of an issuer', () => {
  it('has its keys, to be kept for as long as the config says', () => {
    const answer = ask(serviceOf([A]), JWKS);
    expect(answer).toMatchObject({ status: 200, contentType: 'application/jwk-set+json' });
    expect(answer.headers?.['cache-control']).toBe('public, max-age=60, must-revalidate');
    expect(JSON.parse(answer.body)).toEqual({ keys: keys.get(A) });
  });

  it('leaves out a key from the moment that it is revoked, under another ETag', () => {
    const before = ask(serviceOf([A]), JWKS);
    const after = ask(serviceOf([A], ['a1']), JWKS, { ifNoneMatch: before.headers?.etag as string });
    expect(kidsOf(after)).toEqual(['a2']);
    expect([after.status, after.headers?.etag === before.headers?.etag]).toEqual([200, false]);
  });

  it('is not sent again to who has it', () => {
    const service = serviceOf([A]);
    const etag = ask(service, JWKS).headers?.etag as string;
    for (const ifNoneMatch of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      expect(ask(service, JWKS, { ifNoneMatch })).toMatchObject({ status: 304, headers: { etag } });
    }
    expect(ask(service, JWKS, { ifNoneMatch: '"x"' }).status).toBe(200);
    expect(service.counts).toMatchObject({ 'key-set': 2, 'not-modified': 4 });
  });
});

describe('metadata, RFC 8414', () => {
  it('names the issuer as tokens do, and where its keys are', () => {
    const service = serviceOf([A, B]);
    for (const [issuer, path] of [
      [A, METADATA],
      [B, `${METADATA}/tenant/b`],
      [B, `${METADATA}/tenant/b/`],
    ] as const) {
      const metadata = JSON.parse(ask(service, path).body) as { issuer: string; jwks_uri: string };
      expect(metadata).toMatchObject({ issuer, response_types_supported: ['none'] });
      const { pathname } = new URL(metadata.jwks_uri);
      expect(kidsOf(ask(service, pathname))).toEqual(keys.get(issuer)?.map(({ kid }) => kid));
    }
  });

  it('of two issuers with one path is told apart by the host that is asked, and never guessed', () => {
    const service = serviceOf([B, C]);
    const path = `${METADATA}/tenant/b`;
    expect(JSON.parse(ask(service, path, { host: 'other.example' }).body)).toMatchObject({ issuer: C });
    expect(JSON.parse(ask(service, path, { host: 'idp.example' }).body)).toMatchObject({ issuer: B });
    expect(ask(service, path)).toMatchObject({ status: 404, body: expect.stringContaining('Several issuers') });
    expect(service.counts.ambiguous).toBe(1);
  });

  it('of an issuer that is no URL stands at the root', () => {
    expect(JSON.parse(ask(serviceOf(['no-url', B]), METADATA).body)).toMatchObject({ issuer: 'no-url' });
  });

  it.each([
    '/',
    '/metrics',
    '/status',
    `${METADATA}x`,
    `${JWKS}/tenant`,
    '/issuers/0123456789abcdef/jwks.json',
    '/issuers/../x',
  ])('nothing else is served: %s', (path) => {
    expect(ask(serviceOf([A, B]), path)).toMatchObject({ status: 404, contentType: 'text/plain' });
  });
});

describe('over HTTP', () => {
  const open: OpsServer[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });

  it('answers 200 with a type, 304 without a body, 405, and 431 to a head beyond its bound', async () => {
    const service = serviceOf([A]);
    const what = { section: 'verification', served: 'Keys of issuers', maxConnections: 4 };
    const server = await openHttpServer(
      (question) => service.answer(question),
      { address: '127.0.0.1', port: 0 },
      what,
    );
    open.push(server);
    const url = `http://127.0.0.1:${server.port}${JWKS}`;
    const first = await fetch(url);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'application/jwk-set+json; charset=utf-8']);
    expect((await first.json()) as object).toEqual({ keys: keys.get(A) });
    const again = await fetch(url, { headers: { 'if-none-match': first.headers.get('etag') as string } });
    expect([again.status, await again.text(), again.headers.get('content-type')]).toEqual([304, '', null]);
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405);
    expect((await fetch(url, { headers: { 'x-long': 'x'.repeat(9_000) } })).status).toBe(431);
    const taken = openHttpServer(
      () => service.answer({ path: '/', host: '', ifNoneMatch: '' }),
      { address: '127.0.0.1', port: server.port },
      what,
    );
    await expect(taken).rejects.toThrow(/where keys of issuers are served, is in use/);
  });

  it('turns away connections beyond its bound, and those that say nothing in their time', async () => {
    const service = serviceOf([A]);
    const serve = async (bounds: { readonly maxConnections: number; readonly requestTimeoutMs?: number }) => {
      const what = { section: 'verification', served: 'Keys of issuers', ...bounds };
      const place = { address: '127.0.0.1', port: 0 };
      const server = await openHttpServer((question) => service.answer(question), place, what);
      open.push(server);
      return () => connect(server.port, '127.0.0.1').resume();
    };
    const toFull = await serve({ maxConnections: 4 });
    await Promise.all(Array.from({ length: 4 }, () => once(toFull(), 'connect')));
    const fifth = toFull();
    await once(fifth, 'close');
    expect(fifth.bytesRead).toBe(0);
    const toHasty = await serve({ maxConnections: 4, requestTimeoutMs: 50 });
    const fromMs = performance.now();
    const silent = toHasty();
    await once(silent, 'close');
    expect(silent.bytesRead).toBeGreaterThan(0);
    // Node by itself would have looked after 30 s.
    expect(performance.now() - fromMs).toBeLessThan(10_000);
  });
});

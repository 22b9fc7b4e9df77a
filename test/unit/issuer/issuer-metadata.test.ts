import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metadataUrls, readMetadata } from '../../../sender/issuer/issuer-metadata.ts';
import { FOREIGN_LIMITS } from '../../../src/limits.ts';
import { answers, foreignRig, type KeyServer, keyServer, publicKey } from '../../support/foreign-rig.ts';

describe('the places of an issuer’s metadata', () => {
  it.each([
    ['https://idp.example', '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'],
    ['https://idp.example/', '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'],
    // RFC 8414 §3.1 inserts, OpenID Connect Discovery §4 appends, and both take a last slash off.
    ['https://idp.example/a/b', '/.well-known/oauth-authorization-server/a/b', '/a/b/.well-known/openid-configuration'],
    ['https://idp.example/a/', '/.well-known/oauth-authorization-server/a', '/a/.well-known/openid-configuration'],
  ])('of %s', (issuer, ...paths) => {
    expect(metadataUrls(issuer)).toEqual(paths.map((path) => `https://idp.example${path}`));
  });
});

describe('metadata', () => {
  const about = { issuer: 'https://idp.example/works', jwksHost: 'keys.example:8443' };
  const read = (metadata: unknown) =>
    readMetadata({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(metadata)) }, about);
  const naming = (jwks_uri: unknown) => read({ issuer: about.issuer, jwks_uri });

  it.each(['https://idp.example/keys', 'https://idp.example:443/keys?v=1', 'https://keys.example:8443/keys'])(
    'may name %s',
    (jwks) => expect(naming(jwks)).toEqual({ jwks }),
  );

  it.each([
    ['another host', 'https://evil.example/keys', 'on evil.example: if that is right'],
    ['another port', 'https://idp.example:444/keys', 'on idp.example:444'],
    ['the other host at another port', 'https://keys.example/keys', 'on keys.example'],
    ['a host that begins alike', 'https://idp.example.evil.example/', 'on idp.example.evil.example'],
    ['http', 'http://idp.example/keys', 'not at an https URL'],
    ['a user', 'https://idp.example@evil.example/', 'not at an https URL'],
    ['a file', 'file:///etc/keys', 'not at an https URL'],
    ['no URL', 'keys', 'names no key set'],
    ['nothing', undefined, 'names no key set'],
  ])('may not name %s', (_, jwks, words) => {
    expect(naming(jwks)).toEqual({ failure: 'metadata', seen: expect.stringContaining(words) });
  });

  it.each([`${about.issuer}/`, 'https://IDP.example/works', 'https://idp.example', undefined, [about.issuer]])(
    'of %s is that of another issuer, compared character by character',
    (issuer) => {
      const answer = read({ issuer, jwks_uri: 'https://idp.example/keys' });
      expect(answer).toEqual({
        failure: 'metadata',
        seen: expect.stringContaining('of another issuer'),
        isOthers: true,
      });
    },
  );
});

describe('keys of an issuer whose metadata is asked', () => {
  let server: KeyServer;
  let origin: string;
  let paths: string[];
  beforeEach(async () => {
    server = await keyServer();
    origin = new URL(server.url).origin;
    paths = [];
  });
  afterEach(() => server.close());

  const inserted = '/.well-known/oauth-authorization-server/works';
  const appended = '/works/.well-known/openid-configuration';
  /** What each path answers; 404 otherwise. */
  const serve = (pages: Readonly<Record<string, object | string | number>>) =>
    server.behave((request, response) => {
      const { url = '' } = request;
      paths.push(url);
      const page = pages[url] ?? 404;
      if (typeof page === 'string' && URL.canParse(page)) response.writeHead(302, { location: page }).end();
      else if (typeof page === 'number') response.writeHead(page, { location: url }).end();
      else response.writeHead(200, { etag: '"v1"' }).end(typeof page === 'string' ? page : JSON.stringify(page));
    });
  const rigOf = (more: object = {}) => foreignRig(undefined, { issuer: `${origin}/works`, ...more });
  const metadata = (more: object = {}) => ({ issuer: `${origin}/works`, jwks_uri: `${origin}/k`, ...more });

  it.each([
    ['by RFC 8414', { [inserted]: {} }, [inserted, '/k']],
    ['by OpenID Connect, where the other place has nothing', { [appended]: {} }, [inserted, appended, '/k']],
    [
      'by OpenID Connect, where the site says the same of every page',
      { [inserted]: '<html>', [appended]: {} },
      [inserted, appended, '/k'],
    ],
    [
      'by OpenID Connect, where the other place sends to a login elsewhere',
      { [inserted]: 'https://login.example/', [appended]: {} },
      [inserted, appended, '/k'],
    ],
    [
      'by OpenID Connect, where the other place has what is of another issuer',
      { [inserted]: { issuer: 'https://login.example' }, [appended]: {} },
      [inserted, appended, '/k'],
    ],
  ])('cross, found %s', async (_, found, asked) => {
    const pages = Object.entries(found).map(([path, page]) => [path, typeof page === 'string' ? page : metadata(page)]);
    serve({ ...Object.fromEntries(pages), '/k': { keys: [publicKey('a')] } });
    const rig = await rigOf();
    await rig.ask();
    expect(rig.keySets().map(({ issuer }) => issuer)).toEqual([`${origin}/works`]);
    expect(paths).toEqual(asked);
    expect(rig.status()).toMatchObject({ url: `${origin}/works`, fetches: { changed: 1 } });
  });

  it('are asked for where the metadata says now, and without the ETag of the place before', async () => {
    serve({ [inserted]: metadata(), '/k': { keys: [publicKey('a')] } });
    const rig = await rigOf();
    await rig.ask();
    serve({ [inserted]: metadata({ jwks_uri: `${origin}/moved` }), '/moved': { keys: [publicKey('b')] } });
    await rig.ask(1_000_000);
    expect(rig.keySets()).toHaveLength(2);
    expect(server.asked.map((headers) => headers['if-none-match'])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    [
      'metadata',
      'the metadata of another issuer',
      { [inserted]: { issuer: 'https://evil.example' } },
      'another issuer',
    ],
    ['metadata', 'keys on another host', { [inserted]: { jwks_uri: 'https://evil.example/k' } }, 'on evil.example'],
    [
      'metadata',
      'the metadata of another issuer and nothing at the other place, both of which it says',
      { [inserted]: { issuer: 'https://evil.example' } },
      `${appended}: It answers 404`,
    ],
    ['redirect', 'a login elsewhere', { [inserted]: 'https://login.example/' }, `login.example, which is not followed`],
    ['status', 'no metadata at all', {}, `${appended}: It answers 404`],
    ['status', 'a server that fails', { [inserted]: 500, [appended]: {} }, `${inserted}: It answers 500`],
    ['redirect', 'metadata that goes round', { [inserted]: 302 }, 'more than 3 times'],
    ['too-large', 'more than it may', { [inserted]: ' '.repeat(FOREIGN_LIMITS.maxAnswerBytes + 1) }, '524288 bytes'],
    ['json', 'no JSON at either place', { [inserted]: '<html>', [appended]: '<html>' }, 'strict JSON'],
  ])('are counted as %s for %s, and nothing crosses', async (reason, _, pages, words) => {
    const served = Object.entries(pages).map(([path, page]) => [
      path,
      typeof page === 'object' ? metadata(page) : page,
    ]);
    serve({ '/k': { keys: [publicKey('a')] }, ...Object.fromEntries(served) });
    const rig = await rigOf();
    await rig.ask();
    expect(rig.status()).toMatchObject({ failure: { reason, seen: expect.stringContaining(words) } });
    expect(rig.keySets()).toEqual([]);
    expect(paths).not.toContain('/k');
  });

  it('have one time for metadata and keys together', async () => {
    server.behave(({ url }, response) => {
      const page = url === inserted ? metadata() : { keys: [publicKey('a')] };
      setTimeout(() => response.end(JSON.stringify(page)), 150);
    });
    const rig = await rigOf({ timeoutMs: 200 });
    await rig.ask();
    expect(rig.status()).toMatchObject({ failure: { reason: 'timeout' } });
  });

  it('are not asked for where the metadata comes under a certificate of its own making', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'metadata-'));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', key, '-out', certificate];
    const about = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '1', ...made, ...about], { stdio: 'pipe' });
    let asked = 0;
    const forged = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
      asked++;
      answers([publicKey('a')])(request, response);
    });
    await new Promise<void>((resolve) => forged.listen(0, '127.0.0.1', resolve));
    const rig = await foreignRig(undefined, { issuer: `https://127.0.0.1:${(forged.address() as AddressInfo).port}` });
    await rig.ask();
    expect(rig.status().failure).toMatchObject({ reason: 'tls' });
    expect(asked).toBe(0);
    await new Promise((resolve) => forged.close(resolve));
    rmSync(folder, { recursive: true });
  });
});

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpsGet } from '../../../sender/issuer/https-get.ts';
import { sha256Hex } from '../../../src/crypto/digest.ts';
import { FOREIGN_LIMITS } from '../../../src/limits.ts';
import { answers, foreignRig, ISSUER, type KeyServer, keyServer, publicKey } from '../../support/foreign-rig.ts';

let server: KeyServer;
beforeEach(async () => {
  server = await keyServer();
});
afterEach(() => server.close());

const kidsOf = (jwks: string) => (JSON.parse(jwks) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

describe('key sets of foreign issuers', () => {
  it('cross as a record when they are new, with what a verifier needs alone, and once', async () => {
    const [b, a] = [publicKey('b', { x5c: ['MIIB'], x5u: 'https://elsewhere.example' }), publicKey('a')];
    server.behave(answers([b, a]));
    const rig = await foreignRig(server.url);
    expect(await rig.ask()).toBe(true);
    const [record, ...more] = rig.keySets();
    expect(more).toEqual([]);
    expect(record?.issuer).toBe(ISSUER);
    expect(JSON.parse(record?.jwks as string)).toEqual({
      keys: [a, b].map(({ kty, crv, x, kid, use }) => ({ kty, crv, x, kid, use })),
    });
    // Another order and another certificate are no change.
    server.behave(answers([a, { ...b, x5c: ['MIIC'] }]));
    expect(await rig.ask(1_000_000)).toBe(true);
    expect(rig.keySets()).toEqual([]);
    server.behave(answers([a]));
    expect(await rig.ask(1_000_000)).toBe(true);
    expect(rig.keySets().map(({ jwks }) => kidsOf(jwks))).toEqual([['a']]);
    expect(rig.status()).toMatchObject({ fetches: { changed: 2, unchanged: 1 }, decision: 'approved' });
  });

  it('leave out what verifies nothing, such as keys for encryption, and say so', async () => {
    server.behave(answers([publicKey('good'), publicKey('enc', { use: 'enc' }), publicKey('odd', { crv: 'Ed448' })]));
    const rig = await foreignRig(server.url);
    await rig.ask();
    expect(rig.keySets().map(({ jwks }) => kidsOf(jwks))).toEqual([['good']]);
    expect(rig.status().leftOut).toEqual([
      '"enc": its use is "enc", not "sig"',
      '"odd": none of the allowed algorithms fits its type',
    ]);
  });

  it('are asked for with the ETag, and a 304 is a good answer that changes nothing', async () => {
    server.behave((request, response) => {
      if (request.headers['if-none-match'] === '"v1"')
        response.writeHead(304, { 'cache-control': 'max-age=300' }).end();
      else answers([publicKey('a')], { etag: '"v1"', 'cache-control': 'max-age=120' })(request, response);
    });
    const rig = await foreignRig(server.url);
    await rig.ask();
    expect(rig.keySets()).toHaveLength(1);
    expect(await rig.ask(110_000)).toBe(false);
    expect(await rig.ask(30_000)).toBe(true);
    expect(await rig.ask(290_000)).toBe(false);
    expect(await rig.ask(50_000)).toBe(true);
    expect(rig.keySets()).toEqual([]);
    expect(server.asked.map((headers) => headers['if-none-match'])).toEqual([undefined, '"v1"', '"v1"']);
    expect(rig.status()).toMatchObject({ fetches: { changed: 1, 'not-modified': 2 }, answerAgeMs: expect.any(Number) });
  });

  it('are neither asked for nor said again after a restart, until they are due', async () => {
    server.behave(answers([publicKey('a')], { etag: '"v1"' }));
    const first = await foreignRig(server.url);
    await first.ask();
    expect(first.keySets()).toHaveLength(1);
    await first.desk.stop();
    const next = await foreignRig(server.url, { store: first.store, atMs: 600_000 });
    expect(await next.ask()).toBe(false);
    expect(next.keySets()).toEqual([]);
    expect(next.status()).toMatchObject({ decision: 'approved', seen: { keys: 1 } });
    expect(await next.ask(400_000)).toBe(true);
    expect(next.keySets()).toEqual([]);
    expect(server.asked).toHaveLength(2);
    expect(server.asked[1]?.['if-none-match']).toBe('"v1"');
    // Named at another place it is asked at once, and without the ETag of the old one.
    const moved = await foreignRig(`${server.url}2`, { store: first.store, atMs: 1_010_000 });
    expect(await moved.ask()).toBe(true);
    expect(server.asked[2]?.['if-none-match']).toBeUndefined();
  });

  it('that a crash kept from the journal are said by the next run', async () => {
    server.behave(answers([publicKey('a')]));
    const first = await foreignRig(server.url);
    await first.ask();
    const next = await foreignRig(server.url, { store: first.store, atMs: 1_000 });
    expect(next.keySets()).toHaveLength(1);
  });
});

describe('a foreign issuer that misbehaves', () => {
  const hmac = { kty: 'oct', k: 'c2VjcmV0', kid: 'h' };
  const { privateKey } = generateKeyPairSync('ed25519');
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const text =
    (body: string | Buffer) =>
    (_: unknown, response: { end(body: string | Buffer): void }): void =>
      response.end(body);

  const upgrade = (_: unknown, { socket }: ServerResponse): void => {
    socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  };

  it.each([
    ['json', 'no JSON', text('<html>'), 'strict JSON'],
    ['json', 'a name twice', text('{"keys":[],"keys":[]}'), 'twice'],
    ['json', 'no UTF-8', text(Buffer.from([0x7b, 0xff, 0x7d])), 'UTF-8'],
    ['key-set', 'no set', text('[]'), 'no key set'],
    ['key-set', 'no key', answers([]), 'no key that verifies'],
    ['key-set', 'only a weak key', answers([{ ...weak, kid: 'w' }]), 'no key that verifies'],
    ['key-set', 'one kid twice', answers([publicKey('a'), publicKey('a')]), 'the kid "a" twice'],
    ['key-set', 'more keys than anybody has', answers(Array.from({ length: 101 }, () => ({ kty: 'OKP' }))), '100 keys'],
    ['private-key', 'a private key', answers([publicKey('a'), privateKey.export({ format: 'jwk' })]), 'keys[1].d'],
    ['private-key', 'an HMAC key', answers([publicKey('a'), hmac]), 'keys[1].k'],
    ['status', 'a 500', answers([], {}, 500), 'answers 500'],
    ['status', 'an upgrade that nobody asked for', upgrade, 'answers 101'],
    ['status', 'a 304 that nobody asked for', answers([], {}, 304), 'answers 304'],
    ['throttled', 'a 503 with Retry-After', answers([], { 'retry-after': '9' }, 503), 'left alone for 9 s'],
    ['redirect', 'a redirect elsewhere', answers([], { location: 'https://evil.example/keys' }, 302), 'evil.example'],
    ['redirect', 'a redirect to another port', answers([], { location: 'http://127.0.0.1:1/' }, 307), '127.0.0.1:1'],
    ['redirect', 'a redirect to itself', answers([], { location: '/keys' }, 301), 'more than 3 times'],
    ['redirect', 'a redirect to nowhere', answers([], {}, 308), 'nowhere'],
    ['too-large', 'more than it may', text(Buffer.alloc(FOREIGN_LIMITS.maxAnswerBytes + 1, 0x20)), '524288 bytes'],
    [
      'unreachable',
      'half an answer',
      (_: unknown, response: { socket: { destroy(): void } | null }) => response.socket?.destroy(),
      'ECONNRESET',
    ],
    [
      'unreachable',
      'half a body',
      (_: unknown, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"keys":', () => response.socket?.destroy());
      },
      'ECONNRESET',
    ],
  ] as const)('counts %s for %s, keeps what it had, and says why', async (reason, _, behaviour, words) => {
    server.behave(answers([publicKey('a')]));
    const rig = await foreignRig(server.url);
    await rig.ask();
    expect(rig.keySets()).toHaveLength(1);
    server.behave(behaviour as Parameters<KeyServer['behave']>[0]);
    expect(await rig.ask(1_000_000)).toBe(true);
    expect(rig.keySets()).toEqual([]);
    expect(rig.status()).toMatchObject({
      failure: { reason, seen: expect.stringContaining(words), inARow: 1 },
      fetches: { changed: 1, [reason]: 1 },
      seen: { keys: 1 },
      decision: 'approved',
    });
    expect(rig.said.at(-1)).toMatchObject({ kind: 'failed', failure: reason });
    server.behave(answers([publicKey('b')]));
    expect(await rig.ask(20_000)).toBe(true);
    expect(rig.keySets().map(({ jwks }) => kidsOf(jwks))).toEqual([['b']]);
    expect(rig.status()).not.toHaveProperty('failure');
  });

  it('by silence or by dripping is given up in time, and by a stop at once', async () => {
    server.behave((_, response) => response.write('{'));
    const rig = await foreignRig(server.url, { timeoutMs: 30 });
    expect(await rig.ask()).toBe(true);
    expect(rig.status()).toMatchObject({ failure: { reason: 'timeout' } });
    // One time for all redirects together.
    server.behave((_, response) => void setTimeout(() => answers([], { location: '/keys' }, 302)(_, response), 80));
    const led = await foreignRig(server.url, { timeoutMs: 200 });
    await led.ask();
    expect(led.status()).toMatchObject({ failure: { reason: 'timeout' } });
    server.behave((_, response) => response.write('{'));
    const patient = await foreignRig(server.url);
    patient.desk.handleTurn(patient.nowMs());
    await patient.desk.stop();
    expect(patient.status().fetches).toEqual({});
  });

  it('is not believed with a certificate of its own making', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'foreign-'));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', key, '-out', certificate];
    const about = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '1', ...made, ...about], { stdio: 'pipe' });
    const forged = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_, response) =>
      response.end(JSON.stringify({ keys: [publicKey('a')] })),
    );
    await new Promise<void>((resolve) => forged.listen(0, '127.0.0.1', resolve));
    const rig = await foreignRig(`https://127.0.0.1:${(forged.address() as AddressInfo).port}/keys`);
    await rig.ask();
    expect(rig.status().failure).toMatchObject({ reason: 'tls', seen: expect.stringContaining('SELF_SIGNED') });
    expect(rig.keySets()).toEqual([]);
    await new Promise((resolve) => forged.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it('is not asked with an ETag that no header can hold, and ends nothing by it', async () => {
    const { signal } = new AbortController();
    const answer = await httpsGet({ url: server.url, etag: '"a\nb"', signal });
    expect(answer).toEqual({ failure: 'unreachable', seen: 'It cannot be reached (ERR_INVALID_CHAR).' });
    expect(server.asked).toEqual([]);
  });

  it('follows a redirect on the same host', async () => {
    server.behave((request, response) => {
      if (request.url === '/keys') response.writeHead(302, { location: '/moved' }).end();
      else answers([publicKey('a')])(request, response);
    });
    const rig = await foreignRig(server.url);
    await rig.ask();
    expect(rig.keySets()).toHaveLength(1);
  });

  it('is asked ever later, never before Retry-After, and is an alarm after an hour or where it never answered', async () => {
    server.behave(answers([publicKey('a')]));
    const rig = await foreignRig(server.url);
    await rig.ask();
    server.behave(answers([], { 'retry-after': '600' }, 429));
    expect(await rig.ask(1_000_000)).toBe(true);
    expect(rig.status()).toMatchObject({ failure: { reason: 'throttled' }, isOverdue: false });
    expect(await rig.ask(590_000)).toBe(false);
    server.behave(answers([], {}, 500));
    expect(await rig.ask(80_000)).toBe(true);
    const times: number[] = [];
    for (let at = 0; at < 1_200; at++) if (await rig.ask(5_000)) times.push(rig.nowMs());
    const waits = times.slice(1).map((time, at) => Math.round((time - (times[at] as number)) / 1_000));
    // 30 s for the second in a row, doubled each time, each up to a tenth and a step of the loop later.
    for (const [at, wait] of waits.entries()) {
      const least = Math.min(3_600, 15 * 2 ** (at + 2));
      expect(wait).toBeGreaterThanOrEqual(least);
      expect(wait).toBeLessThanOrEqual(least * 1.1 + 5);
    }
    expect(waits.length).toBeGreaterThanOrEqual(5);
    expect(rig.said.map(({ kind }) => kind)).toEqual(['seen', 'failed', 'failed']);
    expect(rig.status().isOverdue).toBe(true);
    const never = await foreignRig(server.url);
    await never.ask();
    expect(never.status().isOverdue).toBe(true);
  });
});

describe('approval of a key set', () => {
  it('lets exactly the set that was seen cross, once, whatever comes meanwhile', async () => {
    server.behave(answers([publicKey('a')]));
    const rig = await foreignRig(server.url, { approve: 'manual' });
    await rig.ask();
    expect(rig.keySets()).toEqual([]);
    expect(rig.said).toMatchObject([{ kind: 'seen', needsApproval: true }]);
    const first = rig.status().seen?.sha256 as string;
    expect(rig.status().decision).toBe('waiting');
    server.behave(answers([publicKey('evil')]));
    await rig.ask(1_000_000);
    expect(rig.request({ decision: 'approved', sha256: first })).toMatchObject({ outcome: 'refused' });
    expect(rig.keySets()).toEqual([]);
    server.behave(answers([publicKey('b')]));
    await rig.ask(1_000_000);
    const sha256 = rig.status().seen?.sha256 as string;
    for (let twice = 0; twice < 2; twice++) {
      // Also where the first is not journaled yet.
      rig.desk.handleTurn(rig.nowMs());
      expect(rig.request({ decision: 'approved', sha256 })).toMatchObject({
        outcome: 'done',
        detail: { issuer: ISSUER },
      });
    }
    const crossed = rig.keySets();
    expect(crossed.map(({ jwks }) => [kidsOf(jwks), sha256Hex(jwks)])).toEqual([[['b'], sha256]]);
    expect(rig.keySets()).toEqual([]);
    // The next one waits again, and an older one that comes back too.
    server.behave(answers([publicKey('c')]));
    await rig.ask(1_000_000);
    expect(rig.status().decision).toBe('waiting');
  });

  it('may be refused for good, is durable, and holds for the set alone', async () => {
    const keys = [publicKey('a')];
    server.behave(answers(keys));
    const rig = await foreignRig(server.url, { approve: 'manual' });
    await rig.ask();
    const sha256 = rig.status().seen?.sha256 as string;
    expect(rig.request({ decision: 'rejected', sha256 })).toMatchObject({ outcome: 'done' });
    expect(rig.status().decision).toBe('rejected');
    const next = await foreignRig(server.url, { approve: 'manual', store: rig.store, atMs: 1_000_000 });
    expect(next.status().decision).toBe('rejected');
    await next.ask(100_000);
    expect(next.keySets()).toEqual([]);
    expect(next.request({ decision: 'approved', sha256 })).toMatchObject({ outcome: 'done' });
    expect(next.keySets()).toHaveLength(1);
  });

  it('is not asked for where sets cross by themselves, and takes no request of another form', async () => {
    server.behave(answers([publicKey('a')]));
    const rig = await foreignRig(server.url);
    await rig.ask();
    const sha256 = rig.status().seen?.sha256;
    const reason = (body: unknown) => (rig.request(body) as { reason?: string }).reason;
    expect(reason({ decision: 'rejected', sha256 })).toContain('approve: automatic');
    for (const body of [undefined, null, 'x', { decision: 'maybe', sha256 }, { decision: 'approved' }]) {
      expect(reason(body)).toBe('The request is not of its form.');
    }
  });
});

/**
 * A sender whose issuer's key lies on a PKCS#11 token (SoftHSM2), and an ordinary resource server in Go that finds the keys at
 * the receiver: both programs run, and nothing of ours verifies.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diode, type RunningProgram } from '../../bench/support/diode-pair.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { type EmbeddedSite, openEmbeddedSite } from '../support/embedded-site.ts';
import { buildGo, hasGo } from '../support/go-program.ts';
import { requirement } from '../support/requirement.ts';
import { hasSoftToken, makeSoftToken, type SoftToken } from '../support/soft-token.ts';

const ISSUER = 'https://issuer.site-a.example';
const AUDIENCE = 'https://api.site-a.example';
const MAX_LOOKS = 150;
const TIMEOUT_MS = 60_000;
const sources = join(import.meta.dirname, '../interop/token');
const goCure = 'install Go 1.26 or newer, with a module proxy or cache for test/interop/token/go.mod';
const isPossible = hasSoftToken() && requirement('go', hasGo(sources), goCure);

describe.skipIf(!isPossible)('an issuer whose key lies on a PKCS#11 token', () => {
  const root = mkdtempSync(join(tmpdir(), 'on-token-'));
  let token: SoftToken;
  let program = '';
  let site: EmbeddedSite;
  let servicePort: number;
  /** Where SoftHSM2 finds them. */
  let tokens: string;
  let sender: RunningProgram;

  function person(more: object): string {
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
    return JSON.stringify({
      type: 'User',
      op: 'put',
      resource: { schemas, id: 'ann', userName: 'ann', active: true, ...more },
    });
  }

  /** The newest of the one subject, once it is as wanted. */
  async function tokenOnce(isWanted: (jws: string | null) => boolean): Promise<string> {
    for (let look = 0; look < MAX_LOOKS; look++) {
      const last = (await site.read('tokens')).at(-1);
      if (last !== undefined && isWanted(last.value)) return last.value ?? '';
      await delay(200);
    }
    throw new Error(`what was awaited did not come to tokens; logs in ${root}`);
  }

  /** What the resource server says of it, with the keys that it fetches for that. */
  function verify(jws: string): string {
    const url = `http://127.0.0.1:${servicePort}/.well-known/oauth-authorization-server`;
    const args = ['verify', url, ISSUER, AUDIENCE, new Date().toISOString()];
    const { stdout, stderr } = spawnSync(program, args, { input: jws, encoding: 'utf8' });
    return stdout.trim() || stderr;
  }

  beforeAll(async () => {
    program = buildGo(sources);
    // Its place is in the environment of this process, which the programs have too.
    token = makeSoftToken({ issuer: 'ES256' });
    servicePort = await freePort();
    const { module, label, pinFile } = token;
    const key = { kind: 'pkcs11', module, token: label, label: 'issuer', pinFile };
    const place = { issuer: ISSUER, audience: [AUDIENCE], jwks: 'jwks.json', algorithms: ['ES256'] };
    site = await openEmbeddedSite({
      directory: root,
      boundary: 'site-a',
      senderSettings: [[['issuer'], { issuer: ISSUER, algorithm: 'ES256', key, audiences: [AUDIENCE] }]],
      receiverSettings: [
        [['issuers'], [{ ...place, maxLifetimeSeconds: 900 }]],
        [['verification', 'port'], servicePort],
      ],
    });
    const { pair } = site.running;
    writeFileSync(
      join(pair.receiverDirectory, 'jwks.json'),
      await diode('sender', ['issuer-keys', pair.senderDirectory]),
    );
    tokens = join(token.directory, 'tokens');
    site.running.append([person({})]);
    // As if it were not plugged in.
    renameSync(tokens, `${tokens}.away`);
    mkdirSync(tokens);
    await site.running.start('receiver');
    sender = await site.running.start('sender');
  });
  afterAll(async () => {
    await site?.close();
    token?.remove();
    if (program !== '') rmSync(dirname(program), { recursive: true });
    rmSync(root, { recursive: true, force: true });
  });

  it('that is away at the start holds nothing up, and is an alarm', async () => {
    await site.running.until('receiver', ({ totals }) => totals.published === 1, TIMEOUT_MS);
    const alarm = 'No tokens are issued: The library';
    await site.running.until('sender', ({ alarms }) => alarms.some((text) => text.startsWith(alarm)), TIMEOUT_MS);
    rmdirSync(tokens);
    renameSync(`${tokens}.away`, tokens);
  });

  it('signs tokens that golang-jwt accepts, with the keys that the running receiver serves', async () => {
    const jws = await tokenOnce((value) => value !== null);
    expect(verify(jws)).toBe('accepted ann');
    const answer = await fetch(`http://127.0.0.1:${servicePort}/.well-known/jwks.json`);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=60, must-revalidate');
    expect(await answer.json()).toMatchObject({ keys: [{ kty: 'EC', use: 'sig' }] });
    const etag = answer.headers.get('etag') ?? '';
    const again = await fetch(answer.url, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('goes on issuing after the process that holds the token crashed, and so does everything else', async () => {
    const before = await tokenOnce((value) => value !== null);
    const { pid } = sender.process;
    const host = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
    process.kill(host, 'SIGKILL');
    site.running.append([person({ roles: [{ value: 'writer' }] })]);
    const jws = await tokenOnce((value) => value !== null && value !== before);
    expect(verify(jws)).toBe('accepted ann');
    expect((await site.running.sender())?.issuer).toMatchObject({ issued: 2, live: 1 });
  });

  it('is served no more once its key is revoked, and the token is tombstoned: nobody accepts it', async () => {
    const jws = await tokenOnce((value) => value !== null);
    const kid = JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()).kid as string;
    site.running.append([JSON.stringify({ revoke: { iss: ISSUER, kid } })]);
    await tokenOnce((value) => value === null);
    expect(verify(jws)).toMatch(/^refused .*key not found/);
    const answer = await fetch(`http://127.0.0.1:${servicePort}/.well-known/jwks.json`);
    expect(await answer.json()).toEqual({ keys: [] });
  });
});

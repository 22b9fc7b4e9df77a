import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { runCommandLine } from '../../../src/cli/program.ts';
import { SIGNER_LIMITS } from '../../../src/limits.ts';
import { openKeyFileSigner } from '../../../src/signer/key-file-signer.ts';
import type { Signer } from '../../../src/signer/signer.ts';
import {
  answerSigningRequest,
  parseSigningRequest,
  readSignature,
  requestDigest,
  type SigningRequest,
  shortDigest,
  signingRequestText,
} from '../../../src/signer/signing-request.ts';
import { makeKeyFile } from '../../support/soft-token.ts';

let folder: string;
let signer: Signer;
let request: SigningRequest;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ceremony-'));
  makeKeyFile(join(folder, 'root.key'), 'EdDSA');
  makeKeyFile(join(folder, 'other.key'), 'EdDSA');
  signer = openKeyFileSigner(join(folder, 'root.key'), 'EdDSA');
  request = { purpose: 'trust bundle 7 of site-a', key: signer.publicJwk, payload: Buffer.from('bundle') };
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a signing request', () => {
  it('comes back as it was, is signed, and the signature holds', async () => {
    const carried = parseSigningRequest(signingRequestText(request), 'request.json');
    expect(requestDigest(carried)).toBe(requestDigest(request));
    const signature = readSignature(request, await answerSigningRequest(carried, signer), 'signature.json');
    expect(Buffer.from(signature)).toEqual(Buffer.from(await signer.sign(request.payload)));
  });

  it('has a digest that covers all of it, shown as five groups', () => {
    const changed = [
      { ...request, purpose: 'trust bundle 8 of site-a' },
      { ...request, payload: Buffer.from('bundlf') },
      { ...request, key: { ...request.key, alg: 'ES256' } },
    ];
    expect(new Set([request, ...changed].map(requestDigest)).size).toBe(4);
    expect(shortDigest(requestDigest(request))).toMatch(/^([0-9a-f]{4} ){4}[0-9a-f]{4}$/);
  });

  it('is not signed with another key, and a signature of another request or with a changed byte is refused', async () => {
    const other = openKeyFileSigner(join(folder, 'other.key'), 'EdDSA');
    await expect(answerSigningRequest(request, other)).rejects.toMatchObject({ code: 'request-foreign' });
    const answer = await answerSigningRequest(request, signer);
    const next = { ...request, payload: Buffer.from('next') };
    expect(() => readSignature(next, answer, 's')).toThrow(expect.objectContaining({ code: 'request-foreign' }));
    const parsed = JSON.parse(answer);
    const damaged = JSON.stringify({ ...parsed, signature: `AAAA${parsed.signature.slice(4)}` });
    expect(() => readSignature(request, damaged, 's')).toThrow(expect.objectContaining({ code: 'request-invalid' }));
  });

  it.each([
    '',
    '[]',
    '{"identity-diode":"signature","version":1}',
    '{"identity-diode":"signing-request","version":2}',
    '{"identity-diode":"signing-request","version":1,"purpose":"\\u001b[2J","key":{},"payload":"AA"}',
    '{"identity-diode":"signing-request","version":1,"purpose":"p","key":{"kid":1},"payload":"AA"}',
    '{"identity-diode":"signing-request","version":1,"purpose":"p","key":{},"payload":""}',
    '{"identity-diode":"signing-request","version":1,"purpose":"p","purpose":"q","key":{},"payload":"AA"}',
  ])('is refused in a file of another form: %s', (text) => {
    expect(() => parseSigningRequest(text, 'f')).toThrow(expect.objectContaining({ code: 'request-invalid' }));
  });

  it('has bounds', () => {
    const long = { ...request, payload: Buffer.alloc(SIGNER_LIMITS.maxPayloadBytes + 1) };
    expect(() => signingRequestText(long)).toThrow(expect.objectContaining({ code: 'request-invalid' }));
    const whole = { ...request, payload: Buffer.alloc(SIGNER_LIMITS.maxPayloadBytes) };
    expect(signingRequestText(whole).length).toBeLessThanOrEqual(SIGNER_LIMITS.maxFileBytes);
    const nameless = { ...request, purpose: '' };
    expect(() => signingRequestText(nameless)).toThrow(expect.objectContaining({ code: 'request-invalid' }));
  });

  it('goes through the commands, as people type them', async () => {
    const at = (name: string) => join(folder, name);
    const run = (...args: string[]) => runCommandLine(senderCommandLine(), ['signer', ...args]);
    writeFileSync(at('payload.bin'), 'bundle');
    writeFileSync(at('root.jwk'), JSON.stringify(signer.publicJwk));
    const asked = ['--key', at('root.jwk'), '--purpose', request.purpose];
    expect(await run('key', '--key-file', at('root.key'))).toBe(0);
    expect(await run('request', at('payload.bin'), at('request.json'), ...asked)).toBe(0);
    expect(await run('sign', at('request.json'), at('signature.json'), '--key-file', at('root.key'), '--yes')).toBe(0);
    expect(await run('verify', at('request.json'), at('signature.json'), '--out', at('payload.sig'))).toBe(0);
    const signature = Buffer.from(await signer.sign(Buffer.from('bundle'))).toString('base64url');
    expect(readFileSync(at('payload.sig'), 'utf8').trim()).toBe(signature);
    expect(await run('sign', at('request.json'), at('x.json'), '--key-file', at('other.key'), '--yes')).toBe(1);
    expect(await run('sign', at('request.json'), at('x.json'))).toBe(2);
  });
});

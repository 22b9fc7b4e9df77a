/** A key on SoftHSM2 behind a process of its own, which is stopped, killed and replaced. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openHostedSigner } from '../../../src/signer/hosted-signer.ts';
import { type Signer, verifyWithJwk } from '../../../src/signer/signer.ts';
import { hasSoftToken, makeSoftToken, type SoftToken } from '../../support/soft-token.ts';

describe.skipIf(!hasSoftToken())('a signer whose token has a process of its own', () => {
  let token: SoftToken;
  let signer: Signer;
  const open = async (changes: { readonly answerMs?: number; readonly pinFile?: string } = {}) => {
    const { module, label, pinFile } = token;
    const { answerMs, ...others } = changes;
    const config = { kind: 'pkcs11', module, token: label, label: 'key', pinFile, ...others } as const;
    signer = await openHostedSigner({ config, algorithm: 'ES256', environment: {}, ...(answerMs && { answerMs }) });
    return signer;
  };
  /** The one child of this process: nothing else here starts any. */
  const host = () => Number(readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim());
  const signs = async () => {
    const bytes = Buffer.from('bytes');
    return verifyWithJwk(signer.publicJwk, bytes, await signer.sign(bytes));
  };
  const untilGone = async (pid: number) => {
    for (let look = 0; look < 200 && host() === pid; look++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(host()).not.toBe(pid);
  };

  beforeAll(() => {
    token = makeSoftToken({ key: 'ES256' });
  });
  afterEach(async () => {
    const pid = host();
    signer.close();
    if (pid !== 0) await untilGone(pid);
  });
  afterAll(() => token.remove());

  it('fails all that was asked where it crashes, and asks a new one the next time', async () => {
    await open();
    expect(await signs()).toBe(true);
    const first = host();
    process.kill(first, 'SIGSTOP');
    const asked = [1, 2, 3].map((byte) => signer.sign(Buffer.of(byte)));
    const failed = Promise.allSettled(asked);
    // Handed over, and not answered.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    process.kill(first, 'SIGKILL');
    const seen = 'The process that holds the library of the token "diode" ended (SIGKILL).';
    const reason = expect.objectContaining({ code: 'signer-failed', seen });
    expect(await failed).toEqual(Array(3).fill({ status: 'rejected', reason }));
    expect(await signs()).toBe(true);
    expect(host()).not.toBe(first);
  });

  it('signs no more once it is closed, and begins no host for it', async () => {
    await open();
    const first = host();
    const late = signer.sign(Buffer.of(1));
    signer.close();
    await expect(late).rejects.toMatchObject({ code: 'signer-failed' });
    await untilGone(first);
    expect(host()).toBe(0);
  });

  it('is killed where it hangs, which holds nothing else, and a new one signs', async () => {
    await open({ answerMs: 1_000 });
    const first = host();
    process.kill(first, 'SIGSTOP');
    let turns = 0;
    const timer = setInterval(() => turns++, 10);
    // More that is asked meanwhile gives it no more time.
    const asking = setInterval(() => signer.sign(Buffer.of(1)).catch(() => {}), 300);
    await expect(signs()).rejects.toMatchObject({
      code: 'signer-failed',
      seen: 'The token "diode" hangs: its library has not answered within 1 s.',
    });
    clearInterval(timer);
    clearInterval(asking);
    expect(turns).toBeGreaterThan(10);
    await untilGone(first);
    await signer.sign(Buffer.of(1)).catch(() => {});
    expect(host()).not.toBe(first);
  });

  it('does not try a PIN again that one before it was refused with', async () => {
    const pinFile = join(token.directory, 'changing-pin');
    const write = (pin: string) => writeFileSync(pinFile, pin, { mode: 0o600 });
    write('12345678');
    await open({ pinFile });
    const next = async () => {
      const pid = host();
      if (pid !== 0) process.kill(pid, 'SIGKILL');
      if (pid !== 0) await untilGone(pid);
      return signs();
    };
    write('99999999');
    await expect(next()).rejects.toMatchObject({ code: 'signer-pin' });
    // A token that would take it now is not asked: the failure is the one before.
    await expect(next()).rejects.toMatchObject({ code: 'signer-pin' });
    write('12345678');
    expect(await next()).toBe(true);
  });
});

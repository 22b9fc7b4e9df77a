import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { loadAeadAddon } from '../../../src/crypto/aead-addon.ts';
import { AEAD_FILE, aead, hasAead } from '../../support/aead-addon.ts';
import { codeOf } from '../../support/udp-addon.ts';

const cipher = () => aead.newCipher(Buffer.alloc(32, 1));

describe.skipIf(!hasAead)('the AEAD addon', () => {
  it.each([0, 31, 33])('refuses a key of %i bytes', (bytes) => {
    expect(codeOf(() => aead.newCipher(Buffer.alloc(bytes)))).toBe('ERR_OUT_OF_RANGE');
  });

  it.each([
    ['a key that is no Buffer', () => aead.newCipher('x'.repeat(32) as never)],
    ['no key', () => aead.newCipher(undefined as never)],
    ['a datagram that is no Buffer', () => cipher().open('datagram' as never, 28)],
    ['a datagram of words', () => cipher().open(new Uint16Array(100) as never, 28)],
    ['no datagram', () => cipher().seal(undefined as never, 28)],
  ])('refuses %s', (_name, call) => {
    expect(codeOf(call)).toBe('ERR_INVALID_ARG_TYPE');
  });

  it('seals nothing beyond what IP holds, and opens none', () => {
    expect(codeOf(() => cipher().seal(Buffer.alloc(65_536), 28))).toBe('ERR_OUT_OF_RANGE');
    expect(cipher().open(Buffer.alloc(65_536), 28)).toBe(false);
  });

  it('opens no datagram whose memory was taken away', () => {
    const datagram = Buffer.from(new ArrayBuffer(100));
    structuredClone(datagram.buffer, { transfer: [datagram.buffer] });
    expect(cipher().open(datagram, 28)).toBe(false);
    expect(codeOf(() => cipher().seal(datagram, 28))).toBe('ERR_OUT_OF_RANGE');
  });

  it('has functions that are called by themselves, and outlive the cipher', () => {
    const { seal, open } = cipher();
    const datagram = Buffer.alloc(100, 1);
    seal(datagram, 28);
    expect(datagram.subarray(28).equals(Buffer.alloc(72, 1))).toBe(false);
    expect(open.call({}, datagram, 28)).toBe(true);
    expect(datagram.subarray(0, -16).equals(Buffer.alloc(84, 1))).toBe(true);
  });

  it('works in a worker thread, and ends with it', async () => {
    const script = `
      const { newCipher } = require(${JSON.stringify(AEAD_FILE)});
      const datagram = Buffer.alloc(100, 1);
      newCipher(Buffer.alloc(32, 1)).seal(datagram, 28);
      require('node:worker_threads').parentPort.postMessage(datagram);`;
    const [sealed] = (await once(new Worker(script, { eval: true }), 'message')) as [Uint8Array];
    expect(cipher().open(Buffer.from(sealed), 28)).toBe(true);
  });
});

describe('loadAeadAddon', () => {
  it('says why there is none', () => {
    expect(loadAeadAddon(pathToFileURL('/nowhere/aead.node'))).toMatch(/not compiled/);
    expect(loadAeadAddon(new URL(import.meta.url))).toMatch(/cannot be loaded/);
  });
});

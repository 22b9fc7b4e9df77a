/** An age file (age-encryption.org/v1) with fixed keys, written without the library that the product uses. */
import { createCipheriv, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import { agreementKeyPair } from '../../../src/crypto/agreement.ts';
import { bytesOf } from './fixture.ts';

const CHUNK_BYTES = 65_536;
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');

/** `label` names the file key, the ephemeral keys and the nonce. */
export function ageFile(label: string, content: Uint8Array, recipients: readonly Uint8Array[]): Buffer {
  const fileKey = bytesOf(`${label} file key`, 16);
  const stanzas = recipients.map((recipient, index) =>
    stanza(fileKey, bytesOf(`${label} ephemeral ${index}`, 32), recipient),
  );
  const head = `age-encryption.org/v1\n${stanzas.join('')}---`;
  const mac = createHmac('sha256', hkdf(fileKey, '', 'header'))
    .update(head)
    .digest();
  const nonce = bytesOf(`${label} nonce`, 16);
  const key = hkdf(fileKey, nonce, 'payload');
  const chunks: Buffer[] = [];
  for (let at = 0; at === 0 || at < content.length; at += CHUNK_BYTES) {
    const counter = Buffer.alloc(12);
    counter.writeUIntBE(at / CHUNK_BYTES, 5, 6);
    counter[11] = at + CHUNK_BYTES >= content.length ? 1 : 0;
    chunks.push(seal(key, counter, content.subarray(at, at + CHUNK_BYTES)));
  }
  return Buffer.concat([Buffer.from(`${head} ${base64(mac)}\n`), nonce, ...chunks]);
}

function stanza(fileKey: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array): string {
  const share = agreementKeyPair(ephemeral).publicKey;
  const secret = diffieHellman({
    privateKey: createPrivateKey({ key: Buffer.concat([PKCS8, ephemeral]), format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: Buffer.concat([SPKI, recipient]), format: 'der', type: 'spki' }),
  });
  const key = hkdf(secret, Buffer.concat([share, recipient]), 'age-encryption.org/v1/X25519');
  return `-> X25519 ${base64(share)}\n${base64(seal(key, Buffer.alloc(12), fileKey))}\n`;
}

function seal(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function hkdf(secret: Uint8Array, salt: Uint8Array | string, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, 32));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

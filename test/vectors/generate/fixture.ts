/** The two ends that all wire vectors speak of. Every byte follows from a label, so regenerating changes nothing. */
import { createHash } from 'node:crypto';
import { agreementKeyPair } from '../../../src/crypto/agreement.ts';
import { receiverId, signingKeyId } from '../../../src/crypto/digest.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';

/** The first `count` bytes of SHA-256(label "/0"), SHA-256(label "/1"), … end to end. */
export function bytesOf(label: string, count: number): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; index * 32 < count; index++)
    parts.push(createHash('sha256').update(`${label}/${index}`).digest());
  return Buffer.concat(parts).subarray(0, count);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export const BOUNDARY = 'site-a';
export const STREAM = 'hr';
export const SIGNING_SEED = bytesOf('signing seed', 32);
export const SIGNING = signingKeyPair(SIGNING_SEED);
export const SIGNING_KEY_ID = signingKeyId(SIGNING.publicKey);
export const SENDER_AGREEMENT = agreementKeyPair(bytesOf('sender agreement', 32));
export const RECEIVER_AGREEMENT = agreementKeyPair(bytesOf('receiver agreement', 32));
export const STANDBY_AGREEMENT = agreementKeyPair(bytesOf('standby agreement', 32));
export const RECEIVER_ID = receiverId(RECEIVER_AGREEMENT.publicKey);
export const STANDBY_ID = receiverId(STANDBY_AGREEMENT.publicKey);

export const SESSION_NUMBER = 7;
export const SESSION_ID = bytesOf('session id', 16);
export const SESSION_SECRET = bytesOf('session secret', 32);
export const EPOCH = 3;
export const EPOCH_ID = bytesOf('epoch id', 16);
/** 2026-11-22T10:00:00Z */
export const NOW_MS = 1_795_341_600_000;

/** One byte changed. */
export function flipped(bytes: Uint8Array, at: number, mask = 1): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy.at(at) as number) ^ mask;
  return copy;
}

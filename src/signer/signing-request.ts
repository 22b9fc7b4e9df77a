/**
 * An offline ceremony in two files: a request goes to the machine that has the key, a signature comes back. People read the
 * same short digest on both machines; it covers everything that the request says.
 *
 *   {"identity-diode":"signing-request","version":1,"purpose":TEXT,"key":JWK,"payload":BASE64URL}
 *   {"identity-diode":"signature","version":1,"request":HEX,"keyId":TEXT,"signature":BASE64URL}
 */

import { readBase64url } from '../crypto/base64url.ts';
import { sha256Hex } from '../crypto/digest.ts';
import { canonicalJson } from '../identity/canonical-json.ts';
import { isJsonObject, type JsonObject } from '../identity/json-value.ts';
import { isRefusal } from '../identity/refusal.ts';
import { parseStrictJson } from '../identity/strict-json.ts';
import { SIGNER_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { type PublicJwk, type Signer, verifyWithJwk } from './signer.ts';

export interface SigningRequest {
  /** What is signed and what for, in the words of whoever asks. */
  readonly purpose: string;
  /** Whose signature is asked for. */
  readonly key: PublicJwk;
  /** Exactly the bytes to be signed. */
  readonly payload: Uint8Array;
}

const VERSION = 1;
/** Printable, so that a terminal shows what is there. */
const PURPOSE = /^[\x20-\x7e]+$/;
const HEX_DIGEST = /^[0-9a-f]{64}$/;
/** 80 bits: nobody finds a second request for one that people have seen. */
const SHORT_CHARACTERS = 20;

/** Throws DiodeError `request-invalid` for a purpose or payload that no request takes. */
export function signingRequestText({ purpose, key, payload }: SigningRequest): string {
  const isFit = payload.length > 0 && payload.length <= SIGNER_LIMITS.maxPayloadBytes;
  if (!isFit) throw invalid('It', `holds nothing, or more than ${SIGNER_LIMITS.maxPayloadBytes} bytes, to be signed`);
  if (!isPurpose(purpose)) throw invalid('It', 'has no purpose of 1 to 200 printable ASCII characters');
  return `${JSON.stringify(requestObject({ purpose, key, payload }))}\n`;
}

/** Throws DiodeError `request-invalid`; `origin` names the file. */
export function parseSigningRequest(text: string, origin: string): SigningRequest {
  const { purpose, key, payload } = parseForm(text, origin, 'signing-request');
  if (!isPurpose(purpose)) throw invalid(origin, 'has no purpose of 1 to 200 printable ASCII characters');
  if (!isJsonObject(key) || Object.values(key).some((member) => typeof member !== 'string')) {
    throw invalid(origin, 'names no public key');
  }
  const bytes = readBase64url(payload);
  if (bytes === undefined || bytes.length === 0) throw invalid(origin, 'holds nothing to be signed');
  return { purpose, key: key as PublicJwk, payload: bytes };
}

/** SHA-256 of the request in its canonical form, lower-case hex: what a signature names. */
export function requestDigest(request: SigningRequest): string {
  return sha256Hex(canonicalJson(requestObject(request)));
}

/** Five groups of four: what people read to each other. */
export function shortDigest(digest: string): string {
  return (digest.slice(0, SHORT_CHARACTERS).match(/.{4}/g) ?? []).join(' ');
}

/** On the machine that has the key. Throws DiodeError `request-foreign` for another's, and as `Signer.sign`. */
export async function answerSigningRequest(request: SigningRequest, signer: Signer): Promise<string> {
  if (request.key.kid !== signer.keyId || request.key.alg !== signer.algorithm) {
    throw new DiodeError(
      'request-foreign',
      `The request is for the key ${request.key.kid} (${request.key.alg}); this is ${signer.keyId} (${signer.algorithm}).`,
      'Nothing was signed: take the right key, or ask for a request that names this one.',
    );
  }
  const signature = Buffer.from(await signer.sign(request.payload)).toString('base64url');
  const about = { 'identity-diode': 'signature', version: VERSION };
  return `${JSON.stringify({ ...about, request: requestDigest(request), keyId: signer.keyId, signature })}\n`;
}

/** The signature of a file that answers this request and holds. Throws DiodeError `request-invalid` or `request-foreign`. */
export function readSignature(request: SigningRequest, text: string, origin: string): Uint8Array {
  const { request: digest, signature } = parseForm(text, origin, 'signature');
  if (typeof digest !== 'string' || !HEX_DIGEST.test(digest)) throw invalid(origin, 'names no request');
  if (digest !== requestDigest(request)) {
    throw new DiodeError(
      'request-foreign',
      `${origin} answers the request ${shortDigest(digest)}, not ${shortDigest(requestDigest(request))}.`,
      'Give the two files that belong together.',
    );
  }
  const bytes = readBase64url(signature);
  if (bytes !== undefined && verifyWithJwk(request.key, request.payload, bytes)) return bytes;
  throw new DiodeError(
    'request-invalid',
    `The signature in ${origin} does not hold under the key ${request.key.kid}.`,
    'Have the request signed again.',
  );
}

function requestObject({ purpose, key, payload }: SigningRequest) {
  const about = { 'identity-diode': 'signing-request', version: VERSION };
  return { ...about, purpose, key: { ...key }, payload: Buffer.from(payload).toString('base64url') };
}

function parseForm(text: string, origin: string, form: 'signing-request' | 'signature'): JsonObject {
  const parsed = parseStrictJson(text.trim());
  if (isRefusal(parsed) || !isJsonObject(parsed.value) || parsed.value['identity-diode'] !== form) {
    throw invalid(origin, `is no ${form === 'signature' ? 'signature' : 'signing request'}`);
  }
  if (parsed.value.version !== VERSION) throw invalid(origin, 'is of another version than this program knows');
  return parsed.value;
}

function isPurpose(value: unknown): value is string {
  return typeof value === 'string' && value.length <= SIGNER_LIMITS.maxPurposeCharacters && PURPOSE.test(value);
}

function invalid(origin: string, seen: string): DiodeError {
  return new DiodeError(
    'request-invalid',
    `${origin} ${seen}.`,
    'Have the file made again by a program of this release.',
  );
}

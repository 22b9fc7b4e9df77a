/**
 * Evidence of a transfer: who did what with which bundle, signed. Canonical JSON (RFC 8785) without its last two fields is
 * what the signature covers, and the MAC of each trusted card of the other side, by which that side knows its author.
 */
import { createHmac } from 'node:crypto';
import { readBase64url, readRawKey } from '../crypto/base64url.ts';
import { equalBytes, signingKeyId } from '../crypto/digest.ts';
import { type SigningKeyPair, sign, verifySignature } from '../crypto/sodium.ts';
import { canonicalJson } from '../identity/canonical-json.ts';
import type { JsonValue } from '../identity/json-value.ts';

export interface EvidenceFacts {
  readonly side: 'sender' | 'receiver';
  /**
   * `exported`, `imported`: all of it is durable in the receiver; `handed-over`: verified, and the receiver had not taken
   * all of it in yet; `known`: it was taken in before; `refused`: it was not taken in, for the reason that `details` begin with.
   */
  readonly result: 'exported' | 'imported' | 'handed-over' | 'known' | 'refused';
  readonly boundary: string;
  readonly stream: string;
  readonly bundle: number;
  /** Hex. */
  readonly manifestDigest: string;
  readonly code: string;
  readonly epoch: number;
  /** For people, such as "1–120". */
  readonly frames: string;
  readonly frameCount: number;
  readonly records: number;
  /** ISO 8601. */
  readonly madeAt: string;
  readonly at: string;
  readonly by: string;
  /** What the side wants to say beside: volumes of the sender, counts of the receiver. */
  readonly details: readonly string[];
}

export interface Evidence extends EvidenceFacts {
  readonly 'identity-diode': 'transfer-evidence';
  readonly version: 1;
  /** Raw Ed25519 public key of the side, and its id. */
  readonly key: string;
  readonly keyId: string;
  /** Base64url. */
  readonly signature: string;
  /** By the key that the two cards share: one for each trusted card of the other side. Base64url, 16 bytes each. */
  readonly macs: readonly string[];
}

const LABEL = Buffer.from('identity-diode/evidence/v1\0', 'latin1');
const MAC_BYTES = 16;

export function makeEvidence(facts: EvidenceFacts, key: SigningKeyPair, macKeys: readonly Uint8Array[]): Evidence {
  const body = {
    'identity-diode': 'transfer-evidence',
    version: 1,
    ...facts,
    key: base64url(key.publicKey),
    keyId: signingKeyId(key.publicKey).toString('hex'),
  } as const;
  const covered = coveredBytes(body);
  const macs = macKeys.map((macKey) => base64url(mac(macKey, covered)));
  return { ...body, signature: base64url(sign(covered, key.secretKey)), macs };
}

/** As it stands in the audit log, so that the log alone shows who said what: `parseEvidence` reads it. */
export function evidenceText(evidence: Evidence): string {
  return canonicalJson({ ...evidence } as unknown as JsonValue);
}

/** Undefined for what is no evidence of ours; never throws. Its content is as good as `checkEvidence` says. */
export function parseEvidence(text: string): Evidence | undefined {
  const json = EMBEDDED.exec(text)?.[1] ?? text;
  try {
    const value: unknown = JSON.parse(json);
    return isEvidence(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** These fields and no others: what the signature covers is then flat. */
function isEvidence(value: unknown): value is Evidence {
  if (typeof value !== 'object' || value === null) return false;
  const names = Object.keys(value);
  if (names.length !== Object.keys(FIELDS).length) return false;
  return names.every((name) => Object.hasOwn(FIELDS, name) && FIELDS[name as keyof Evidence](value[name as never]));
}

const isText = (value: unknown) => typeof value === 'string';
const isCount = (value: unknown) => Number.isSafeInteger(value);
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isOneOf = (values: readonly unknown[]) => (value: unknown) => values.includes(value);

const FIELDS: Readonly<Record<keyof Evidence, (value: unknown) => boolean>> = {
  'identity-diode': isOneOf(['transfer-evidence']),
  version: isOneOf([1]),
  side: isOneOf(['sender', 'receiver']),
  result: isOneOf(['exported', 'imported', 'handed-over', 'known', 'refused']),
  boundary: isText,
  stream: isText,
  bundle: isCount,
  manifestDigest: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  code: isText,
  epoch: isCount,
  frames: isText,
  frameCount: isCount,
  records: isCount,
  madeAt: isText,
  at: isText,
  by: isText,
  details: isTexts,
  key: isText,
  keyId: isText,
  signature: isText,
  macs: isTexts,
};

export interface EvidenceCheck {
  /** By the key that stands in it. */
  readonly isSigned: boolean;
  /** By one of the MAC keys: whoever has that card wrote it. */
  readonly isAuthentic: boolean;
}

export function checkEvidence(evidence: Evidence, macKeys: readonly Uint8Array[]): EvidenceCheck {
  const { signature, macs, ...body } = evidence;
  const covered = coveredBytes(body);
  const given = macs.map((value) => readBase64url(value) ?? new Uint8Array());
  const signatureBytes = readBase64url(signature);
  const key = readRawKey(evidence.key);
  return {
    isSigned: signatureBytes !== undefined && key !== undefined && verifySignature(covered, signatureBytes, key),
    isAuthentic: macKeys.some((macKey) => given.some((value) => equalBytes(value, mac(macKey, covered)))),
  };
}

/** As it stands in a page, see evidence-page.ts. */
const EMBEDDED = /<script type="application\/json">([\s\S]*?)<\/script>/;

function coveredBytes(body: object): Uint8Array {
  return Buffer.concat([LABEL, Buffer.from(canonicalJson(body as JsonValue))]);
}

function mac(key: Uint8Array, covered: Uint8Array): Buffer {
  return createHmac('sha256', key).update(covered).digest().subarray(0, MAC_BYTES);
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

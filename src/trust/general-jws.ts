/**
 * Several signatures under one payload: JWS in general JSON serialisation (RFC 7515 §7.2.1) in one strict form, so that what
 * was signed is what is read.
 *
 *   {"payload":"…","signatures":[{"protected":"…","signature":"…"}, …]}
 *   protected: {"alg":"EdDSA","kid":"…","typ":"…"}, Ed25519, kid the RFC 7638 thumbprint of the key
 *
 * Signatures are checked by libsodium: whether m keys signed takes all of them, where JOSE's libraries end at the first, and
 * the stages that ask cannot wait. Nothing of the payload is parsed here. Pure.
 */
import { readBase64url } from '../crypto/base64url.ts';
import { type SigningKeyPair, sign, verifySignature } from '../crypto/sodium.ts';
import { ed25519Thumbprint } from '../crypto/thumbprint.ts';
import { isRefusal } from '../identity/refusal.ts';
import { parseStrictJson } from '../identity/strict-json.ts';
import { TRUST_LIMITS } from '../limits.ts';
import { problem, type TrustProblem } from './trust-problem.ts';

export interface GeneralJws {
  /** `typ`, the same in each protected header. */
  readonly type: string;
  /** Not to be parsed before signatures hold. */
  readonly payload: Buffer;
  readonly signatures: readonly JwsSignature[];
}

export interface JwsSignature {
  /** Thumbprint of the key that it names. */
  readonly keyId: string;
  readonly input: Buffer;
  readonly signature: Buffer;
}

export interface JwsForm {
  readonly type: string;
  readonly maxBytes: number;
  /** How many signatures at least; 1 by default. 0 where people go on to sign what nobody has signed yet. */
  readonly minSignatures?: 0 | 1;
}

/** The parts of a text of that very form and of `type`; nothing of it is authentic. Never throws. */
export function readGeneralJws(
  text: string,
  { type, maxBytes, minSignatures = 1 }: JwsForm,
): GeneralJws | TrustProblem {
  if (text.length > maxBytes) return problem('trust-size', `it has more than ${maxBytes} bytes`);
  const parsed = parseStrictJson(text);
  const outer = isRefusal(parsed) ? undefined : membersOf(parsed.value, ['payload', 'signatures']);
  const payload = readBase64url(outer?.payload);
  const listed = outer?.signatures;
  if (!payload?.length || !Array.isArray(listed)) return notOne('it has other members than such a file has');
  if (listed.length < minSignatures || listed.length > TRUST_LIMITS.maxSignatures) {
    return notOne(`it has no signatures, or more than ${TRUST_LIMITS.maxSignatures}`);
  }
  const signatures: JwsSignature[] = [];
  for (const entry of listed as unknown[]) {
    const read = readSignature(entry, String(outer?.payload));
    if (read === undefined) return notOne('a signature in it has another form than ours');
    if (read.type !== type) return problem('trust-type', `it is a ${shownType(read.type)}, not a ${shownType(type)}`);
    signatures.push(read);
  }
  return { type, payload, signatures };
}

export interface JwsContent {
  readonly type: string;
  readonly payload: Uint8Array;
  /** Whose signatures stay. */
  readonly before?: GeneralJws;
}

/** The text signed by these keys too, behind those of `before`. The caller made sure that none of them has signed yet. */
export function signGeneralJws(content: JwsContent, keys: readonly SigningKeyPair[]): string {
  const added = keys.map(({ publicKey, secretKey }) => {
    return { publicKey, signature: sign(jwsSigningInput(content, publicKey), secretKey) };
  });
  return withSignatures(content, added);
}

/** What a key signs that lies elsewhere, such as on a token. */
export function jwsSigningInput({ type, payload }: JwsContent, publicKey: Uint8Array): Buffer {
  return Buffer.from(`${protectedHeader(type, publicKey)}.${Buffer.from(payload).toString('base64url')}`, 'latin1');
}

/** The text with signatures over `jwsSigningInput`. */
export function withSignatures(
  content: JwsContent,
  signed: readonly { readonly publicKey: Uint8Array; readonly signature: Uint8Array }[],
): string {
  const payload = Buffer.from(content.payload).toString('base64url');
  const before = (content.before?.signatures ?? []).map(({ input, signature }) => ({
    protected: input.subarray(0, input.indexOf('.')).toString('latin1'),
    signature: signature.toString('base64url'),
  }));
  const added = signed.map(({ publicKey, signature }) => ({
    protected: protectedHeader(content.type, publicKey),
    signature: Buffer.from(signature).toString('base64url'),
  }));
  return `${JSON.stringify({ payload, signatures: [...before, ...added] })}\n`;
}

/**
 * The thumbprints of those who signed, each once, where every signature is of one of `keys` (thumbprint to raw key) and holds.
 * One that does not is refused although others suffice: somebody made a mistake, or is trying.
 */
export function verifiedSigners(
  { signatures }: GeneralJws,
  keys: ReadonlyMap<string, Uint8Array>,
): ReadonlySet<string> | TrustProblem {
  const signers = new Set<string>();
  for (const { keyId, input, signature } of signatures) {
    const key = keys.get(keyId);
    if (key === undefined) return problem('signature-unknown', `it is signed with a key of no root holder (${keyId})`);
    if (signers.has(keyId)) return problem('signature-duplicate', `the key ${keyId} signed it twice`);
    if (!verifySignature(input, signature, key)) {
      return problem('signature-invalid', `the signature of the key ${keyId} does not hold`);
    }
    signers.add(keyId);
  }
  return signers;
}

const ALGORITHM = 'EdDSA';
const SIGNATURE_BYTES = 64;

function protectedHeader(type: string, publicKey: Uint8Array): string {
  const header = { alg: ALGORITHM, kid: ed25519Thumbprint(publicKey), typ: type };
  return Buffer.from(JSON.stringify(header)).toString('base64url');
}

function readSignature(entry: unknown, payload: string): (JwsSignature & { readonly type: string }) | undefined {
  const parts = membersOf(entry, ['protected', 'signature']);
  const headerBytes = readBase64url(parts?.protected);
  const signature = readBase64url(parts?.signature);
  if (headerBytes === undefined || signature?.length !== SIGNATURE_BYTES) return undefined;
  const parsed = parseStrictJson(headerBytes.toString('utf8'));
  const header = isRefusal(parsed) ? undefined : membersOf(parsed.value, ['alg', 'kid', 'typ']);
  if (header === undefined || header.alg !== ALGORITHM) return undefined;
  const { kid, typ } = header;
  if (typeof kid !== 'string' || !THUMBPRINT.test(kid) || typeof typ !== 'string') return undefined;
  return { keyId: kid, type: typ, signature, input: Buffer.from(`${parts?.protected}.${payload}`, 'latin1') };
}

const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** An object with these members and no others. */
function membersOf(value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const isExact = Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
  return isExact ? (value as Record<string, unknown>) : undefined;
}

function notOne(seen: string): TrustProblem {
  return problem('trust-form', `${seen}: it is no signed statement of root holders`);
}

/** A name from an untrusted header. */
function shownType(type: string): string {
  const known: Readonly<Record<string, string>> = {
    'identity-diode-root+jws': 'root statement',
    'identity-diode-trust+jws': 'trust bundle',
  };
  return known[type] ?? 'signed text of another kind';
}

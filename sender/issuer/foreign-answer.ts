/** What a foreign issuer answered ─► [judged]: a key set, "as before", or one reason why it is nothing. Pure. */

import { canonicalJson } from '../../src/identity/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/identity/json-value.ts';
import { publicKeySet } from '../../src/identity/key-set.ts';
import { isRefusal } from '../../src/identity/refusal.ts';
import { parseStrictJson } from '../../src/identity/strict-json.ts';
import { FOREIGN_LIMITS } from '../../src/limits.ts';
import { publicKeyProblem } from '../../src/token/jose-keys.ts';
import { type AnswerHeaders, retryAfterMs } from './poll-times.ts';

/** Why an answer brought no keys; a label of metrics. */
export const FOREIGN_FAILURES = [
  'unreachable',
  'tls',
  'timeout',
  'too-large',
  'redirect',
  'throttled',
  'status',
  'metadata',
  'json',
  'key-set',
  'private-key',
] as const;
export type ForeignFailure = (typeof FOREIGN_FAILURES)[number];

export interface FailedAnswer {
  readonly failure: ForeignFailure;
  /** A sentence; nothing of the answer's text in it. */
  readonly seen: string;
  /** The issuer asks to be left alone for so long. */
  readonly askedMs?: number;
}

export interface WholeAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Uint8Array;
}

export interface ForeignKeySet {
  /** Canonical {"keys":[…]}, by kid: signing keys with the members that a verifier needs. */
  readonly jwks: string;
  /** Keys of the answer that verify nothing, each with the reason. */
  readonly leftOut: readonly string[];
}

export type JudgedAnswer = FailedAnswer | 'not-modified' | ForeignKeySet;

/** `hadEtag`: the question named one. */
export function judgeAnswer(
  answer: WholeAnswer,
  { hadEtag, wallMs }: { readonly hadEtag: boolean; readonly wallMs: number },
): JudgedAnswer {
  const { status, headers, body } = answer;
  if (status === 304 && hadEtag) return 'not-modified';
  return status === 200 ? readForeignKeys(body) : judgeStatus({ status, headers }, wallMs);
}

/** Of an answer that is neither what was asked for nor "as before". */
export function judgeStatus({ status, headers }: Omit<WholeAnswer, 'body'>, wallMs: number): FailedAnswer {
  const askedMs = retryAfterMs(headers, wallMs);
  const isThrottled = status === 429 || (status === 503 && askedMs !== undefined);
  const seen = `It answers ${status}${askedMs === undefined ? '' : `, and asks to be left alone for ${Math.ceil(askedMs / 1_000)} s`}.`;
  return { failure: isThrottled ? 'throttled' : 'status', seen, ...(askedMs !== undefined && { askedMs }) };
}

/** RFC 7518 §3.1 and RFC 8037 but `none` and HMAC. Which of them count is decided on the isolated side. */
const ALGORITHMS = ['EdDSA', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'];

/** One private or symmetric key, or one kid twice, and nothing of the set is believed. */
export function readForeignKeys(body: Uint8Array): ForeignKeySet | FailedAnswer {
  const text = utf8(body);
  const parsed = text === undefined ? undefined : parseStrictJson(text);
  if (parsed === undefined) return failed('json', 'It answers with something that is no UTF-8.');
  if (isRefusal(parsed)) return failed('json', `It answers with something else than strict JSON: ${parsed.detail}`);
  const listed = isJsonObject(parsed.value) ? parsed.value.keys : undefined;
  const rebuilt = publicKeySet(listed);
  if (typeof rebuilt !== 'string') {
    const isPrivate = rebuilt.refused === 'key-set-private';
    if (isPrivate) return failed('private-key', `It publishes a private or symmetric key (${rebuilt.path}).`);
    return failed('key-set', `It answers with no key set (${rebuilt.path}): ${rebuilt.detail}`);
  }
  const { keys } = JSON.parse(rebuilt) as { readonly keys: readonly JsonObject[] };
  if (keys.length > FOREIGN_LIMITS.maxKeys)
    return failed('key-set', `It names more than ${FOREIGN_LIMITS.maxKeys} keys.`);
  return signingKeys(keys);
}

function signingKeys(keys: readonly JsonObject[]): ForeignKeySet | FailedAnswer {
  const leftOut: string[] = [];
  const byId = new Map<string, JsonObject>();
  for (const key of keys) {
    const keyId = shown(key.kid);
    const problem = publicKeyProblem(key as Record<string, never>, ALGORITHMS);
    if (problem !== undefined) leftOut.push(`${keyId}: ${problem}`);
    else if (byId.has(key.kid as string)) return failed('key-set', `It names the kid ${keyId} twice.`);
    else byId.set(key.kid as string, verifierMembers(key));
  }
  if (byId.size === 0) return failed('key-set', 'It names no key that verifies a signature.');
  const sorted = [...byId.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
  return { jwks: canonicalJson({ keys: sorted }), leftOut };
}

/** Certificates and URLs change without the key, and nobody behind a diode may follow them. */
const VERIFIER_MEMBERS = ['kty', 'kid', 'use', 'alg', 'crv', 'x', 'y', 'n', 'e'];

function verifierMembers(key: JsonObject): JsonObject {
  return Object.fromEntries(
    VERIFIER_MEMBERS.flatMap((name) => (Object.hasOwn(key, name) ? [[name, key[name] as JsonValue]] : [])),
  );
}

const MAX_SHOWN_CHARACTERS = 64;

function shown(keyId: unknown): string {
  return typeof keyId === 'string' ? JSON.stringify(keyId.slice(0, MAX_SHOWN_CHARACTERS)) : 'a key without kid';
}

function failed(failure: ForeignFailure, seen: string): FailedAnswer {
  return { failure, seen };
}

function utf8(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

/**
 * One question over HTTPS and what came of it: never throws, never waits longer than its time, never holds more than its
 * bound. node:https and no fetch: it follows no redirect and unpacks no compression unless it is told to, and bounds headers.
 */
import http from 'node:http';
import https from 'node:https';
import { FOREIGN_LIMITS } from '../../src/limits.ts';
import type { FailedAnswer, WholeAnswer } from './foreign-answer.ts';

export interface HttpsQuestion {
  readonly url: string;
  readonly etag?: string;
  /** Gives it up. */
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Redirects are followed on the same host, scheme and port alone. */
export async function httpsGet({
  url,
  etag,
  signal,
  timeoutMs = FOREIGN_LIMITS.timeoutMs,
}: HttpsQuestion): Promise<WholeAnswer | FailedAnswer> {
  const both = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  let place = new URL(url);
  for (let hops = 0; ; hops++) {
    const answer = await getOnce(place, etag, both);
    if ('failure' in answer || !REDIRECTS.includes(answer.status)) return answer;
    const next = target(answer.location, place);
    if (typeof next === 'string') return { failure: 'redirect', seen: next };
    if (hops === FOREIGN_LIMITS.maxRedirects) {
      return { failure: 'redirect', seen: `It redirects more than ${FOREIGN_LIMITS.maxRedirects} times.` };
    }
    place = next;
  }
}

function target(location: string | undefined, from: URL): URL | string {
  if (location === undefined || !URL.canParse(location, from.href)) return 'It redirects to nowhere.';
  const to = new URL(location, from);
  if (to.origin === from.origin) return to;
  return `It redirects to ${to.origin.slice(0, MAX_SHOWN_CHARACTERS)}, which is not followed: if its keys are there, name their URL as jwks in config.yaml.`;
}

const MAX_SHOWN_CHARACTERS = 100;

type OneAnswer = WholeAnswer & { readonly location: string | undefined };

function getOnce(url: URL, etag: string | undefined, signal: AbortSignal): Promise<OneAnswer | FailedAnswer> {
  const headers = {
    accept: 'application/jwk-set+json, application/json',
    'accept-encoding': 'identity',
    'user-agent': 'diode-sender',
    ...(etag !== undefined && { 'if-none-match': etag }),
  };
  const { maxAnswerBytes, maxHeaderBytes: maxHeaderSize } = FOREIGN_LIMITS;
  const asked = new Promise<OneAnswer | FailedAnswer>((resolve) => {
    const get = url.protocol === 'https:' ? https.get : http.get;
    // A connection of its own: the next question comes in a quarter of an hour.
    const request = get(url, { agent: false, headers, signal, maxHeaderSize }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= maxAnswerBytes) chunks.push(chunk);
        else {
          resolve({ failure: 'too-large', seen: `It answers with more than ${maxAnswerBytes} bytes.` });
          request.destroy();
        }
      });
      response.on('end', () => resolve(answerOf(response, Buffer.concat(chunks))));
      response.on('error', (error) => resolve(failureOf(error)));
    });
    request.on('error', (error) => resolve(failureOf(error)));
    // Unheard, it ends the request without another word.
    request.on('upgrade', ({ statusCode }, socket) => {
      socket.destroy();
      resolve({ failure: 'status', seen: `It answers ${statusCode}: it wants to speak another protocol.` });
    });
    // Whatever the request still says, nobody waits longer.
    signal.addEventListener('abort', () => resolve(failureOf(signal.reason as Error)), { once: true });
  });
  // What cannot even be asked, such as an ETag that is no header value.
  return asked.catch(failureOf);
}

function answerOf({ statusCode, headers }: http.IncomingMessage, body: Buffer): OneAnswer {
  const { etag, age, expires, date, location } = headers;
  return {
    status: statusCode ?? 0,
    location,
    headers: { etag, age, expires, date, cacheControl: headers['cache-control'], retryAfter: headers['retry-after'] },
    body,
  };
}

const TLS_CODES = /^(CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH)/;

/** The code alone: messages of TLS quote what the other side said. */
function failureOf({ name, code = 'unknown' }: NodeJS.ErrnoException): FailedAnswer {
  if (name === 'AbortError' || code === 'ABORT_ERR' || name === 'TimeoutError') {
    return { failure: 'timeout', seen: 'It does not answer in time.' };
  }
  if (code === 'HPE_HEADER_OVERFLOW')
    return { failure: 'too-large', seen: 'It answers with headers that are too long.' };
  if (TLS_CODES.test(code)) {
    return {
      failure: 'tls',
      seen: `Its certificate is not accepted (${code}): NODE_EXTRA_CA_CERTS names a file of private CAs.`,
    };
  }
  return { failure: 'unreachable', seen: `It cannot be reached (${code}).` };
}

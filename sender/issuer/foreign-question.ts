/**
 * One question to a foreign issuer: where its key set is, unless the config says so, and the set. All of it in the time of one;
 * the metadata is read anew each time, so keys are where the issuer says now.
 */
import { FOREIGN_LIMITS } from '../../src/limits.ts';
import { type FailedAnswer, judgeStatus, type WholeAnswer } from './foreign-answer.ts';
import { httpsGet } from './https-get.ts';
import { type DiscoveredIssuer, type FailedMetadata, metadataUrls, readMetadata } from './issuer-metadata.ts';

export interface ForeignQuestion extends DiscoveredIssuer {
  /** Of the key set; without it, the issuer's metadata is asked. */
  readonly jwks?: string;
  readonly etag?: string;
}

export interface AskOptions {
  /** Gives it up. */
  readonly signal: AbortSignal;
  readonly wallMs: number;
  readonly timeoutMs?: number;
}

/** Never throws. */
export async function askForeign(question: ForeignQuestion, options: AskOptions): Promise<WholeAnswer | FailedAnswer> {
  const { jwks, etag } = question;
  const timeoutMs = options.timeoutMs ?? FOREIGN_LIMITS.timeoutMs;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
  const asking = { signal, timeoutMs, wallMs: options.wallMs };
  const found = jwks === undefined ? await discover(question, asking) : { jwks };
  if ('failure' in found) return found;
  return httpsGet({ url: found.jwks, signal, timeoutMs, ...(etag !== undefined && { etag }) });
}

async function discover(
  about: DiscoveredIssuer,
  asking: Required<AskOptions>,
): Promise<{ readonly jwks: string } | FailedAnswer> {
  const seen: string[] = [];
  let failed: FailedMetadata | undefined;
  for (const url of metadataUrls(about.issuer)) {
    const { signal, timeoutMs, wallMs } = asking;
    const answer = await httpsGet({ url, signal, timeoutMs });
    const found = judgeMetadata(answer, about, wallMs);
    if (!('failure' in found)) return found;
    // That nothing is at one place tells less than what is at the other.
    if (failed === undefined || found.failure !== 'status') failed = found;
    seen.push(`${new URL(url).pathname}: ${found.seen}`);
    if (!isElsewhere(found, answer)) break;
  }
  const { failure = 'metadata', askedMs } = failed ?? {};
  return { failure, seen: seen.join(' '), ...(askedMs !== undefined && { askedMs }) };
}

type Found = { readonly jwks: string } | FailedMetadata;

function judgeMetadata(answer: WholeAnswer | FailedAnswer, about: DiscoveredIssuer, wallMs: number): Found {
  if ('failure' in answer) return answer;
  return answer.status === 200 ? readMetadata(answer, about) : judgeStatus(answer, wallMs);
}

/**
 * The other place may have it: here is nothing, what a site says of every page, the way to a login, or what is another
 * issuer's. None of that is believed, so whoever answers here cannot keep the other place from being asked.
 */
function isElsewhere({ failure, isOthers }: FailedMetadata, answer: WholeAnswer | FailedAnswer): boolean {
  if (failure === 'json' || failure === 'redirect' || isOthers === true) return true;
  return failure === 'status' && 'status' in answer && answer.status >= 400 && answer.status < 500;
}

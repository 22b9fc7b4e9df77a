/**
 * What ordinary resource servers of the isolated side need to verify a token without knowing about the diode: of each issuer
 * its keys (RFC 7517 §5) and its metadata (RFC 8414), at the paths that its name gives. Nothing here is secret, nothing can be
 * changed, and what is asked for names no subject. Pure.
 */
import { sha256Hex } from '../../src/crypto/digest.ts';
import { type HttpAnswer, type HttpQuestion, plain } from '../../src/ops/http-server.ts';

export interface VerificationOptions {
  /** Of each issuer of the config, those that its tokens are verified with. */
  readonly publicKeys: () => ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;
  readonly isRevoked: (issuer: string, keyId: string) => boolean;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly maxAgeSeconds: number;
}

export const VERIFICATION_OUTCOMES = ['key-set', 'metadata', 'not-modified', 'not-found', 'ambiguous'] as const;
export type VerificationOutcome = (typeof VERIFICATION_OUTCOMES)[number];

const JWKS = '/.well-known/jwks.json';
const METADATA = '/.well-known/oauth-authorization-server';
const BY_ID = /^\/issuers\/([0-9a-f]{16})\/jwks\.json$/;

export class VerificationService {
  readonly #options: VerificationOptions;
  readonly #counts: Record<VerificationOutcome, number>;

  constructor(options: VerificationOptions) {
    this.#options = options;
    const none = VERIFICATION_OUTCOMES.map((outcome) => [outcome, 0]);
    this.#counts = Object.fromEntries(none) as Record<VerificationOutcome, number>;
  }

  get counts(): Readonly<Record<VerificationOutcome, number>> {
    return this.#counts;
  }

  answer(question: HttpQuestion): HttpAnswer {
    const issuers = [...this.#options.publicKeys().keys()];
    const { path } = question;
    const id = BY_ID.exec(path)?.[1];
    if (id !== undefined) {
      const issuer = issuers.find((name) => issuerId(name) === id);
      return issuer === undefined ? this.#notFound() : this.#keySet(issuer, question);
    }
    for (const [prefix, serve] of [
      [JWKS, (issuer: string) => this.#keySet(issuer, question)],
      [METADATA, (issuer: string) => this.#metadata(issuer, question)],
    ] as const) {
      if (path !== prefix && !path.startsWith(`${prefix}/`)) continue;
      const named = issuers.filter((issuer) => pathOf(issuer) === path.slice(prefix.length).replace(/\/$/, ''));
      const [first, second] = named.length > 1 ? named.filter((issuer) => hostOf(issuer) === question.host) : named;
      if (first !== undefined && second === undefined) return serve(first);
      return named.length > 1 ? this.#ambiguous() : this.#notFound();
    }
    return this.#notFound();
  }

  #keySet(issuer: string, question: HttpQuestion): HttpAnswer {
    const { publicKeys, isRevoked } = this.#options;
    const keys = (publicKeys().get(issuer) ?? []).filter(({ kid = '' }) => !isRevoked(issuer, kid));
    return this.#send('key-set', 'application/jwk-set+json', { keys }, question);
  }

  /**
   * RFC 8414 §2. Nobody issues anything here, so there is no endpoint to name: the one grant is a URN that no client knows, and
   * the response type is that which returns nothing.
   */
  #metadata(issuer: string, question: HttpQuestion): HttpAnswer {
    const metadata = {
      issuer,
      jwks_uri: `${this.#options.baseUrl}/issuers/${issuerId(issuer)}/jwks.json`,
      response_types_supported: ['none'],
      grant_types_supported: ['urn:identity-diode:grant:none'],
    };
    return this.#send('metadata', 'application/json', metadata, question);
  }

  #send(outcome: VerificationOutcome, contentType: string, value: object, { ifNoneMatch }: HttpQuestion): HttpAnswer {
    const body = `${JSON.stringify(value)}\n`;
    const etag = `"${sha256Hex(body).slice(0, 32)}"`;
    const cache = `public, max-age=${this.#options.maxAgeSeconds}, must-revalidate`;
    const headers = { etag, 'cache-control': cache, 'access-control-allow-origin': '*' };
    const isKnown = ifNoneMatch.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
    this.#counts[isKnown ? 'not-modified' : outcome] += 1;
    return { status: isKnown ? 304 : 200, contentType, body, headers };
  }

  #notFound(): HttpAnswer {
    this.#counts['not-found'] += 1;
    return plain(404, `Known, each with the path of an issuer behind it: ${JWKS} ${METADATA}`);
  }

  #ambiguous(): HttpAnswer {
    this.#counts.ambiguous += 1;
    return plain(404, "Several issuers have this path: ask under the issuer's own host name, or at its jwks_uri.");
  }
}

function issuerId(issuer: string): string {
  return sha256Hex(issuer).slice(0, 16);
}

/** RFC 8414 §3.1: behind the well-known path, without a slash at the end; an issuer that is no URL has none. */
function pathOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).pathname.replace(/\/$/, '') : '';
}

function hostOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).hostname : '';
}

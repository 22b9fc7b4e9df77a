/**
 * A consumer of `tokens` as docs/consumers.md wants it, of parts that are not ours: kcat reads along from the beginning, and
 * jose verifies each token as it is read, with the keys that the receiver serves. It shares no code with the product.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { parseEnvelope } from './kafka-tools.ts';

/** One record of the topic, in the order of reading. */
export interface SeenToken {
  readonly key: string;
  /** By the reader's clock, which is that of this machine, as the receiver's is. */
  readonly readMs: number;
  /** Since the receiver handed it to Kafka. */
  readonly lagMs: number;
  readonly jws: string | null;
  /** Of a token. */
  readonly keyId?: string;
  readonly claims?: JWTPayload;
  /** Of a tombstone. */
  readonly reason?: string;
  readonly revision: string;
}

export interface TokenReaderOptions {
  readonly brokers: string;
  readonly topic: string;
  readonly keysUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

const VERIFIERS = 8;
const MAX_TRIES = 100;

export class TokenReader {
  /** Of every record. */
  readonly seen: SeenToken[] = [];
  /** What jose refused, and why. */
  readonly refused: string[] = [];
  readonly #options: TokenReaderOptions;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #kcat: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #verifiers: Promise<void>[] = [];
  /** The current tokens: what a consumer has in its hands. */
  readonly #current = new Map<string, SeenToken>();
  #taken = 0;
  #settled = 0;
  #isEnded = false;

  constructor(options: TokenReaderOptions) {
    this.#options = options;
    // A resource server asks again for a key that it does not know, and for all of them after a second.
    this.#keys = createRemoteJWKSet(new URL(options.keysUrl), { cooldownDuration: 0, cacheMaxAge: 1_000 });
    const { brokers, topic } = options;
    const settings = ['isolation.level=read_committed', 'fetch.wait.max.ms=50'].flatMap((each) => ['-X', each]);
    const args = ['-C', '-u', '-q', '-b', brokers, '-t', topic, '-o', 'beginning', '-J', ...settings];
    this.#kcat = spawn('kcat', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#ended = once(this.#kcat, 'close');
    const lines = createInterface({ input: this.#kcat.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => this.#handleLine(line));
    for (let at = 0; at < VERIFIERS; at++) this.#verifiers.push(this.#verifyAlong());
  }

  get current(): ReadonlyMap<string, SeenToken> {
    return this.#current;
  }

  /** Nothing that was read waits for a verifier, or is with one. */
  get isVerified(): boolean {
    return this.#settled === this.seen.length;
  }

  /** Until the view is as wanted. */
  async until(what: string, isWanted: () => boolean, timeoutMs: number): Promise<void> {
    for (const endMs = Date.now() + timeoutMs; !isWanted(); await delay(50)) {
      if (Date.now() > endMs) throw new Error(`the reader does not see after ${timeoutMs} ms: ${what}`);
    }
  }

  /** Once all that was read is verified. */
  async close(): Promise<void> {
    this.#kcat.kill();
    await this.#ended;
    this.#isEnded = true;
    await Promise.all(this.#verifiers);
  }

  #handleLine(line: string): void {
    const { key, value: jws, timestampMs, headers } = parseEnvelope(line);
    const readMs = Date.now();
    const header = (name: string) => headers.find(([known]) => known === name)?.[1] ?? '';
    const seen: SeenToken = {
      key: key ?? '',
      readMs,
      lagMs: readMs - timestampMs,
      jws,
      revision: header('ce_revision'),
      ...(jws === null
        ? { reason: header('ce_reason') }
        : { keyId: `${decodeProtectedHeader(jws).kid}`, claims: decodeJwt(jws) }),
    };
    this.seen.push(seen);
    if (jws === null) this.#current.delete(seen.key);
    else this.#current.set(seen.key, seen);
  }

  async #verifyAlong(): Promise<void> {
    for (;;) {
      const seen = this.seen[this.#taken];
      if (seen !== undefined) {
        this.#taken++;
        if (seen.jws !== null) await this.#verify(seen.jws, seen);
        this.#settled++;
      } else if (this.#isEnded) return;
      else await delay(20);
    }
  }

  async #verify(jws: string, { key, readMs }: SeenToken): Promise<void> {
    const { issuer, audience } = this.#options;
    const rules = { issuer, audience, typ: 'at+jwt', algorithms: ['EdDSA'], currentDate: new Date(readMs) };
    for (let tries = 1; ; tries++) {
      try {
        await jwtVerify(jws, this.#keys, rules);
        return;
      } catch (error) {
        // The receiver does not run: a resource server would try again too.
        const isUnreachable = !(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout;
        if (!isUnreachable || tries === MAX_TRIES) {
          this.refused.push(`${key}: ${error}`);
          return;
        }
        await delay(100);
      }
    }
  }
}

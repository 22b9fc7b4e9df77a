/**
 * Issuer desk: token issuer ─► [issuer desk] ─► line queue. Has what the issuer has not: the key, randomness, and time to
 * wait for both. One batch is signed at a time; the sender goes on meanwhile.
 */
import { createHash, randomBytes } from 'node:crypto';
import { ISSUER_LIMITS, SECOND_MS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { settledWithin } from '../../src/ops/settled-within.ts';
import type { Signer } from '../../src/signer/signer.ts';
import type { SenderCore } from '../core.ts';
import type { SenderClock } from '../transmit/send-loop.ts';
import { type CarriedKeyState, carriedKeyState, carriedRevokedKeys } from './carried-key.ts';
import type { IssuedToken, IssuerEntry, WantedToken } from './issuer-entry.ts';
import { ownKeySet } from './own-key-set.ts';
import { SigningBatch } from './signing-batch.ts';
import type { TokenIssuer } from './token-issuer.ts';
import { contentDigest, signingInput, tokenHeader, tokenId } from './token-text.ts';

export interface IssuerDeskParts {
  readonly core: SenderCore;
  readonly issuer: TokenIssuer;
  readonly key: IssuerKey;
  readonly issuerName: string;
  readonly lifetimeSeconds: number;
  /** How often it says that its revocations are complete; undefined: never. */
  readonly statusIntervalMs: number | undefined;
  /** All that the source has to say was handed over. */
  readonly isSourceRead: () => boolean;
  readonly clock: SenderClock;
  readonly wake: () => void;
  /** Once when signing fails, once when it goes on. */
  readonly onSigner: (failure: DiodeError | undefined) => void;
}

export interface IssuerKey {
  /** The desk's to close. Undefined where what holds the key was away at the start. */
  readonly signer: Signer | undefined;
  /** Asked while there is none, at the intervals of a key that does not sign. */
  readonly open: () => Promise<Signer>;
}

export interface DeskStatus {
  /** Absent until the key was seen. */
  readonly keyId?: string;
  readonly algorithm?: string;
  /** In the bundle that is carried; none is without a root. */
  readonly keyState?: CarriedKeyState;
  /** Why nothing is signed. */
  readonly failure?: { readonly seen: string; readonly cure: string };
}

const TOKEN_ID_RANDOM_BYTES = 10;

export class IssuerDesk {
  readonly #parts: IssuerDeskParts;
  #signer: Signer | undefined;
  #opening: Promise<void> | undefined;
  /** Until the key has answered all of it. */
  #batch: SigningBatch | undefined;
  /** Until what it signed was handed over. */
  #signing: Promise<void> | undefined;
  #failure: DiodeError | undefined;
  #retryMs = 0;
  #waitMs = 0;
  #hasSaidKeys = false;
  #nextStatusMs = 0;
  #nextRevokedMs = 0;
  #isStopped = false;

  constructor(parts: IssuerDeskParts) {
    this.#parts = parts;
    this.#signer = parts.key.signer;
  }

  /** After each turn of the loop. A full disk it waits out; throws what else the journal throws. */
  handleTurn(nowMs: number, wallMs: number): void {
    const { core, issuer } = this.#parts;
    if ((this.#batch?.silentMs(nowMs) ?? 0) >= ISSUER_LIMITS.signMs) this.#batch?.giveUp(hangs());
    if (this.#isStopped || core.pauseReason !== undefined) return;
    this.#sayStatus(nowMs, wallMs);
    if (this.#batch !== undefined || this.#signing !== undefined || nowMs < this.#retryMs) return;
    const signer = this.#signer;
    if (signer === undefined) {
      this.#opening ??= this.#open();
      return;
    }
    try {
      this.#sayKeys(nowMs, signer);
      this.#renewRevoked(nowMs, wallMs, signer);
      const { wanted, hasMore } = issuer.take(nowMs, wallMs, ISSUER_LIMITS.maxUnderWay);
      if (issuer.isLooking || hasMore) this.#parts.wake();
      if (wanted.length === 0) return;
      const ended = wanted.flatMap((one): IssuerEntry[] => ('ended' in one ? [{ kind: 'ended', key: one.ended }] : []));
      if (ended.length > 0) core.handleEntries(nowMs, ended);
      const tokens = wanted.filter((one) => 'content' in one);
      this.#signing = this.#sign(tokens, wallMs, signer).finally(() => {
        this.#signing = undefined;
        this.#parts.wake();
      });
    } catch (error) {
      if (!(error instanceof DiodeError) || error.code !== 'disk-full') throw error;
    }
  }

  get status(): DeskStatus {
    const { seen, cure } = this.#failure ?? {};
    return { ...this.#keyStatus(), ...(seen !== undefined && cure !== undefined && { failure: { seen, cure } }) };
  }

  /** What is being signed is handed over, unless the key hangs; the key is closed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const batch = this.#batch;
    if (batch !== undefined) {
      batch.askNoMore();
      await settledWithin(batch.answered, ISSUER_LIMITS.stopMs);
      batch.giveUp(hangs());
    }
    await this.#signing;
    this.#signer?.close();
  }

  #keyStatus(): Omit<DeskStatus, 'failure'> {
    if (this.#signer === undefined) return {};
    const { core, issuerName: issuer, clock } = this.#parts;
    const { keyId, algorithm } = this.#signer;
    const keyState = core.carried && carriedKeyState(core.carried.bundle, { issuer, keyId, wallMs: clock.wallMs() });
    return { keyId, algorithm, ...(keyState && { keyState }) };
  }

  /** A stop does not wait for it: what holds the key may hang. */
  async #open(): Promise<void> {
    try {
      const signer = await this.#parts.key.open();
      if (this.#isStopped) signer.close();
      else this.#signer = signer;
      this.#handleSigner(undefined);
    } catch (error) {
      this.#handleSigner(error);
    }
    this.#opening = undefined;
    this.#parts.wake();
  }

  /**
   * Whose token was signed with a key that is revoked now, by a line of a source or by the bundle that is carried, gets
   * another at once. Not while it is the key that signs: receivers would refuse the other one too.
   */
  #renewRevoked(nowMs: number, wallMs: number, signer: Signer): void {
    if (nowMs < this.#nextRevokedMs) return;
    this.#nextRevokedMs = nowMs + SECOND_MS;
    const { core, issuer, issuerName } = this.#parts;
    const carried = core.carried ? carriedRevokedKeys(core.carried.bundle, { issuer: issuerName, wallMs }) : [];
    const revoked = [...core.trust.revokedKeysOf(issuerName), ...carried];
    issuer.handleRevokedKeys(new Set(revoked.filter((keyId) => keyId !== signer.keyId)), wallMs);
  }

  async #sign(tokens: readonly WantedToken[], wallMs: number, signer: Signer): Promise<void> {
    const { core, issuer, clock, wake } = this.#parts;
    const sign = (token: WantedToken) => this.#signOne(token, wallMs, signer);
    const batch = new SigningBatch({ tokens, sign, nowMs: () => clock.nowMs() });
    this.#batch = batch;
    void batch.answered.then(() => {
      this.#batch = undefined;
      wake();
    });
    const { signed, unsigned, failure } = await batch.ended;
    for (const token of unsigned) issuer.handleUnsigned(token);
    if (signed.length > 0) {
      const entries = signed.map((token) => ({ kind: 'issued', token }) as const);
      core.handleEntries(clock.nowMs(), entries);
    }
    this.#handleSigner(failure);
  }

  async #signOne({ key, content }: WantedToken, wallMs: number, signer: Signer): Promise<IssuedToken> {
    const { lifetimeSeconds } = this.#parts;
    const iat = Math.floor(wallMs / SECOND_MS);
    const exp = iat + lifetimeSeconds;
    const jti = tokenId(wallMs, randomBytes(TOKEN_ID_RANDOM_BYTES));
    const input = signingInput(tokenHeader(signer.algorithm, signer.keyId), content, { jti, iat, exp });
    const signature = await signer.sign(Buffer.from(input, 'latin1'));
    const jws = `${input}.${Buffer.from(signature).toString('base64url')}`;
    return {
      key,
      jws,
      jti,
      content: contentDigest(content),
      sha256: createHash('sha256').update(jws).digest('hex'),
      issuer: content.iss,
      subject: content.sub,
      audience: content.aud,
      issuedAtMs: iat * SECOND_MS,
      expiresAtMs: exp * SECOND_MS,
      keyId: signer.keyId,
    };
  }

  #handleSigner(reason: unknown): void {
    const { clock, onSigner } = this.#parts;
    const hadFailed = this.#failure !== undefined;
    this.#failure = reason === undefined ? undefined : asFailure(reason);
    if (hadFailed !== (this.#failure !== undefined)) onSigner(this.#failure);
    const { firstRetryMs, maxRetryMs } = ISSUER_LIMITS;
    this.#waitMs = this.#failure === undefined ? 0 : Math.min(maxRetryMs, Math.max(firstRetryMs, 2 * this.#waitMs));
    this.#retryMs = clock.nowMs() + this.#waitMs;
  }

  /**
   * Behind everything that was read in the line queue, so every revocation up to now stands before it. Not while something
   * is unread: silence then says what it should. A key that does not sign takes nothing back, and changes nothing of this.
   */
  #sayStatus(nowMs: number, wallMs: number): void {
    const { core, issuer, issuerName, statusIntervalMs, isSourceRead } = this.#parts;
    if (statusIntervalMs === undefined || nowMs < this.#nextStatusMs || !isSourceRead() || !issuer.knowsAllEnds) return;
    this.#nextStatusMs = nowMs + statusIntervalMs;
    const nextByMs = wallMs + issuer.statusSpanMs(nowMs, statusIntervalMs);
    const record = { kind: 'status', issuer: issuerName, asOfMs: wallMs, nextByMs } as const;
    core.handleEntries(nowMs, [{ kind: 'said', record }]);
  }

  /** Which key signs is on record before it does, and what the one before has left. */
  #recordKey({ keyId, algorithm, publicJwk }: Signer): void {
    const { core, issuer, issuerName, clock } = this.#parts;
    const wallMs = clock.wallMs();
    const { lastKeyId = keyId, live } = issuer.handleKey(publicJwk, wallMs);
    const changed = lastKeyId !== keyId && { changedFrom: lastKeyId };
    core.handleIssuerKey(wallMs, { issuer: issuerName, keyId, algorithm, live, ...changed });
  }

  /** The key set of this issuer goes through the pipeline where it is another than went last: with keys whose tokens still live. */
  #sayKeys(nowMs: number, signer: Signer): void {
    if (this.#hasSaidKeys) return;
    this.#recordKey(signer);
    this.#hasSaidKeys = true;
    const { core, issuer, issuerName, clock } = this.#parts;
    const said = core.trust.keySetOf(issuerName);
    const liveKeyIds = issuer.liveKeyIds(clock.wallMs());
    const jwks = ownKeySet(signer.publicJwk, { liveKeyIds, ...(said !== undefined && { said }) });
    if (jwks === said) return;
    core.handleEntries(nowMs, [{ kind: 'said', record: { kind: 'key-set', issuer: issuerName, jwks } }]);
  }
}

function hangs(): DiodeError {
  const cure = 'Plug its token in anew, or restart what serves it; where that does not help, start the sender again.';
  return new DiodeError('signer-failed', 'The key of the issuer hangs: it does not answer.', cure);
}

function asFailure(reason: unknown): DiodeError {
  if (reason instanceof DiodeError) return reason;
  const seen = `The key of the issuer does not sign (${reason instanceof Error ? reason.message : String(reason)}).`;
  return new DiodeError('signer-failed', seen, 'It is tried again; see whether key file or token are still there.');
}

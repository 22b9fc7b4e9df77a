/**
 * Source lines whose delivery can be judged without the product: each is one record, and says its own number, in its
 * content and in its time or token id. Of one key the numbers rise. Endless, and the same for the same seed.
 */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { seededFractions } from '../../bench/workload/seeded-fractions.ts';

const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
/** Line n happened n ms after this. */
export const FIRST_AT_MS = Date.UTC(2026, 0, 1);
/** In the receiver's directory. */
export const ISSUER_KEYS_FILE = 'idp.json';
const ISSUER = 'https://idp.example';
const AUDIENCE = 'https://inside.example';
const TOKEN_LIFETIME_S = 43_200;
/** Subjects that change again and again. */
const REPEATED_SUBJECTS = 60;
/** Subjects whose tokens are renewed. */
const TOKEN_SUBJECTS = 200;

export interface ExpectedRecord {
  readonly number: number;
  readonly isDelete: boolean;
}

/** Kafka key → what must arrive under it, in this order. */
export type ExpectedRecords = ReadonlyMap<string, readonly ExpectedRecord[]>;

export interface WorkloadOptions {
  readonly seed: number;
  /** 0.05 by default. */
  readonly tokenFraction?: number;
  /** What each user carries that does not compress, about; 0 by default. */
  readonly noiseBytes?: number;
}

interface WorkloadKey {
  readonly issuer: { readonly policy: Readonly<Record<string, unknown>>; readonly jwks: unknown };
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
}

export class RisingWorkload {
  readonly expected = new Map<string, ExpectedRecord[]>();
  /** For the receiver's `issuers`, and the file that it names. */
  readonly issuer: WorkloadKey['issuer'];
  readonly #random: () => number;
  readonly #key: WorkloadKey['privateKey'];
  readonly #tokenFraction: number;
  readonly #noiseBytes: number;
  /** Users that came once and still are there. */
  readonly #single: number[] = [];
  #count = 0;

  private constructor(options: WorkloadOptions, key: WorkloadKey) {
    this.#random = seededFractions(options.seed);
    this.#tokenFraction = options.tokenFraction ?? 0.05;
    this.#noiseBytes = options.noiseBytes ?? 0;
    this.#key = key.privateKey;
    this.issuer = key.issuer;
  }

  /** The token key is a new one each time: a token is a live secret. */
  static async create(options: WorkloadOptions): Promise<RisingWorkload> {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA', use: 'sig' }] };
    const policy = {
      issuer: ISSUER,
      audience: [AUDIENCE],
      jwks: ISSUER_KEYS_FILE,
      algorithms: ['EdDSA'],
      maxLifetimeSeconds: 2 * TOKEN_LIFETIME_S,
    };
    return new RisingWorkload(options, { issuer: { policy, jwks }, privateKey });
  }

  /** Lines made so far: as many records. */
  get recordCount(): number {
    return this.#count;
  }

  async lines(count: number): Promise<string[]> {
    const lines: string[] = [];
    for (let index = 0; index < count; index++) lines.push(await this.#line());
    return lines;
  }

  async #line(): Promise<string> {
    const number = ++this.#count;
    const draw = this.#random();
    if (draw < this.#tokenFraction) return this.#token(number);
    if (draw < 0.35) return this.#put(`repeated-${Math.floor(this.#random() * REPEATED_SUBJECTS)}`, number);
    if (draw < 0.45 && this.#single.length > 0) {
      const place = Math.floor(this.#random() * this.#single.length);
      const [gone] = this.#single.splice(place, 1) as [number];
      return this.#delete(`single-${gone}`, number);
    }
    this.#single.push(number);
    // What can be deleted is bounded, so that an endless run is, too.
    if (this.#single.length > 1_000) this.#single.shift();
    return this.#put(`single-${number}`, number);
  }

  #put(id: string, number: number): string {
    this.#expect(`User|${id}`, number, false);
    const resource = {
      schemas: [USER_SCHEMA],
      id,
      userName: id,
      displayName: `number ${number}`,
      active: true,
      ...(this.#noiseBytes > 0 && { title: this.#noise() }),
    };
    return JSON.stringify({ type: 'User', op: 'put', resource, at: timeOf(number) });
  }

  /** Hexadecimal: each character holds half a byte. */
  #noise(): string {
    let text = '';
    while (text.length < 2 * this.#noiseBytes) text += Math.floor(this.#random() * 2 ** 32).toString(16);
    return text;
  }

  #delete(id: string, number: number): string {
    this.#expect(`User|${id}`, number, true);
    return JSON.stringify({ type: 'User', op: 'delete', id, at: timeOf(number) });
  }

  async #token(number: number): Promise<string> {
    const subject = `subject-${Math.floor(this.#random() * TOKEN_SUBJECTS)}`;
    this.#expect(`Token|${encodeURIComponent(ISSUER)}|${subject}|${encodeURIComponent(AUDIENCE)}|`, number, false);
    const nowS = Math.floor(Date.now() / 1_000);
    const token = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: subject, jti: `number-${number}` })
      .setIssuedAt(nowS - 5)
      .setExpirationTime(nowS + TOKEN_LIFETIME_S)
      .setProtectedHeader({ alg: 'EdDSA', kid: 'k1', typ: 'at+jwt' })
      .sign(this.#key);
    return JSON.stringify({ token, at: timeOf(number) });
  }

  #expect(key: string, number: number, isDelete: boolean): void {
    const list = this.expected.get(key);
    if (list === undefined) this.expected.set(key, [{ number, isDelete }]);
    else list.push({ number, isDelete });
  }
}

function timeOf(number: number): string {
  return new Date(FIRST_AT_MS + number).toISOString();
}

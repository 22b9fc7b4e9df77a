/** Reads payloads member by member; the first that does not fit ends it. Thrown and caught within src/trust. */
import { readRawKey } from '../crypto/base64url.ts';
import { parseRfc3339 } from '../identity/rfc3339.ts';

/** `path`: such as `senders[0].keys[1].signingKey`; `wanted`: what would pass. */
export class UnfitField extends Error {
  readonly reason: 'trust-field' | 'trust-newer';

  constructor(path: string, wanted: string, reason: 'trust-field' | 'trust-newer' = 'trust-field') {
    super(`its "${path}" must be ${wanted}`);
    this.reason = reason;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** One value of a payload and where it stands. */
export class Field {
  readonly value: unknown;
  readonly path: string;

  constructor(value: unknown, path = '') {
    this.value = value;
    this.path = path;
  }

  /** An object that has all of `required`, perhaps some of `optional`, and nothing else. */
  object(required: readonly string[], optional: readonly string[] = []): Fields {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.unfit('an object');
    const missing = required.find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) throw this.unfit(`an object with "${missing}"`);
    const other = Object.keys(value).find((name) => !required.includes(name) && !optional.includes(name));
    if (other !== undefined) throw this.unfit('an object without members that this release does not know');
    return value as Fields;
  }

  /** A member of what `object` gave. */
  member(name: string): Field {
    return new Field((this.value as Fields)[name], this.path === '' ? name : `${this.path}.${name}`);
  }

  list({ min = 0, max }: { readonly min?: number; readonly max: number }): readonly Field[] {
    const { value } = this;
    if (!Array.isArray(value) || value.length < min || value.length > max) {
      throw this.unfit(`a list of ${min} to ${max} entries`);
    }
    return value.map((entry, index) => new Field(entry, `${this.path}[${index}]`));
  }

  text(fits: (value: string) => boolean, wanted: string): string {
    if (typeof this.value !== 'string' || !fits(this.value)) throw this.unfit(wanted);
    return this.value;
  }

  integer({ min, max }: { readonly min: number; readonly max: number }): number {
    const { value } = this;
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
      throw this.unfit(`a whole number from ${min} to ${max}`);
    }
    return value as number;
  }

  /** A time in UTC such as 2026-11-22T10:00:00Z. */
  timeMs(): number {
    const atMs = typeof this.value === 'string' ? parseRfc3339(this.value) : undefined;
    if (atMs === undefined) throw this.unfit('a time such as 2026-11-22T10:00:00Z');
    return atMs;
  }

  /** 32 bytes in the one form of base64url. */
  key(): Buffer {
    const bytes = readRawKey(this.value);
    if (bytes === undefined) throw this.unfit('32 bytes in base64url');
    return bytes;
  }

  unfit(wanted: string): UnfitField {
    return new UnfitField(this.path === '' ? 'payload' : this.path, wanted);
  }
}

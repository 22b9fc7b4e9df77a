/**
 * The vocabulary of config schemas: the one file that imports zod. Each primitive's error is not a sentence but what is
 * wanted, as a noun; config-parser.ts puts what was seen before it.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { isName } from '../wire/frame.ts';

export { z };

/** A whole number with bounds, both inclusive; the key names its unit. */
export function integer({ min, max }: { readonly min: number; readonly max: number }) {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** Not empty, at most `maxBytes` of UTF-8. */
export function text(wanted: string, maxBytes = 4_096) {
  const fits = (value: string) => value.length > 0 && Buffer.byteLength(value) <= maxBytes;
  return z.string({ error: wanted }).refine(fits, { error: wanted });
}

export function matching(wanted: string, test: (value: string) => boolean) {
  return z.string({ error: wanted }).refine(test, { error: wanted });
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of: ${values.join(', ')}` });
}

export const bool = () => z.boolean({ error: 'true or false' });

/** `one` says what an entry is. */
export function list<T extends z.ZodType>(entry: T, { min = 0, max = 1_000 }: { min?: number; max?: number } = {}) {
  const error = `a list of ${min > 0 ? `${min}` : 'at most'}${min > 0 ? ' to' : ''} ${max} entries`;
  // One entry without its brackets is what people forget.
  const bare = ({ input }: { readonly input?: unknown }) =>
    typeof input === 'string' ? `a list: ${JSON.stringify(input.split(',').map((one) => one.trim()))}` : error;
  return z.array(entry, { error: bare }).min(min, { error }).max(max, { error });
}

/** A section: every key is known, and it may be left out whole when all its settings have defaults. */
export function section<const Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'a section: settings, one a line, indented below it' : undefined,
  });
}

export const name = () =>
  matching('a name of letters, digits, `.`, `_` and `-`, at most 64, the first a letter or digit', isName);

export const port = () => integer({ min: 1, max: 65_535 });

export const ipAddress = () =>
  matching('an IPv4 or IPv6 address, not a name', (value) => isIP(value.replace(/%[^%]+$/, '')) !== 0);

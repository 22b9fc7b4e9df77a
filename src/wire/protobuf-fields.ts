/**
 * Walks the top-level fields of a protobuf message without decoding or allocating, so that counts and duplicates are
 * judged before protobufjs makes objects: two bytes of input can ask for an object of a hundred.
 */

const VARINT = 0;
const FIXED_64 = 1;
export const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
const MAX_VARINT_BYTES = 10;

/** One field: its number, its wire type, and where its value lies (the length prefix left out). */
export interface ProtobufField {
  readonly number: number;
  readonly wireType: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Calls `visit` for each field in order until it answers false. The field object is reused between calls. False where the
 * bytes are no message (groups, which proto3 lacks, included) or `visit` answered false. Never throws.
 */
export function walkFields(bytes: Uint8Array, visit: (field: ProtobufField) => boolean): boolean {
  const field = { number: 0, wireType: 0, start: 0, end: 0 };
  let at = 0;
  while (at < bytes.length) {
    const tagEnd = varintEnd(bytes, at);
    if (tagEnd === undefined || tagEnd - at > 5) return false;
    const tag = varint(bytes, at, tagEnd);
    field.number = Math.floor(tag / 8);
    field.wireType = tag % 8;
    if (field.number < 1 || field.number > 0x1fff_ffff || !placeValue(bytes, tagEnd, field)) return false;
    if (!visit(field)) return false;
    at = field.end;
  }
  return true;
}

/** Bytes of one length-delimited field with a number below 16 and the shortest length prefix. */
export function delimitedBytes(valueBytes: number): number {
  return varintFieldBytes(valueBytes) + valueBytes;
}

/** Bytes of a tag below 16 and the shortest varint of a whole number from 0 to 2^53. */
export function varintFieldBytes(value: number): number {
  let bytes = 2;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Writes these, for a length-delimited field what stands before its value; answers what lies behind. */
export function writeVarintField(bytes: Uint8Array, start: number, tag: number, value: number): number {
  let at = start;
  bytes[at++] = tag;
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 0x80;
  bytes[at++] = rest;
  return at;
}

function placeValue(bytes: Uint8Array, at: number, field: { wireType: number; start: number; end: number }): boolean {
  field.start = at;
  if (field.wireType === VARINT) field.end = varintEnd(bytes, at) ?? Infinity;
  else if (field.wireType === FIXED_64) field.end = at + 8;
  else if (field.wireType === FIXED_32) field.end = at + 4;
  else if (field.wireType === LENGTH_DELIMITED) {
    const lengthEnd = varintEnd(bytes, at);
    if (lengthEnd === undefined || lengthEnd - at > 5) return false;
    field.start = lengthEnd;
    field.end = lengthEnd + varint(bytes, at, lengthEnd);
  } else return false;
  return field.end <= bytes.length;
}

function varintEnd(bytes: Uint8Array, at: number): number | undefined {
  const last = Math.min(bytes.length, at + MAX_VARINT_BYTES);
  for (let end = at; end < last; end++) {
    if ((bytes[end] as number) < 0x80) return end + 1;
  }
  return undefined;
}

/** Up to five bytes: below 2^35, exact in a number. */
function varint(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = end - 1; at >= start; at--) value = value * 128 + ((bytes[at] as number) & 0x7f);
  return value;
}

/**
 * Deltas and memberships in the one form that `encodeRecord` gives them: known fields, each once and in order. Nearly all that
 * comes is so, and costs a third of what it costs record-reader.ts, which reads every other form and alone says why a
 * record is none.
 */
import { WIRE_LIMITS } from '../limits.ts';
import { isName } from './frame.ts';
import type { DeltaRecord, MemberRecord, Operation } from './record.ts';
import { OPERATIONS } from './record-message.ts';
import { isReason, utf8Text } from './record-reader.ts';
import type { Revision } from './revision.ts';

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

// A tag is field number × 8 + wire type; 0 is a varint, 2 length-delimited.
const DELTA_TAG = 0x0a;
const MEMBER_TAG = 0x12;
const AT_MS_TAG = 0x70;
const REVISION_TAG = 0x7a;

/** A megabyte takes three. */
const MAX_LENGTH_BYTES = 3;
/** Below 2^49, as milliseconds the year 19,800. */
const MAX_INTEGER_BYTES = 7;

/** Of one payload. Not for two at a time. */
export class PlainRecordReader {
  readonly #bytes: Buffer;
  #at = 0;
  #end = 0;
  /** The last that came and is a name: records that follow each other are of few types. */
  #name = '';

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The record that `start` to `end` hold; undefined where it has another form, be it right or wrong. Never throws. */
  read(start: number, end: number): DeltaRecord | MemberRecord | undefined {
    this.#at = start;
    this.#end = end;
    const isMember = this.#bytes[start] === MEMBER_TAG;
    const bodyBytes = this.#length(isMember ? MEMBER_TAG : DELTA_TAG);
    if (bodyBytes === undefined) return undefined;
    const bodyEnd = this.#at + bodyBytes;
    this.#end = bodyEnd;
    const record = isMember ? this.#member() : this.#delta();
    if (record === undefined || this.#at !== bodyEnd) return undefined;
    this.#end = end;
    return this.#addCommon(record) && this.#at === end ? record : undefined;
  }

  #delta(): Mutable<DeltaRecord> | undefined {
    const operation = this.#operation();
    const type = this.#typeName(0x12);
    const id = this.#shortText(0x1a, WIRE_LIMITS.maxIdBytes);
    const resource = this.#resource(0x22);
    if (operation === undefined || !type || !id || resource === undefined) return undefined;
    if ((operation === 'delete') !== (resource === '')) return undefined;
    const record: Mutable<DeltaRecord> = { kind: 'delta', operation, type, id };
    if (resource !== '') record.resource = resource;
    return this.#addReason(record, 0x2a);
  }

  #member(): Mutable<MemberRecord> | undefined {
    const operation = this.#operation();
    const group = this.#shortText(0x12, WIRE_LIMITS.maxIdBytes);
    const member = this.#shortText(0x1a, WIRE_LIMITS.maxIdBytes);
    const memberType = this.#typeName(0x22);
    if (operation === undefined || !group || !member || memberType === undefined) return undefined;
    if ((operation === 'delete') !== (memberType === '')) return undefined;
    const record: Mutable<MemberRecord> = { kind: 'member', operation, group, member };
    if (memberType !== '') record.memberType = memberType;
    return this.#addReason(record, 0x2a);
  }

  #addReason<T extends Mutable<DeltaRecord | MemberRecord>>(record: T, tag: number): T | undefined {
    const reason = this.#shortText(tag, WIRE_LIMITS.maxReasonBytes);
    if (reason === '') return record;
    if (reason === undefined || !isReason(reason)) return undefined;
    record.reason = reason;
    return record;
  }

  #addCommon(record: Mutable<DeltaRecord | MemberRecord>): boolean {
    const atMs = this.#integer(AT_MS_TAG);
    if (atMs === undefined) return false;
    if (atMs > 0) record.atMs = atMs;
    if (this.#at === this.#end) return true;
    const revisionBytes = this.#length(REVISION_TAG);
    if (revisionBytes === undefined || this.#at + revisionBytes !== this.#end) return false;
    const revision = this.#revision();
    if (revision !== undefined) record.revision = revision;
    return revision !== undefined;
  }

  #revision(): Revision | undefined {
    const epoch = this.#integer(0x08);
    const sequence = this.#integer(0x10);
    const index = this.#integer(0x18);
    if (!epoch || !sequence || sequence > WIRE_LIMITS.maxSequence) return undefined;
    return index !== undefined && index < WIRE_LIMITS.maxRecordsPerFrame ? { epoch, sequence, index } : undefined;
  }

  #operation(): Operation | undefined {
    return OPERATIONS[this.#integer(0x08) ?? 0];
  }

  /** A name of the wire format; empty where the field is not there. */
  #typeName(tag: number): string | undefined {
    const length = this.#lengthOrNone(tag);
    if (!length) return length === 0 ? '' : undefined;
    const start = this.#at;
    const known = this.#name;
    let same = 0;
    if (length === known.length) while (same < length && this.#bytes[start + same] === known.charCodeAt(same)) same++;
    this.#at = start + length;
    if (same === length) return known;
    const name = this.#bytes.toString('latin1', start, start + length);
    if (!isName(name)) return undefined;
    this.#name = name;
    return name;
  }

  /** ASCII; empty where the field is not there. */
  #shortText(tag: number, maxBytes: number): string | undefined {
    const length = this.#lengthOrNone(tag);
    if (!length) return length === 0 ? '' : undefined;
    if (length > maxBytes) return undefined;
    const start = this.#at;
    this.#at = start + length;
    for (let at = start; at < this.#at; at++) if ((this.#bytes[at] as number) > 0x7f) return undefined;
    return this.#bytes.toString('latin1', start, this.#at);
  }

  /** Any UTF-8; empty where the field is not there. */
  #resource(tag: number): string | undefined {
    const length = this.#lengthOrNone(tag);
    if (!length) return length === 0 ? '' : undefined;
    if (length > WIRE_LIMITS.maxRecordBytes) return undefined;
    const start = this.#at;
    this.#at = start + length;
    const text = this.#bytes.toString('latin1', start, this.#at);
    // ASCII alone has as many bytes in UTF-8; both together take half of what a TextDecoder does.
    if (Buffer.byteLength(text, 'utf8') === length) return text;
    return utf8Text(this.#bytes.subarray(start, this.#at), length);
  }

  /** Of a varint field; 0 where it is not there. */
  #integer(tag: number): number | undefined {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== tag) return 0;
    this.#at++;
    return this.#varint(MAX_INTEGER_BYTES);
  }

  #lengthOrNone(tag: number): number | undefined {
    return this.#at < this.#end && this.#bytes[this.#at] === tag ? this.#length(tag) : 0;
  }

  /** Of a length-delimited field that is there and lies before `#end`. */
  #length(tag: number): number | undefined {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== tag) return undefined;
    this.#at++;
    const length = this.#varint(MAX_LENGTH_BYTES);
    return length !== undefined && this.#at + length <= this.#end ? length : undefined;
  }

  #varint(maxBytes: number): number | undefined {
    const last = Math.min(this.#end, this.#at + maxBytes);
    let value = 0;
    for (let factor = 1; this.#at < last; factor *= 128) {
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return undefined;
  }
}

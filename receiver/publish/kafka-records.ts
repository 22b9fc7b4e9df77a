/**
 * What goes to Kafka, in the CloudEvents binding's binary mode (Kafka binding 1.0.2 §3.2): attributes as `ce_` headers,
 * the value untouched. Every header is printable ASCII. docs/consumers.md is the contract, in the same order.
 */
import { LAST_PRINTABLE_MS } from '../../src/identity/rfc3339.ts';
import { KAFKA_LIMITS } from '../../src/kafka/kafka-limits.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import type { TrustBundle } from '../../src/trust/trust-bundle.ts';
import { formatRevision, parseRevision, type Revision } from '../../src/wire/revision.ts';
import type { GroupFrame } from './group-frame.ts';
import { frameName, type Progress, progressText } from './progress.ts';

const EVENT = 'urn:identity-diode:event';
const SCHEMA = 'urn:identity-diode:schema';

/** `ce_type`: the SCIM event URIs of RFC 9967 where it has one, our own else. */
export const EVENT_TYPES = {
  create: 'urn:ietf:params:scim:event:prov:create:full',
  put: 'urn:ietf:params:scim:event:prov:put:full',
  delete: 'urn:ietf:params:scim:event:prov:delete',
  tokenPut: `${EVENT}:token:put`,
  tokenRevoked: `${EVENT}:token:revoked`,
  tokenExpired: `${EVENT}:token:expired`,
  statusPut: `${EVENT}:status:put`,
  keySetPut: `${EVENT}:key-set:put`,
  trustBundle: `${EVENT}:trust-bundle`,
  quarantine: `${EVENT}:quarantine`,
  held: `${EVENT}:held`,
  heldReleased: `${EVENT}:held:released`,
  heldReplaced: `${EVENT}:held:replaced`,
  heldRejected: `${EVENT}:held:rejected`,
  progress: `${EVENT}:progress`,
} as const;

/** `ce_dataschema` of values whose form is ours; a change that breaks readers gets another number. */
export const DATA_SCHEMAS = {
  member: `${SCHEMA}:member:1`,
  keySet: `${SCHEMA}:key-set:1`,
  status: `${SCHEMA}:status:1`,
  quarantine: `${SCHEMA}:quarantine:1`,
  held: `${SCHEMA}:held:1`,
  progress: `${SCHEMA}:progress:1`,
} as const;

type Header = readonly [name: string, value: string];
type Headers = readonly Header[];

const NONE: Headers = [];
const SPEC_VERSION: Header = ['ce_specversion', '1.0'];
/** What thousands of records of a transaction have alike stands in memory once. */
const TYPES = sharedHeaders('ce_type', EVENT_TYPES);
const SCHEMAS: ReadonlyMap<string, Headers> = new Map(
  [...sharedHeaders('ce_dataschema', DATA_SCHEMAS)].map(([schema, header]) => [schema, [header]]),
);
const SCIM_JSON: Header = ['content-type', 'application/scim+json'];

/** What all records of one frame have in common. */
export interface FrameContext {
  readonly boundary: string;
  readonly stream: string;
  readonly epoch: number;
  readonly sequence: number;
  /** Lower-case hex of the SHA-256 of its header. */
  readonly digest: string;
  readonly createdAtMs: number;
  /** Wall clock here. */
  readonly receivedAtMs: number;
  /** ce_source, ce_stream, ce_boundary, ce_epochid, ce_framedigest. */
  readonly headers: Headers;
  /** What was made of the last record, for the next. */
  readonly times: TimeHeader;
}

/** `ce_time` of records that follow each other, of which many have one time. */
class TimeHeader {
  #atMs = Number.NaN;
  #header: Header = ['ce_time', ''];

  of(atMs: number): Header {
    if (atMs !== this.#atMs) {
      this.#header = ['ce_time', rfc3339(atMs)];
      this.#atMs = atMs;
    }
    return this.#header;
  }
}

export function frameContext({ header, digest, receivedAtMs }: Omit<GroupFrame, 'content'>): FrameContext {
  const { boundary, stream, epoch, sequence, createdAtMs } = header;
  const epochId = Buffer.from(header.epochId).toString('hex');
  return {
    boundary,
    stream,
    epoch,
    sequence,
    digest,
    createdAtMs,
    receivedAtMs,
    headers: originHeaders({ boundary, stream, epochId, digest }),
    times: new TimeHeader(),
  };
}

/** What caused a record is not in a frame that is at hand: the stream as of a position, at a time of ours. */
export function positionContext(
  progress: Pick<Progress, 'boundary' | 'stream' | 'epoch' | 'epochId' | 'sequence' | 'digest'>,
  atMs: number,
): FrameContext {
  const { boundary, stream, epoch, sequence, digest } = progress;
  const place = { boundary, stream, epoch, sequence, digest };
  const headers = originHeaders(progress);
  return { ...place, createdAtMs: atMs, receivedAtMs: atMs, headers, times: new TimeHeader() };
}

/** Of a record that was made before: its own frame, as its headers have it. */
export function contextOfHeaders(headers: Headers): FrameContext {
  const find = (name: string) => headers.find(([each]) => each === name)?.[1] ?? '';
  const { epoch = 0, sequence = 0 } = parseRevision(find('ce_revision')) ?? {};
  const createdAtMs = Date.parse(find('ce_time'));
  return {
    boundary: find('ce_boundary'),
    stream: find('ce_stream'),
    epoch,
    sequence,
    digest: find('ce_framedigest'),
    createdAtMs,
    receivedAtMs: createdAtMs,
    headers: headers.filter(([name]) => ORIGIN_HEADERS.includes(name)),
    times: new TimeHeader(),
  };
}

const ORIGIN_HEADERS: readonly string[] = ['ce_source', 'ce_stream', 'ce_boundary', 'ce_epochid', 'ce_framedigest'];

/** One record to publish, before it has headers. */
export interface CloudEvent {
  readonly topic: string;
  readonly key: string;
  /** Null: a tombstone. */
  readonly value: string | null;
  readonly type: string;
  readonly contentType?: string;
  readonly dataSchema?: string | undefined;
  readonly revision: Revision;
  /** Revision of the record that caused this one, where it is another: it names the event. */
  readonly cause?: Revision;
  /** Behind the cause in `ce_id`, where one cause may have several events: it makes the id unique for ever. */
  readonly idSuffix?: string;
  readonly atMs?: number | undefined;
  readonly reason?: string | undefined;
  /** Extension attributes, names without `ce_`. */
  readonly extensions?: Headers;
}

export function kafkaRecord(frame: FrameContext, event: CloudEvent): KafkaRecord {
  const revision = formatRevision(event.revision);
  const cause = `${frame.stream}/${event.cause === undefined ? revision : formatRevision(event.cause)}`;
  // A tombstone has no data, so nothing describes it.
  const isData = event.value !== null;
  const id: Header = ['ce_id', event.idSuffix === undefined ? cause : `${cause}/${event.idSuffix}`];
  const type = TYPES.get(event.type) ?? ['ce_type', event.type];
  const subject: Header = ['ce_subject', event.key];
  const time = frame.times.of(event.atMs ?? frame.createdAtMs);
  const own: Headers =
    event.contentType !== undefined && isData
      ? [contentType(event.contentType), SPEC_VERSION, id, type, subject, time, ['ce_revision', revision]]
      : [SPEC_VERSION, id, type, subject, time, ['ce_revision', revision]];
  // At once, since an array that is pushed to keeps room for a dozen more, and thousands of these wait for their commit.
  const headers = own.concat(frame.headers, furtherHeaders(event));
  return { topic: event.topic, key: event.key, value: event.value, headers };
}

function furtherHeaders({ value, dataSchema, reason, extensions }: CloudEvent): Headers {
  const schema: Headers =
    dataSchema === undefined || value === null ? NONE : (SCHEMAS.get(dataSchema) ?? [['ce_dataschema', dataSchema]]);
  if (reason === undefined && extensions === undefined) return schema;
  const reasons: Headers = reason === undefined ? NONE : [['ce_reason', reason]];
  return schema.concat(
    reasons,
    (extensions ?? NONE).map(([name, text]) => [`ce_${name}`, text] as const),
  );
}

/** The progress of a stream; its time is the receiver's. */
export function progressRecord(topic: string, progress: Progress): KafkaRecord {
  const { stream, boundary, epochId, digest, publishedAtMs } = progress;
  return {
    topic,
    key: stream,
    value: progressText(progress),
    headers: [
      ['content-type', 'application/json'],
      SPEC_VERSION,
      ['ce_id', `${stream}/${frameName(progress)}/progress/${publishedAtMs}`],
      ['ce_type', EVENT_TYPES.progress],
      ['ce_subject', stream],
      ['ce_time', rfc3339(publishedAtMs)],
      ...originHeaders({ boundary, stream, epochId, digest }),
      ['ce_dataschema', DATA_SCHEMAS.progress],
    ],
  };
}

/** The trust bundle as the root holders signed it; it belongs to the boundary, whichever stream's receiver says it. */
export function trustBundleRecord(topic: string, bundle: TrustBundle, progress: Progress): KafkaRecord {
  const { boundary, root, version, issuedMs, expiresMs, text } = bundle;
  const { stream, epochId, digest } = progress;
  return {
    topic,
    key: 'Bundle',
    value: text,
    headers: [
      ['content-type', 'application/jose+json'],
      SPEC_VERSION,
      ['ce_id', `${stream}/trust-bundle/${root}.${version}`],
      ['ce_type', EVENT_TYPES.trustBundle],
      ['ce_subject', 'Bundle'],
      ['ce_time', rfc3339(issuedMs)],
      ...originHeaders({ boundary, stream, epochId, digest }),
      ['ce_bundle', `${root}.${version}`],
      ['ce_exp', rfc3339(expiresMs)],
    ],
  };
}

/** RFC 3339 §5.6 in UTC. Its years have four digits: a time beyond them, which only a faulty clock says, is its last. */
export function rfc3339(atMs: number): string {
  return new Date(Math.min(atMs, LAST_PRINTABLE_MS)).toISOString();
}

/** Bytes as librdkafka counts them. */
export function kafkaRecordBytes({ key, value, headers }: KafkaRecord): number {
  let headerBytes = 0;
  for (const [name, text] of headers) headerBytes += name.length + text.length;
  return Buffer.byteLength(key, 'utf8') + Buffer.byteLength(value ?? '', 'utf8') + headerBytes;
}

/** Room is left for the framing of each header and the batch. */
export function isTooLarge(record: KafkaRecord): boolean {
  return kafkaRecordBytes(record) > KAFKA_LIMITS.messageBytes - 1_000;
}

function contentType(value: string): Header {
  return value === SCIM_JSON[1] ? SCIM_JSON : ['content-type', value];
}

function sharedHeaders(name: string, values: Readonly<Record<string, string>>): ReadonlyMap<string, Header> {
  return new Map(Object.values(values).map((value) => [value, [name, value]]));
}

function originHeaders(origin: {
  readonly boundary: string;
  readonly stream: string;
  readonly epochId: string;
  readonly digest: string;
}): Headers {
  return [
    ['ce_source', `urn:identity-diode:${origin.boundary}:${origin.stream}`],
    ['ce_stream', origin.stream],
    ['ce_boundary', origin.boundary],
    ['ce_epochid', origin.epochId],
    ['ce_framedigest', origin.digest],
  ];
}

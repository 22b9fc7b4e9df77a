/** One figure bounds a record from the source to the broker: WIRE_LIMITS.maxRecordBytes. */
import { WIRE_LIMITS } from '../limits.ts';
import { type Refusal, refuse } from './refusal.ts';

/** Undefined where a Kafka record with this key and value fits; the key counts twice, since ce_subject repeats it. */
export function checkRecordBytes(key: string, value: string, path: string): Refusal | undefined {
  // A UTF-16 unit is at most 3 bytes of UTF-8: most values need no count.
  if (2 * key.length + 3 * value.length + WIRE_LIMITS.recordHeaderBytes <= WIRE_LIMITS.maxRecordBytes) return undefined;
  const bytes = 2 * key.length + Buffer.byteLength(value, 'utf8') + WIRE_LIMITS.recordHeaderBytes;
  if (bytes <= WIRE_LIMITS.maxRecordBytes) return undefined;
  return refuse(
    'record-too-large',
    path,
    `The record would have ${bytes} bytes with its headers, and at most ${WIRE_LIMITS.maxRecordBytes} pass: leave large attributes, such as photos and certificates, out or refer to them.`,
  );
}

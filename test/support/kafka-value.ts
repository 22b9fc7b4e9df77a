import { decodeProgress, type Progress } from '../../receiver/publish/progress.ts';

/** A value of a record that is published, as its readers get it. */
export function valueBytes(value: string | null): Buffer | null {
  return value === null ? null : Buffer.from(value, 'utf8');
}

/** What a progress record says; undefined where it says nothing, or there is none. */
export function progressIn(record: { readonly value: string | null } | undefined): Progress | undefined {
  return record?.value ? decodeProgress(Buffer.from(record.value, 'utf8')) : undefined;
}

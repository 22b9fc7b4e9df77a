/** A value of a record that is published, as its readers get it. */
export function valueBytes(value: string | null): Buffer | null {
  return value === null ? null : Buffer.from(value, 'utf8');
}

/** Bytes as people and logs read them. Pure. */

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

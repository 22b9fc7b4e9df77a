/** Recorded datagrams, one behind the other: two bytes of length, big-endian, and the datagram. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const LENGTH_BYTES = 2;

export function openDatagramFile(path: string): { append(datagram: Buffer): void; close(): void } {
  const file = openSync(path, 'w');
  return {
    append(datagram) {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16BE(datagram.length);
      writeSync(file, Buffer.concat([length, datagram]));
    },
    close: () => closeSync(file),
  };
}

/** In the order in which they came. Throws where the file ends within one. */
export function readDatagramFile(path: string): readonly Buffer[] {
  const bytes = readFileSync(path);
  const datagrams: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + LENGTH_BYTES + (bytes.length - at < LENGTH_BYTES ? 0 : bytes.readUInt16BE(at));
    if (end > bytes.length || bytes.length - at < LENGTH_BYTES) throw new Error(`${path} ends within a datagram`);
    datagrams.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return datagrams;
}

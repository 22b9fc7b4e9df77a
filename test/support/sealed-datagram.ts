/** Any datagram that is sealed under a session's key, veiled or not. */
import type { DatagramCipher } from '../../src/crypto/sodium.ts';
import {
  DATAGRAM_KIND,
  type DatagramHeader,
  HEADER_BYTES,
  TAG_BYTES,
  VEILED_HEADER_BYTES,
  VEILED_PLACE_BYTES,
  writeDatagramHeader,
  writeVeiledHeader,
  writeVeiledPlace,
} from '../../src/wire/datagram.ts';

/** Of a veiled datagram that carries no symbol. */
export const PADDING = {
  kind: DATAGRAM_KIND.veiled,
  sequence: 0,
  blockIndex: 0,
  blockCount: 0,
  symbolIndex: 0,
  frameBytes: 0,
  sourceCount: 0,
  repairCapacity: 1,
} as const;

export function sealDatagram(header: DatagramHeader, symbol: Uint8Array, cipher: DatagramCipher): Buffer {
  const datagram = Buffer.alloc(HEADER_BYTES + symbol.length + TAG_BYTES);
  if (header.kind !== DATAGRAM_KIND.veiled) {
    writeDatagramHeader(datagram, 0, header);
    cipher.seal(datagram, HEADER_BYTES, symbol, header.counter);
    return datagram;
  }
  writeVeiledHeader(datagram, header);
  const place = Buffer.alloc(VEILED_PLACE_BYTES);
  // There is room for M up to 128.
  writeVeiledPlace(place, { ...header, repairCapacity: 2 ** (Math.log2(header.repairCapacity) & 7) });
  cipher.seal(datagram, VEILED_HEADER_BYTES, Buffer.concat([place, symbol]), header.counter);
  return datagram;
}

/** Bytes of a serial line, however they are cut: datagrams within their bound or counted, and what is framed comes back. */
import assert from 'node:assert/strict';
import { encodeRun, framingBytes, RunDecoder } from '../../../src/wire/cobs.ts';

const MAX_DATAGRAM_BYTES = 300;

export function fuzz(input: Buffer): void {
  const [first = 0] = input;
  const rest = input.subarray(1);
  const whole = read([rest]);
  const pieces = Array.from({ length: Math.ceil(rest.length / (first + 1)) }, (_, index) =>
    rest.subarray(index * (first + 1), (index + 1) * (first + 1)),
  );
  assert.deepEqual(read(pieces), whole);
  for (const { length } of whole.datagrams) assert.ok(length > 0 && length <= MAX_DATAGRAM_BYTES);
  for (const datagram of whole.datagrams) {
    const line = encodeRun(datagram);
    assert.ok(line.length <= datagram.length + framingBytes(datagram.length));
    // Behind anything that came before, even within a run.
    assert.deepEqual(read([rest, line]).datagrams.at(-1), datagram);
  }
}

function read(pieces: readonly Uint8Array[]) {
  const datagrams: Buffer[] = [];
  const discarded: string[] = [];
  const decoder = new RunDecoder(
    { onDatagram: (datagram) => datagrams.push(datagram), onDiscarded: (reason) => discarded.push(reason) },
    MAX_DATAGRAM_BYTES,
  );
  for (const piece of pieces) decoder.handleBytes(piece);
  return { datagrams, discarded };
}

import { describe, expect, it } from 'vitest';
import { verifyFrame } from '../../receiver/intake/frame-verifier.ts';
import { unpackFrame } from '../../receiver/publish/unpacker.ts';
import { decompress } from '../../src/wire/compression.ts';
import { encodeFrameHeader } from '../../src/wire/frame.ts';
import { bitFlipsOf, bytes, prefixesOf, readVectors, trustedKeys } from './wire-vectors.ts';

const { good, bad } = readVectors('frame');
const BOUNDARY = 'site-a';
const STREAM = 'hr';

/** The first problem, in the receiver's order, or the records. */
function problemOf(frame: Uint8Array): string | undefined {
  const verified = verifyFrame(frame, trustedKeys);
  if (typeof verified === 'string') return verified;
  if (verified.header.boundary !== BOUNDARY) return 'boundary';
  if (verified.header.stream !== STREAM) return 'stream';
  const records = unpackFrame(verified.header, verified.payload);
  return typeof records === 'string' ? records : undefined;
}

describe('good frames', () => {
  it.each(good)('$name: verified, with digest, header and body', ({ frame, header, digest, body }) => {
    const verified = verifyFrame(bytes(frame), trustedKeys);
    if (typeof verified === 'string') return expect.fail(verified);
    expect(Buffer.from(verified.digest).toString('hex')).toBe(digest);
    expect({ ...verified.header, ...hexOf(verified.header) }).toEqual(header);
    expect(Buffer.from(encodeFrameHeader(verified.header))).toEqual(Buffer.from(verified.headerBytes));
    const { compression, bodyBytes } = verified.header;
    const unpacked = compression === 'zstd' ? decompress(verified.payload, bodyBytes) : verified.payload;
    expect(Buffer.from(unpacked as Uint8Array).toString('hex')).toBe(body);
    expect(unpackFrame(verified.header, verified.payload)).toHaveLength(1);
  });

  it.each(good)('$name: every prefix is refused', ({ frame }) => {
    for (const prefix of prefixesOf(bytes(frame))) expect(verifyFrame(prefix, trustedKeys)).toBe('frame-protobuf');
  });

  it.each(good)('$name: every changed bit is refused', ({ frame }) => {
    for (const { bit, bytes: flipped } of bitFlipsOf(bytes(frame))) {
      if (typeof verifyFrame(flipped, trustedKeys) !== 'string') expect.fail(`bit ${bit}`);
    }
  });
});

describe('bad frames', () => {
  it.each(bad)('$name: $error', ({ frame, error }) => {
    expect(problemOf(bytes(frame))).toBe(error);
  });
});

function hexOf(header: object): object {
  const entries = Object.entries(header).filter(([, value]) => value instanceof Uint8Array);
  return Object.fromEntries(entries.map(([name, value]) => [name, Buffer.from(value).toString('hex')]));
}

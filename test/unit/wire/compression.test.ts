import { describe, expect, it } from 'vitest';
import zstd from 'zstd-napi/binding.js';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import { compress, decompress } from '../../../src/wire/compression.ts';

const body = Buffer.from('{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"2819c223"}'.repeat(200));

describe('compression', () => {
  it('gives back what it was given', () => {
    const payload = compress(body);
    expect(payload.length).toBeLessThan(body.length / 10);
    expect(Buffer.from(decompress(payload, body.length) as Uint8Array).equals(body)).toBe(true);
  });

  it('gives a payload in memory of its own', () => {
    const first = compress(body);
    const copy = Buffer.from(first);
    compress(Buffer.alloc(body.length, 7));
    expect(Buffer.from(first).equals(copy)).toBe(true);
    expect(first.buffer.byteLength).toBe(first.length);
  });

  it('writes the body where it is told to, if there is room', () => {
    const room = Buffer.alloc(body.length + 1);
    const written = decompress(compress(body), body.length, room) as Uint8Array;
    expect(written.buffer).toBe(room.buffer);
    expect(Buffer.from(written).equals(body)).toBe(true);
    const elsewhere = decompress(compress(body), body.length, room.subarray(2)) as Uint8Array;
    expect(elsewhere.buffer).not.toBe(room.buffer);
    expect(Buffer.from(elsewhere).equals(body)).toBe(true);
  });

  it('refuses a frame whose size is not the declared one', () => {
    expect(decompress(compress(body), body.length - 1)).toBe('zstd-size');
    expect(decompress(compress(body), body.length + 1)).toBe('zstd-size');
  });

  it('refuses a frame that does not tell its size', () => {
    const context = new zstd.CCtx();
    context.setParameter(zstd.CParameter.contentSizeFlag, 0);
    const room = Buffer.alloc(zstd.compressBound(body.length));
    const payload = room.subarray(0, context.compress2(room, body));
    expect(decompress(payload, body.length)).toBe('zstd-size-missing');
  });

  it('refuses bytes behind the frame, and a second frame', () => {
    const payload = compress(body);
    expect(decompress(Buffer.concat([payload, Buffer.of(0)]), body.length)).toBe('zstd-trailing');
    expect(decompress(Buffer.concat([payload, payload]), body.length)).toBe('zstd-trailing');
  });

  it('refuses a skippable frame', () => {
    const skippable = Buffer.from('502a4d1804000000deadbeef', 'hex');
    expect(decompress(skippable, 4)).toBe('zstd-size');
  });

  it('refuses a bomb by its own claim, before it allocates', () => {
    const bomb = compress(Buffer.alloc(WIRE_LIMITS.maxBodyBytes + 1));
    expect(bomb.length).toBeLessThan(2048);
    expect(decompress(bomb, 1000)).toBe('zstd-size');
    expect(decompress(bomb, WIRE_LIMITS.maxBodyBytes + 1)).toBe('zstd-size');
  });

  it('refuses a window above the bound though libzstd would take it', () => {
    const context = new zstd.CCtx();
    context.setParameter(zstd.CParameter.windowLog, WIRE_LIMITS.maxZstdWindowLog + 1);
    const large = Buffer.alloc(WIRE_LIMITS.maxBodyBytes, 'abcdefg');
    const room = Buffer.alloc(zstd.compressBound(large.length));
    const payload = room.subarray(0, context.compress2(room, large));
    expect(decompress(payload, large.length)).toBe('zstd-window');
  });

  it('refuses a frame that is cut or is none, and works again afterwards', () => {
    const payload = compress(body);
    for (let length = 0; length < payload.length; length++) {
      expect(typeof decompress(payload.subarray(0, length), body.length)).toBe('string');
    }
    expect(decompress(Buffer.from('no zstd at all'), 14)).toBe('zstd-frame');
    expect(typeof decompress(payload, body.length)).toBe('object');
  });

  it('never throws and never gives another length, whatever bit is flipped', () => {
    const payload = Buffer.from(compress(body));
    for (let bit = 0; bit < payload.length * 8; bit++) {
      const flipped = Buffer.from(payload);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const result = decompress(flipped, body.length);
      if (typeof result !== 'string') expect(result.length).toBe(body.length);
    }
  });
});

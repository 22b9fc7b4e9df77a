import { describe, expect, it } from 'vitest';
import { delimitedBytes, walkFields } from '../../../src/wire/protobuf-fields.ts';

function fieldsOf(hex: string): (readonly [number, number, number, number])[] | undefined {
  const fields: (readonly [number, number, number, number])[] = [];
  const wellFormed = walkFields(Buffer.from(hex, 'hex'), ({ number, wireType, start, end }) => {
    fields.push([number, wireType, start, end]);
    return true;
  });
  return wellFormed ? fields : undefined;
}

describe('walking the fields of a message', () => {
  it('tells number, wire type and place of each value', () => {
    expect(fieldsOf('08960112036162631d010203042111223344556677887a00')).toEqual([
      [1, 0, 1, 3],
      [2, 2, 5, 8],
      [3, 5, 9, 13],
      [4, 1, 14, 22],
      [15, 2, 24, 24],
    ]);
  });

  it.each([
    ['field number 0', '0000'],
    ['a group', '0b0c'],
    ['wire type 6', '0e00'],
    ['a varint without end', '0880'],
    ['a varint of eleven bytes', `08${'80'.repeat(10)}01`],
    ['a tag without value', '08'],
    ['a length beyond the bytes', '1204616263'],
    ['a length above 2^32', '12ffffffff7f61'],
    ['fixed bytes cut short', '1d010203'],
  ])('refuses %s', (_, hex) => {
    expect(fieldsOf(hex)).toBeUndefined();
  });

  it('stops where the visitor says so', () => {
    let visited = 0;
    expect(walkFields(Buffer.from('080108020803', 'hex'), () => ++visited < 2)).toBe(false);
    expect(visited).toBe(2);
  });

  it.each([
    [0, 2],
    [127, 129],
    [128, 131],
    [16_384, 16_388],
    [2 ** 28, 2 ** 28 + 6],
  ])('counts the bytes of a field of %i bytes', (valueBytes, bytes) => {
    expect(delimitedBytes(valueBytes)).toBe(bytes);
  });
});

/** serial.json: datagrams as they stand on a serial line, and runs that are none. */
import { encodeRun } from '../../../src/wire/cobs.ts';
import { bytesOf, hex } from './fixture.ts';

const noZeros = (count: number) => Buffer.from(bytesOf('no zeros', count).map((byte) => byte || 1));

export function serialVectors() {
  return {
    about:
      'good: line is what our sender writes for datagram, and what a receiver makes datagram of, whatever the pieces in which it is read. A line that another sender writes for it may differ behind a full group. bad: what a receiver counts for the first run of the line; datagrams behind it come whole. Datagrams here are any bytes: only their framing is meant.',
    good: [
      good('the example of docs/wire-format.md', Buffer.from('11220033', 'hex')),
      good('one byte', Buffer.of(0x1d)),
      good('one zero', Buffer.of(0)),
      good('zeros', Buffer.alloc(5)),
      good('a zero at each end', Buffer.from('00aabb00', 'hex')),
      good('a full group that ends the datagram', noZeros(254)),
      good('a full group and one byte', noZeros(255)),
      good('a full group and a zero', Buffer.concat([noZeros(254), Buffer.of(0)])),
      good('two full groups', noZeros(508)),
      good('a datagram of the default length', bytesOf('datagram', 236)),
    ],
    bad: [
      bad('a last code that promises two bytes too many', '000511220000', 'cut-short'),
      bad('one code alone', '000100', 'empty'),
      bad('two full groups are announced, and one comes', `00ff${hex(noZeros(254))}ff00`, 'cut-short'),
      bad('longer than the longest datagram', hex(encodeRun(noZeros(8_941))), 'overlong'),
    ],
  };
}

function good(name: string, datagram: Buffer) {
  return { name, datagram: hex(datagram), line: hex(encodeRun(datagram)) };
}

function bad(name: string, line: string, error: string) {
  return { name, line, error };
}

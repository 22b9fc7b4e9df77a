import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../../src/cli/options.ts';
import { closestName } from '../../../src/config/spelling.ts';

describe('an endpoint on the command line', () => {
  it.each([
    ['192.0.2.7:7000', '192.0.2.7', 7_000],
    ['192.0.2.7', '192.0.2.7', 7_350],
    ['[2001:db8::7]:7000', '2001:db8::7', 7_000],
    ['[2001:db8::7]', '2001:db8::7', 7_350],
    ['2001:db8::7', '2001:db8::7', 7_350],
    ['[fe80::1%eth0]:7000', 'fe80::1%eth0', 7_000],
  ])('%s is %s port %d', (typed, address, port) => {
    expect(parseEndpoint(typed, 7_350)).toEqual({ address, port });
  });

  it.each(['diode.example:7000', '192.0.2.7:0', '192.0.2.7:70000', '192.0.2.7:x', ':7000', '', '1.2.3:7'])(
    '%j is none',
    (typed) => {
      expect(() => parseEndpoint(typed, 7_350)).toThrow();
    },
  );
});

describe('the known name nearest to a wrong one', () => {
  it.each([
    ['rateBitsPerSeconds', 'rateBitsPerSecond'],
    ['rateBitPerSecond', 'rateBitsPerSecond'],
    ['prot', 'port'],
    ['adress', 'address'],
    ['PORT', 'port'],
  ])('for %s is %s', (typed, known) => {
    expect(closestName(typed, ['port', 'address', 'rateBitsPerSecond'])).toBe(known);
  });

  it('is none where nothing is near', () => {
    expect(closestName('frequency', ['port', 'address'])).toBeUndefined();
    expect(closestName('x', [])).toBeUndefined();
  });
});

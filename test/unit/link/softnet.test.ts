import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { backlogDrops, readBacklogDrops } from '../../../src/link/softnet.ts';

/** Linux 6.18, two cores, after 617,839 datagrams found the second one's backlog full. */
const NEW = `093b39ae 00000000 00000004 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
094a9e9a 00096d6f 00000003 00000000 00000000 00000000 00000000 00000000 00000000 000018ee 00000000 00000000 00000001 00000000 00000000
`;
/** Before Linux 2.6.35: nine columns. */
const OLD = '0002ab31 00000002 00000001 00000000 00000000 00000000 00000000 00000000 00000000\n';

describe('the drops of /proc/net/softnet_stat', () => {
  it('are those of all cores', () => {
    expect(backlogDrops(NEW)).toBe(617_839);
    expect(backlogDrops(OLD)).toBe(2);
    expect(backlogDrops(NEW + OLD)).toBe(617_841);
  });

  it.each([
    ['nothing', ''],
    ['lines without words', '\n\n'],
    ['one column', '093b39ae\n'],
    ['a figure that is none', NEW.replace('00096d6f', '0x096d6f')],
    ['a longer figure', NEW.replace('00096d6f', '100096d6f')],
    ['a line that ends too early', `${NEW}093b39ae 0000`],
    ['more cores than there can be', OLD.repeat(8_193)],
    ['a line without an end', '0'.repeat(1_000_000)],
  ])('are not told by %s', (_name, text) => {
    expect(backlogDrops(text)).toBeUndefined();
  });

  it.skipIf(!existsSync('/proc/net/softnet_stat'))('are told by this kernel', () => {
    expect(readBacklogDrops()).toBeGreaterThanOrEqual(0);
  });
});

import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { TransmitDrops } from '../../../src/link/transmit-drops.ts';

it.skipIf(!existsSync('/sys/class/net/lo'))(
  'counts from its beginning on, and goes on where a queue is set up anew',
  () => {
    let queue: number | undefined = 40;
    const drops = new TransmitDrops('lo', '192.0.2.7', { queueDrops: () => queue });
    expect(drops.read()).toEqual({ interfaceName: 'lo', queue: 0, interface: 0 });
    queue = 45;
    expect(drops.read()).toMatchObject({ queue: 5, seenAgeMs: expect.any(Number) });
    queue = undefined;
    expect(drops.read().queue).toBe(5);
    queue = 2;
    expect(drops.read().queue).toBe(7);
  },
);

it('does not say 0 of an interface that is not there, or of a queue that nobody asks for', () => {
  const none = { interfaceName: 'none7', queue: undefined, interface: undefined };
  expect(new TransmitDrops('none7', '192.0.2.7', { queueDrops: () => 0 }).read()).toEqual(none);
  expect(new TransmitDrops('lo', '192.0.2.7', undefined).read().queue).toBeUndefined();
});

// The kernel's own checks: they hold even where the TypeScript in front of them fails.

import { describe, expect, it } from 'vitest';
import { instantiateKernel } from '../../src/fec/kernel.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';

const kernel = instantiateKernel(loadKernelModule());
const traps = 'unreachable';

describe('kernel', () => {
  it('has 36 pages and cannot grow', () => {
    expect(kernel.bytes.length).toBe(36 * 65_536);
    expect(kernel.slotsAt + 256 * 8960).toBe(kernel.bytes.length);
  });

  it.each([
    [0, 2, 64],
    [241, 2, 64],
    [-1, 2, 64],
    [1, 0, 64],
    [1, 3, 64],
    [1, 256, 64],
    [129, 128, 64],
    [1, 2, 0],
    [1, 2, 65],
    [1, 2, 9024],
    [2 ** 31, 2 ** 31, 64],
    [255, 2 ** 31, 2 ** 31],
  ])('traps on k=%i, M=%i, %i bytes', (sourceCount, repairCapacity, symbolBytes) => {
    expect(() => kernel.encodeBlock(sourceCount, repairCapacity, 1, symbolBytes)).toThrow(traps);
    expect(() => kernel.decodeBlock(sourceCount, repairCapacity, symbolBytes)).toThrow(traps);
  });

  it('traps on more repair symbols than M, and on more erasures than M', () => {
    expect(() => kernel.encodeBlock(1, 2, 3, 64)).toThrow(traps);
    kernel.bytes.fill(0, kernel.presentAt, kernel.presentAt + 256);
    expect(() => kernel.decodeBlock(1, 2, 64)).toThrow(traps);
  });

  it('keeps its tables whole at the largest sizes', () => {
    const before = smallRepair();
    kernel.bytes.fill(0xa5, kernel.slotsAt);
    kernel.encodeBlock(128, 128, 128, 8960);
    kernel.bytes.fill(0, kernel.presentAt, kernel.presentAt + 128);
    kernel.bytes.fill(1, kernel.presentAt + 128, kernel.presentAt + 256);
    kernel.decodeBlock(128, 128, 8960);
    expect(smallRepair()).toEqual(before);
  });
});

function smallRepair(): Uint8Array {
  kernel.bytes.fill(3, kernel.slotsAt, kernel.slotsAt + 8 * 64);
  kernel.encodeBlock(4, 4, 4, 64);
  return kernel.bytes.slice(kernel.slotsAt + 4 * 64, kernel.slotsAt + 8 * 64);
}

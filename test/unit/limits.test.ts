import { describe, expect, it } from 'vitest';
import { RECEIVER_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';

const MIB = 1024 * 1024;

describe('what a receiver holds in memory', () => {
  it('comes to what limits.ts says of it', () => {
    const { maxTrustLanes, maxTrustObjects, maxWaitingTrust } = RECEIVER_LIMITS;
    const trustLanes = Object.values(maxTrustLanes).reduce<number>((total, lanes) => total + lanes, 0);
    const parts = [
      RECEIVER_LIMITS.maxBlockBytes,
      RECEIVER_LIMITS.maxHeldBytes,
      RECEIVER_LIMITS.maxUnknownKeyBytes,
      RECEIVER_LIMITS.maxCommitBytes,
      RECEIVER_LIMITS.maxTransactionBytes,
      // A statement under assembly, and the repair symbols beside it.
      trustLanes * maxTrustObjects * 2 * WIRE_LIMITS.maxControlBytes,
      maxWaitingTrust * WIRE_LIMITS.maxControlBytes,
    ];
    const sum = parts.reduce((total, bytes) => total + bytes, 0);
    // What has hundreds of bytes a piece comes to less than 4 MiB beside it.
    expect(sum + 4 * MIB).toBeLessThanOrEqual(200 * MIB);
    expect(sum).toBeGreaterThan(190 * MIB);
  });
});

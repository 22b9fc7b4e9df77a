import { afterEach, describe, expect, it } from 'vitest';
import { StreamPair } from '../../support/stream-pair.ts';

let pair: StreamPair;
afterEach(() => pair.close());

describe('a stream at a constant rate', () => {
  it('arrives as any, and what fills the rate is counted as padding', async () => {
    pair = new StreamPair({ isConstantRate: true });
    const sender = await pair.startSender('a');
    await pair.run(300);
    pair.say(sender, ['bjensen', 'v1'], ['mpayne', 'v1']);
    await pair.run(200);
    pair.isLinkUp = false;
    pair.say(sender, ['bjensen', 'v2']);
    await pair.run(200);
    pair.isLinkUp = true;
    // The first repeat.
    await pair.run(1_500);
    expect(pair.published).toEqual({ bjensen: 'v2', mpayne: 'v1' });
    const { datagrams, hellos, gate } = pair.intake.status(pair.nowMs);
    expect(gate.gaps).toEqual([]);
    expect(hellos.accepted).toBeGreaterThanOrEqual(5);
    const { padding, accepted, unneeded, duplicate, control, session, ...refused } = datagrams;
    expect(padding).toBeGreaterThan(5_000);
    expect(accepted).toBeGreaterThan(0);
    // Before the first hello was opened.
    expect(session).toBeLessThan(100);
    expect(Object.values(refused).every((count) => count === 0)).toBe(true);
    expect(unneeded + duplicate + control).toBeLessThan(1_000);
  });
});

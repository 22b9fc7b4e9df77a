// Tokens of a sender whose clock is a day wrong: they wait, until somebody vouches for the clock here.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiverAlarms } from '../../../receiver/ops/receiver-alarms.ts';
import { ISSUER, testToken, testVerdict } from '../../support/back-half.ts';
import { receiverStatusSample } from '../../support/status-samples.ts';
import { StreamPair } from '../../support/stream-pair.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const HELLO_MS = 11_000;
const MAX_SKEW_MS = 300_000;

let pair: StreamPair;
beforeEach(() => {
  pair = new StreamPair();
  pair.back.judge = ({ jws }, nowMs) => {
    const { jti, iat, exp } = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());
    const issuedAtMs = iat * 1_000;
    return testVerdict(testToken({ jti, slot: jti, issuedAtMs, lifetimeMs: exp * 1_000 - issuedAtMs }), nowMs);
  };
});
afterEach(() => pair.close());

/** A line of the source; its issuer's clock is right. */
function token(jti: string, lifetimeMs: number): object {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const iat = Math.floor(pair.wallMs / 1_000);
  const claims = { iss: ISSUER, sub: 'bjensen', aud: 'api', jti, iat, exp: iat + lifetimeMs / 1_000 };
  return { token: [encode({ alg: 'EdDSA', kid: 'k' }), encode(claims), 'c2ln'].join('.') };
}

const published = () => pair.kafka.records('tokens').map(({ headers }) => new Map(headers).get('ce_jti'));
const totals = () => pair.back.store.progress?.totals;
const clock = () => pair.intake.status(pair.nowMs).clock;
const alarm = () => {
  const { intake } = receiverStatusSample;
  const alarms = receiverAlarms({ ...receiverStatusSample, intake: { ...intake, clock: clock() } });
  return alarms.find((text) => text.startsWith('The clock'));
};

describe.each([
  ['behind', 'ahead', -DAY_MS],
  ['ahead', 'behind', DAY_MS],
] as const)('tokens of a sender whose clock is a day %s', (_, reason, offsetMs) => {
  it('are decided by the clock that an operator vouches for, and wait again once it jumps', async () => {
    const sender = await pair.startSender('a', offsetMs);
    await pair.run(HELLO_MS);
    pair.say(sender, ['bjensen', 'v1']);
    pair.sayLines(sender, [token('long', 600_000), token('short', 30_000)]);
    await pair.run(60_000);
    expect([pair.published, published(), clock().reason]).toEqual([{ bjensen: 'v1' }, [], reason]);
    expect(pair.back.store.progress?.waitingFrames).toHaveLength(1);

    for (const wrongMs of [MAX_SKEW_MS + 1, offsetMs, HOUR_MS])
      expect(pair.setTime(pair.wallMs + wrongMs)).toMatchObject({ outcome: 'refused' });
    await pair.run(1_000);
    expect(published()).toEqual([]);

    const sinceMs = pair.wallMs;
    const differenceMs = -400;
    expect(pair.setTime(sinceMs + 400)).toMatchObject({ outcome: 'done', detail: { by: 'ana', differenceMs } });
    await pair.run(1_000);
    expect(published()).toEqual(['long']);
    expect(totals()).toMatchObject({ expired: 1 });
    // Hellos go on contradicting.
    pair.sayLines(sender, [token('later', 600_000)]);
    await pair.run(3 * HELLO_MS);
    expect(published()).toEqual(['long', 'later']);
    expect(clock()).toMatchObject({ isTrusted: true, reason, vouched: { by: 'ana', sinceMs } });
    expect(alarm()).toContain(`vouched for by ana since ${new Date(sinceMs).toISOString()}, and is ${reason} of`);

    pair.receiverOffsetMs += HOUR_MS;
    await pair.run(1_000);
    expect(clock().vouched).toBeUndefined();
    pair.sayLines(sender, [token('last', 2 * HOUR_MS)]);
    await pair.run(HELLO_MS);
    expect([published(), alarm()]).toEqual([['long', 'later'], expect.stringContaining('is not trusted')]);

    pair.receiverOffsetMs = 0;
    sender.clockOffsetMs = 0;
    await pair.run(2 * HELLO_MS);
    expect(published()).toEqual(['long', 'later', 'last']);
    expect([clock().reason, clock().vouched, alarm()]).toEqual([undefined, undefined, undefined]);
    const told = pair.events.map(({ event }) => event).filter((event) => event.startsWith('clock-'));
    expect(told.at(0)).toBe('clock-untrusted');
    expect(told.filter((event) => event === 'clock-vouched')).toHaveLength(1);
    expect(told.at(-1)).toBe('clock-trusted');
  });
});

it('the word ends with the program, and a request that is met again counts only while its time is the clock’s', async () => {
  await pair.startSender('a', -DAY_MS);
  await pair.run(HELLO_MS);
  const typedMs = pair.wallMs;
  expect(pair.setTime(typedMs)?.outcome).toBe('done');
  pair.restartReceiver();
  await pair.run(HELLO_MS);
  expect(clock()).toMatchObject({ isTrusted: false, reason: 'ahead' });
  expect(pair.setTime(typedMs)?.outcome).toBe('done');
  pair.restartReceiver();
  await pair.run(MAX_SKEW_MS);
  expect(pair.setTime(typedMs)?.outcome).toBe('refused');
  expect(clock().isTrusted).toBe(false);
});

import { describe, expect, it } from 'vitest';
import { signingKeyPair } from '../../../../src/crypto/sodium.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { decodeHello, decodeHelloBody, decodeHelloDatagram, type HelloBody } from '../../../../src/wire/hello.ts';
import { FrontHalf } from '../../../support/front-half.ts';
import { helloDatagram, ModelJournal, ModelSession, WALL_MS } from '../../../support/model-sender.ts';

describe('hello desk', () => {
  it('opens a new session and takes its later hellos for heartbeats', () => {
    const { front, session } = started();
    front.nowMs += 5_000;
    front.receive(session.hello());
    expect(front.status.hellos.accepted).toBe(2);
    expect(front.eventNames().filter((name) => name === 'session-accepted')).toHaveLength(1);
    expect(front.status.lastHelloAgeMs).toBe(0);
  });

  it('drops a hello with any one bit flipped', () => {
    const front = new FrontHalf();
    const hello = new ModelSession(new ModelJournal()).hello();
    for (let bit = 0; bit < hello.length * 8; bit++) {
      const forged = Buffer.from(hello);
      forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7));
      front.receive(forged);
    }
    expect(front.intake.sealedSecret).toBeUndefined();
    expect(front.status.hellos.accepted).toBe(0);
    expect(front.status.hellos['hello-mac']).toBeGreaterThan((hello.length - 64) * 8);
  });

  it.each([
    ['hello-mac', 0],
    ['hello-length', 8_000],
  ] as const)('copies nothing of a forged hello: %s', (reason, moreBytes) => {
    const front = new FrontHalf();
    const hello = new ModelSession(new ModelJournal()).hello();
    const forged = Buffer.concat([hello.fill(0xee, hello.length - 16), Buffer.alloc(moreBytes)]);
    const count = 1_000;
    const beforeBytes = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < count; at++) front.intake.handleDatagram(front.nowMs, front.wallMs, forged);
    // Of each the digest that its MAC is compared with.
    expect(process.memoryUsage().arrayBuffers - beforeBytes).toBeLessThan((count * forged.length) / 4);
    expect(front.status.hellos[reason]).toBe(count);
  });

  it.each<[string, Partial<HelloBody>]>([
    ['hello-boundary', { boundary: 'site-b' }],
    ['hello-stream', { stream: 'it' }],
    ['hello-key', { keyId: Buffer.alloc(16, 1) }],
    [
      'hello-sealed',
      { sealed: [{ receiverId: Buffer.alloc(8), encapsulatedKey: Buffer.alloc(32), ciphertext: Buffer.alloc(48) }] },
    ],
    ['hello-version', { protocolVersion: 2 }],
  ])('refuses an authentic hello with %s', (reason, changes) => {
    const front = new FrontHalf();
    front.receive(new ModelSession(new ModelJournal()).hello(changes));
    expect(front.status.hellos).toMatchObject({ [reason]: 1, accepted: 0 });
    expect(front.events).toEqual([{ event: 'hello-refused', reason }]);
  });

  it('refuses a hello whose MAC holds and whose signature does not', () => {
    const front = new FrontHalf();
    const body = bodyOf(new ModelSession(new ModelJournal()).hello());
    front.receive(helloDatagram(body, signingKeyPair(Buffer.alloc(32, 99))));
    expect(front.status.hellos['hello-signature']).toBe(1);
  });

  it('drops replayed hellos without a halt: of this session, and of earlier ones', () => {
    const { front, journal, session } = started();
    const first = session.hello();
    const second = session.hello();
    front.receive(second, first, second);
    const next = new ModelSession(journal, { number: 2 });
    front.meet(next);
    front.receive(first, session.hello());
    expect(front.status.hellos['hello-stale']).toBe(4);
    expect(front.status.gate.halted).toBeUndefined();
  });

  it('drops a replayed hello before it pays for the signature', () => {
    const { front, session } = started();
    const replayed = bodyOf(session.hello({ counter: 1 }));
    // Only a wrong signature shows whether it was looked at.
    front.receive(helloDatagram(replayed, signingKeyPair(Buffer.alloc(32, 99))));
    expect(front.status.hellos).toMatchObject({ 'hello-stale': 1, 'hello-signature': 0 });
  });

  it('drops a hello of a session that it never met, when it is older than the last accepted one', () => {
    const { front, journal } = started({ number: 3 });
    front.receive(new ModelSession(journal, { number: 2 }).hello({ sentAtMs: WALL_MS - 1 }));
    expect(front.status.hellos['hello-stale']).toBe(1);
    expect(front.status.gate.halted).toBeUndefined();
  });

  it.each([
    ['a lower session number', { number: 2 }],
    ['its session number under another id', { number: 3, id: 77 }],
  ])('halts for a sender that comes with %s', (_, options) => {
    const { front, journal } = started({ number: 3 });
    front.receive(new ModelSession(journal, options).hello({ sentAtMs: WALL_MS + 1 }));
    expect(front.status.gate.halted).toMatchObject({
      reason: 'restored-sender',
      cure: expect.stringContaining('diode-sender new-epoch DIR --epoch 2 --again-from 1;'),
    });
    expect(front.audited.at(-1)).toMatchObject({ event: 'stream-halted' });
  });

  it('halts for a restored journal, stays halted over a restart, and resumes with a new epoch', () => {
    const { front, journal, session } = started();
    for (let count = 0; count < 3; count++) front.receive(...session.datagrams(journal.append()));
    const restored = new ModelSession(new ModelJournal(), { number: 2 });
    front.meet(restored);
    expect(front.status.gate.halted?.seen).toContain('ends at frame 1.0, this receiver knows up to 1.3');
    const again = new FrontHalf({ store: front.store });
    again.open(session);
    again.receive(...session.datagrams(journal.append()));
    expect(again.spooled).toEqual(['1', '2', '3']);
    expect(again.status.gate.halted).toMatchObject({ reason: 'restored-sender' });

    const next = new ModelJournal({ epoch: 2 });
    const fresh = new ModelSession(next, { number: 1, id: 50 });
    const previousEpoch = { ...journal.head, oldestSequence: 0 };
    again.meet(fresh, fresh.hello({ previousEpoch }));
    again.receive(...fresh.datagrams(next.append()));
    expect(again.status.gate.halted).toBeUndefined();
    expect(again.spooled).toEqual(['1', '2', '3', '1']);
    expect(again.eventNames()).toContain('stream-resumed');
  });

  it('lets hellos wait while a secret is being opened, in bounds, and handles them after it', () => {
    const front = new FrontHalf();
    const session = new ModelSession(new ModelJournal());
    front.receive(session.hello());
    for (let count = 0; count <= RECEIVER_LIMITS.maxWaitingHellos; count++) front.receive(session.hello());
    expect(front.status.hellos).toMatchObject({ accepted: 0, 'hello-busy': 1 });
    front.open(session);
    expect(front.status.hellos.accepted).toBe(1 + RECEIVER_LIMITS.maxWaitingHellos);
  });

  it('refuses a session whose secret does not open, and takes the next hello of it', () => {
    const front = new FrontHalf();
    const session = new ModelSession(new ModelJournal());
    front.receive(session.hello());
    const sealed = front.intake.sealedSecret as NonNullable<typeof front.intake.sealedSecret>;
    front.intake.handleSecret(front.nowMs, front.wallMs, sealed, undefined);
    expect(front.status.hellos).toMatchObject({ accepted: 0, 'hello-sealed': 1 });
    front.meet(session);
    expect(front.status.hellos.accepted).toBe(1);
  });

  it('refuses an epoch that changes within a session', () => {
    const { front, session } = started();
    front.receive(session.hello({ head: new ModelJournal({ epoch: 2 }).head }));
    expect(front.status.hellos['hello-epoch']).toBe(1);
  });

  it('says a refusal once a minute, however many are forged', () => {
    const front = new FrontHalf();
    const hello = new ModelSession(new ModelJournal()).hello({ boundary: 'site-b' });
    for (let count = 0; count < 100; count++) front.receive(hello);
    const refusals = () => front.events.filter(({ event }) => event === 'hello-refused');
    expect(refusals()).toHaveLength(1);
    front.pass(60_000);
    front.receive(hello);
    expect(refusals()).toHaveLength(2);
  });

  it('takes a hello far from the local clock for a reason not to trust that clock, and goes on', () => {
    const { front, journal, session } = started();
    front.receive(session.hello({ sentAtMs: WALL_MS + 86_400_000 }), ...session.datagrams(journal.append()));
    expect(front.status.clock).toMatchObject({ isTrusted: false, reason: 'behind' });
    expect(front.spooled).toEqual(['1']);
    expect(front.audited.map(({ event }) => event)).toContain('clock-untrusted');
  });
});

function started(options: { readonly number?: number } = {}) {
  const front = new FrontHalf();
  const journal = new ModelJournal();
  const session = new ModelSession(journal, options);
  front.meet(session);
  return { front, journal, session };
}

function bodyOf(datagram: Buffer): HelloBody {
  const parts = decodeHelloDatagram(datagram);
  const hello = typeof parts === 'string' ? parts : decodeHello(parts.hello);
  const body = typeof hello === 'string' ? hello : decodeHelloBody(hello.body);
  if (typeof body === 'string') throw new Error(body);
  return body;
}

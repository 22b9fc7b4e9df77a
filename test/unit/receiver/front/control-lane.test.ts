import { describe, expect, it } from 'vitest';
import { ControlDesk, type ControlOutcome } from '../../../../receiver/intake/control-desk.ts';
import type { SessionStanding } from '../../../../receiver/intake/session-history.ts';
import { HelloBlocks } from '../../../../sender/transmit/hello-blocks.ts';
import { TrustAnnouncer } from '../../../../sender/transmit/trust-announcer.ts';
import { helloControlKey, trustControlKey } from '../../../../src/crypto/digest.ts';
import { DatagramCipher } from '../../../../src/crypto/sodium.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { codec, ModelJournal, ModelSession, macKey } from '../../../support/model-sender.ts';

const CURRENT = 0x100;
const OVER = [1, 2, 3, 4];
const UNKNOWN = [11, 12, 13, 14, 15];
const SYMBOL_BYTES = 192;
const REPLAY_EVERY = 4;

function standingOf(handle: number): SessionStanding {
  return handle === CURRENT ? 'current' : OVER.includes(handle) ? 'over' : 'unknown';
}

/** One statement of a bundle's size in the session with that handle, as it is sent. */
function trust(handle: number): readonly Buffer[] {
  const session = { handle, receivers: [{ trustCipher: new DatagramCipher(trustControlKey(macKey, handle)) }] };
  const pace = { symbolBytes: SYMBOL_BYTES, repairPercent: 5, encoder: codec, wireMs: () => 1 };
  const announcer = new TrustAnnouncer({ ...pace, session });
  announcer.replace(['x'.repeat(4_000)]);
  const datagrams: Buffer[] = [];
  for (let next = announcer.poll(0); next !== undefined; next = announcer.poll(0)) datagrams.push(next);
  return datagrams;
}

function hello(handle: number): readonly Buffer[] {
  const helloCipher = new DatagramCipher(helloControlKey(macKey, handle));
  const session = { handle, receivers: [{ receiverId: new Uint8Array(8), macKey, helloCipher }] };
  const blocks = new HelloBlocks({ session, symbolBytes: SYMBOL_BYTES, repairPercent: 20, encoder: codec });
  return blocks.datagrams(new ModelSession(new ModelJournal()).hello());
}

/** What comes of `sent` while `old` datagrams are played again and again among it. */
function replayed(sent: readonly Buffer[], old: readonly Buffer[]) {
  const objects: ControlOutcome[] = [];
  const desk = new ControlDesk({ macKey, decoder: codec, standingOf, onObject: (outcome) => objects.push(outcome) });
  const outcomes: string[] = [];
  for (const [index, datagram] of sent.entries()) {
    desk.handleDatagram(0, Buffer.from(datagram));
    if (index % REPLAY_EVERY !== 0) continue;
    for (const again of old) outcomes.push(desk.handleDatagram(0, Buffer.from(again)));
  }
  return { objects, outcomes: new Set(outcomes), desk };
}

function firstOf(send: (handle: number) => readonly Buffer[], handles: readonly number[]): readonly Buffer[] {
  return handles.map((handle) => send(handle)[0] as Buffer);
}

describe('a control lane among old datagrams that are played again and again', () => {
  it('takes in the bundle of the current session', () => {
    const sent = trust(CURRENT);
    expect(sent.length).toBeGreaterThan(4 * REPLAY_EVERY);
    for (const old of [OVER, UNKNOWN]) expect(replayed(sent, firstOf(trust, old)).objects).toContain('trust');
  });

  it('takes in the bundle of a session whose hello nobody believes yet, where they are of sessions that are over', () => {
    const { objects, outcomes } = replayed(trust(UNKNOWN[0] as number), firstOf(trust, OVER));
    expect(objects).toEqual(['trust']);
    expect([...outcomes]).toEqual(['session']);
  });

  it.each([
    { what: 'current', handle: CURRENT, old: [...OVER, ...UNKNOWN] },
    { what: 'new', handle: UNKNOWN[0] as number, old: OVER },
  ])('takes in the hello of a $what session', ({ handle, old }) => {
    expect(replayed(hello(handle), firstOf(hello, old)).objects).toContain('hello');
  });

  it('still hears a session that is over and goes on, as a copy of the sender does', () => {
    expect(replayed(hello(OVER[0] as number), firstOf(hello, UNKNOWN)).objects).toContain('hello');
  });

  it('counts each object that an old one pushed out', () => {
    const { unknown } = RECEIVER_LIMITS.maxTrustLanes;
    const { objects } = replayed(trust(UNKNOWN[0] as number), firstOf(trust, UNKNOWN.slice(1)));
    expect(objects).not.toContain('trust');
    expect(objects.length).toBeGreaterThan(unknown);
    expect(new Set(objects)).toEqual(new Set(['evicted']));
  });

  it('takes no more room than its bounds, whoever is current meanwhile', () => {
    const objects: ControlOutcome[] = [];
    let current = 0;
    const desk = new ControlDesk({
      macKey,
      decoder: codec,
      standingOf: (handle) => (handle === current ? 'current' : handle < current ? 'over' : 'unknown'),
      onObject: (outcome) => objects.push(outcome),
    });
    const sessions = 20;
    for (let handle = 1; handle <= sessions; handle++) {
      desk.handleDatagram(0, hello(handle)[0] as Buffer);
      current = handle;
    }
    // The one that is new, the one before it, and one that is over when the last came.
    expect(objects).toEqual(Array.from({ length: sessions - 3 }, () => 'evicted'));
  });
});

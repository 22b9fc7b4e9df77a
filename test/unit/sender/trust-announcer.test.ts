import { describe, expect, it } from 'vitest';
import { ControlDesk } from '../../../receiver/intake/control-desk.ts';
import { TrustAnnouncer } from '../../../sender/transmit/trust-announcer.ts';
import type { CarriedTrust } from '../../../sender/trust/carried-trust.ts';
import { sha256Hex } from '../../../src/crypto/digest.ts';
import { SENDER_LIMITS, WIRE_LIMITS } from '../../../src/limits.ts';
import { TRUST_LANE } from '../../../src/wire/control.ts';
import { DATAGRAM_KIND, datagramKind, readDatagramHeader } from '../../../src/wire/datagram.ts';
import { bundleContent, signedBundle } from '../../support/root-ceremony.ts';
import { coreRig, drive, encoder, entriesOf, session, userLine } from '../../support/sender-rig.ts';

const PACE = { symbolBytes: 1_408, repairPercent: 5, encoder, wireMs: () => 1 };
const TEXT = signedBundle().trim();

function carried(version: number): CarriedTrust {
  return { statements: [signedBundle({ version }).trim()], roots: [], bundle: bundleContent({ version }) };
}

function isTrust(datagram: Buffer): boolean {
  return datagramKind(datagram) === DATAGRAM_KIND.control && readDatagramHeader(datagram).lane === TRUST_LANE;
}

function drained(announcer: TrustAnnouncer, nowMs: number): Buffer[] {
  const datagrams: Buffer[] = [];
  for (let next = announcer.poll(nowMs); next !== undefined; next = announcer.poll(nowMs)) datagrams.push(next);
  return datagrams;
}

describe('the trust announcer', () => {
  it('gives the same texts to each receiver, in spite of as many losses as it has repair, whatever sending it is', async () => {
    const opened = await session();
    const announcer = new TrustAnnouncer({ ...PACE, session: opened });
    const large = [...Array.from({ length: 7 }, (_, index) => `${index}`.repeat(30_000)), 'b'.repeat(700_000)];
    announcer.replace(large);
    for (const nowMs of [0, 10_000_000]) {
      const { macKey } = opened.receivers[0] as (typeof opened.receivers)[0];
      const desk = new ControlDesk({
        macKey,
        decoder: encoder,
        standingOf: () => 'unknown',
        onObject: () => undefined,
      });
      for (const [index, datagram] of drained(announcer, nowMs).entries()) {
        // One in 31 is lost, and 5% is repair.
        if (index % 31 !== 7) desk.handleDatagram(0, datagram);
      }
      expect(desk.pollTrust()?.join('\n') === large.join('\n')).toBe(true);
    }
  });

  it('sends no counter twice to a receiver, and another content under another number', async () => {
    const announcer = new TrustAnnouncer({ ...PACE, session: await session() });
    announcer.replace([TEXT]);
    const sent = [...drained(announcer, 0), ...drained(announcer, 1e9)];
    announcer.replace([TEXT]);
    expect(announcer.number).toBe(1);
    announcer.replace([`${TEXT} `]);
    sent.push(...drained(announcer, 1e9));
    const headers = sent.map(readDatagramHeader);
    expect(headers.map(({ counter }) => counter)).toEqual(headers.map((_, index) => index + 1));
    expect(new Set(headers.map(({ sequence }) => sequence))).toEqual(new Set([1, 2]));
  });

  it('sends it again after a minute, and later where that would be more than a twentieth of the link', async () => {
    const quick = new TrustAnnouncer({ ...PACE, session: await session() });
    expect(quick.nextDeadlineMs()).toBeUndefined();
    quick.replace([TEXT]);
    expect(quick.nextDeadlineMs()).toBe(0);
    drained(quick, 5);
    expect(quick.nextDeadlineMs()).toBe(5 + SENDER_LIMITS.trustIntervalMs);
    expect(drained(quick, 4 + SENDER_LIMITS.trustIntervalMs)).toEqual([]);
    const slow = new TrustAnnouncer({ ...PACE, wireMs: () => 4_000, session: await session() });
    slow.replace([TEXT]);
    const count = drained(slow, 0).length;
    expect(slow.nextDeadlineMs()).toBe(count * 4_000 * SENDER_LIMITS.trustFactor);
  });

  it('holds the largest that can be carried', () => {
    const { maxControlBytes, maxTrustStatements } = WIRE_LIMITS;
    expect(768 * 1024 + (maxTrustStatements - 1) * (32 * 1024 + 1) + 8).toBeLessThanOrEqual(maxControlBytes);
  });
});

describe('a sender that carries a bundle', () => {
  it('sends it behind its first hellos, at once when it changes, and every minute, also while it is paused', async () => {
    const { core } = await coreRig();
    core.handleCarried(carried(1));
    const start = drive(core, 0, 70_000);
    const trustTimes = new Set(start.filter(({ datagram }) => isTrust(datagram)).map(({ atMs }) => Math.round(atMs)));
    const fifthHello = start.filter(({ datagram }) => datagramKind(datagram) === DATAGRAM_KIND.hello)[4]?.atMs ?? 0;
    expect(trustTimes.size).toBe(2);
    const [first = 0, second = 0] = trustTimes;
    expect(first).toBeGreaterThanOrEqual(Math.round(fifthHello));
    expect(first).toBeLessThan(fifthHello + 50);
    expect(second - first).toBe(SENDER_LIMITS.trustIntervalMs);
    core.pause.pause(1.8e12, 'a test');
    core.handleCarried(carried(2));
    const changed = drive(core, 70_000, 70_050);
    expect(changed.some(({ datagram }) => isTrust(datagram))).toBe(true);
  });

  it('gives it one datagram in five while frames wait', async () => {
    const { core } = await coreRig({ link: { rateBitsPerSecond: 2_000_000 } });
    drive(core, 0, 1_000);
    const noise = (of: number) => Array.from({ length: 20 }, (_, part) => sha256Hex(`${of} ${part}`)).join('');
    const lines = Array.from({ length: 200 }, (_, index) => userLine(`u${index}`, noise(index)));
    core.handleEntries(1_000, entriesOf(lines));
    core.handleCarried({ ...carried(1), statements: ['c'.repeat(50_000)] });
    const sent = drive(core, 1_060, 1_400).map(({ datagram }) => isTrust(datagram));
    // What left before and behind the frames had the link to itself.
    const kinds = sent.slice(sent.indexOf(false), sent.lastIndexOf(false) + 1);
    expect(kinds.filter(Boolean).length).toBeGreaterThan(5);
    for (let at = 0; at + 5 <= kinds.length; at++) {
      expect(kinds.slice(at, at + 5).filter(Boolean).length).toBeLessThanOrEqual(1);
    }
  });
});

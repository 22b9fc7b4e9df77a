import { describe, expect, it } from 'vitest';
import { coreStatus } from '../../../sender/ops/core-status.ts';
import { requireSourceEnd } from '../../../sender/snapshot/snapshot-store.ts';
import type { SnapshotPartRecord, WireRecord } from '../../../src/wire/record.ts';
import { framesOf } from '../../support/journal-frames.ts';
import { type CoreRig, coreRig, drive, entriesOf, userLine } from '../../support/sender-rig.ts';

const wallMs = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const READ = { isSourceRead: false };

function partsOf(rig: CoreRig): readonly (SnapshotPartRecord & { readonly sequence: number })[] {
  return framesOf(rig.journal)
    .filter(({ header }) => header.kind === 'snapshot')
    .map(({ header, records }) => {
      expect(records).toHaveLength(1);
      return { ...(records[0] as SnapshotPartRecord), sequence: header.sequence };
    });
}

const nameOf = (entry: WireRecord) =>
  entry.kind === 'delta'
    ? `${entry.type}|${entry.id}`
    : entry.kind === 'member'
      ? `Member|${entry.group}|${entry.member}`
      : entry.kind;

function jws(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'EdDSA' })}.${part(claims)}.c2ln`;
}

const users = (count: number) => Array.from({ length: count }, (_, at) => userLine(`u${String(at).padStart(4, '0')}`));
const groupLine = (id: string, members: readonly string[]) => ({
  type: 'Group',
  op: 'put',
  resource: {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    id,
    displayName: id,
    members: members.map((value) => ({ value })),
  },
});

/** In steps shorter than a part's share of the link, for at most 100 ms. */
function driveUntilParts(rig: CoreRig, fromMs: number, count: number): void {
  for (let nowMs = fromMs; partsOf(rig).length < count; nowMs += 5) {
    expect(nowMs).toBeLessThan(fromMs + 100);
    drive(rig.core, nowMs, nowMs + 5);
  }
}

describe('snapshot cycle', () => {
  it('walks every live key in order, in ranges without holes, each with its own revision', async () => {
    const rig = await coreRig({ packer: { batchRecords: 10, batchBodyBytes: 2_048 } });
    const { core } = rig;
    core.handleEntries(0, entriesOf([...users(40), groupLine('g', ['u0001', 'u0002'])]));
    core.handleEntries(0, entriesOf([{ type: 'User', op: 'delete', id: 'u0003' }, userLine('u0004', 'changed')], 42));
    drive(core, 0, 100);
    const before = rig.journal.head.sequence;
    core.requestSnapshot('r1', READ);
    drive(core, 100, 50_000);
    const parts = partsOf(rig);
    expect(parts.length).toBeGreaterThan(3);
    expect(parts[0]).toMatchObject({ cycle: 1, part: 0, firstKey: '' });
    expect(parts.at(-1)).toMatchObject({ last: true, lastKey: '' });
    for (const [at, part] of parts.entries()) {
      expect(part).toMatchObject({ part: at, last: at === parts.length - 1, cycle: 1 });
      expect(part.asOf).toEqual({ epoch: 1, sequence: part.sequence - 1, index: 65_535 });
      if (at > 0) expect(part.firstKey).toBe(parts[at - 1]?.lastKey);
    }
    const entries = parts.flatMap((part) => part.entries);
    const keys = entries.map(nameOf);
    expect(keys).toEqual([...keys].sort());
    expect(keys).toHaveLength(39 + 1 + 2);
    expect(keys).not.toContain('User|u0003');
    const said = new Map<string, unknown>();
    for (const { header, records } of framesOf(rig.journal).slice(0, before)) {
      for (const [index, record] of records.entries()) {
        said.set(nameOf(record), { epoch: 1, sequence: header.sequence, index });
      }
    }
    for (const entry of entries) expect(entry.revision).toEqual(said.get(nameOf(entry)));
  });

  it('carries live tokens, revocations and key sets in parts whose range is empty', async () => {
    const rig = await coreRig();
    const { core } = rig;
    const iss = 'https://idp.example';
    const exp = wallMs / 1_000 + 600;
    const iat = exp - 900;
    const lines = [
      { token: jws({ iss, jti: 'a', sub: 'u1', iat, exp }) },
      { token: jws({ iss, jti: 'b', sub: 'u2', iat, exp }) },
      { token: jws({ iss, jti: 'late', sub: 'u1', iat, exp: wallMs / 1_000 + 1 }) },
      { token: jws({ iss, sub: 'u1', exp }) },
      { revoke: { iss, jti: 'a' } },
      { revoke: { iss, sub: 'u2' } },
      { token: jws({ iss, jti: 'c', sub: 'u3', iat, exp }) },
      { jwks: { iss, keys: [] } },
    ];
    core.handleEntries(0, entriesOf(lines));
    drive(core, 0, 5_000);
    expect(core.trust.counts).toMatchObject({ tokens: 2, revocations: 2 });
    core.requestSnapshot('r1', READ);
    drive(core, 5_000, 10_000);
    const [identity, trust, ...rest] = partsOf(rig);
    expect(rest).toEqual([]);
    expect(identity).toMatchObject({ firstKey: '', lastKey: '', last: false, entries: [] });
    expect(trust).toMatchObject({ last: true, part: 1 });
    expect(trust?.firstKey).toBe(trust?.lastKey);
    expect(trust?.firstKey).not.toBe('');
    expect(trust?.entries.map(({ kind, revision }) => [kind, revision?.index])).toEqual([
      ['key-set', 7],
      ['revocation', 4],
      ['revocation', 5],
      ['token', 6],
    ]);
  });

  it('forgets tokens once they expired', async () => {
    const { core } = await coreRig();
    const exp = wallMs / 1_000 + 600;
    core.handleEntries(0, entriesOf([{ token: jws({ iss: 'https://idp.example', jti: 'a', exp }) }]));
    drive(core, 0, 100);
    expect(core.trust.counts.tokens).toBe(1);
    drive(core, 100, 800_000);
    expect(core.trust.counts.tokens).toBe(0);
  });

  it('runs by itself once an interval, the first a whole interval after the first start', async () => {
    const rig = await coreRig({ snapshot: { intervalHours: 1, ratePercent: 5 } });
    rig.core.handleEntries(0, entriesOf([userLine('a')]));
    drive(rig.core, 0, HOUR_MS - 61_000);
    expect(partsOf(rig)).toHaveLength(0);
    drive(rig.core, HOUR_MS - 61_000, HOUR_MS + 61_000);
    expect(partsOf(rig).map(({ cycle }) => cycle)).toEqual([1]);
    drive(rig.core, HOUR_MS + 61_000, 2.5 * HOUR_MS);
    expect(partsOf(rig).map(({ cycle }) => cycle)).toEqual([1, 2]);
    expect(rig.events.map(({ kind }) => kind)).toEqual([
      'snapshot-began',
      'snapshot-ended',
      'snapshot-began',
      'snapshot-ended',
    ]);
    expect(rig.audit.of('snapshot-ended')).toHaveLength(2);
  });

  it('takes at most its share of the rate, repeats included', async () => {
    const rig = await coreRig({
      packer: { batchBodyBytes: 4_096 },
      link: { rateBitsPerSecond: 1_000_000 },
      snapshot: { intervalHours: 0, ratePercent: 5 },
    });
    const { core } = rig;
    core.handleEntries(0, entriesOf(users(4_000)));
    drive(core, 0, 200_000);
    const wire = () =>
      Object.values(coreStatus(core, 0).wireBytes).reduce((a, b) => a + b, 0) - coreStatus(core, 0).wireBytes.hello;
    const before = wire();
    core.requestSnapshot('r1', READ);
    drive(core, 200_000, 300_000);
    const parts = partsOf(rig);
    expect(parts.length).toBeGreaterThan(10);
    // 100 s at 5% of 125,000 bytes a second; what its repeats still owe is not sent yet.
    expect(wire() - before).toBeLessThan(100 * 6_250);
    expect(wire() - before).toBeGreaterThan(100 * 6_250 * 0.3);
  });

  it('lets fresh frames go first', async () => {
    const rig = await coreRig({ link: { rateBitsPerSecond: 100_000 } });
    const { core } = rig;
    core.handleEntries(0, entriesOf(users(3_000)));
    core.requestSnapshot('r1', READ);
    let nowMs = 0;
    while (!core.isDrained || core.queue.lineCount > 0) {
      while (core.poll(nowMs, wallMs + nowMs) !== undefined);
      nowMs += 10;
      if (core.queue.lineCount > 0) expect(partsOf(rig)).toHaveLength(0);
    }
    drive(core, nowMs, nowMs + 100_000);
    const sequences = partsOf(rig).map(({ sequence }) => sequence);
    expect(sequences.length).toBeGreaterThan(0);
    expect(Math.min(...sequences)).toBeGreaterThan(
      framesOf(rig.journal).filter(({ header }) => header.kind === 'deltas').length,
    );
  });

  it('goes on with the cycle after a crash between any two parts, and reads each part as of its own place', async () => {
    const packer = { batchBodyBytes: 2_048 };
    const first = await coreRig({ packer });
    first.core.handleEntries(0, entriesOf(users(60)));
    drive(first.core, 0, 100);
    first.core.requestSnapshot('r1', READ);
    let nowMs = 100;
    let rig = first;
    for (let run = 2; run < 60 && rig.core.snapshots.state.endedCycle === 0; run++) {
      while (rig.core.poll(nowMs, wallMs + nowMs) !== undefined);
      // A new run over the same store: whatever was in memory is gone.
      rig = await coreRig({ store: first.store, packer, nowMs, wallMs: wallMs + nowMs });
      rig.core.requestSnapshot('r1', READ);
      rig.core.handleEntries(nowMs, entriesOf([userLine(`new${run}`)]));
      nowMs += 1_000;
    }
    const parts = partsOf(rig);
    expect(parts.length).toBeGreaterThan(3);
    expect(new Set(parts.map(({ cycle }) => cycle))).toEqual(new Set([1]));
    expect(parts.map(({ part }) => part)).toEqual(parts.map((_, at) => at));
    for (const [at, part] of parts.entries()) if (at > 0) expect(part.firstKey).toBe(parts[at - 1]?.lastKey);
  });

  it('begins anew when another is asked for, under another number', async () => {
    const rig = await coreRig({ packer: { batchBodyBytes: 2_048 } });
    rig.core.handleEntries(0, entriesOf(users(60)));
    drive(rig.core, 0, 100);
    rig.core.requestSnapshot('r1', READ);
    driveUntilParts(rig, 100, 2);
    rig.core.requestSnapshot('r2', READ);
    rig.core.requestSnapshot('r2', READ);
    drive(rig.core, 200, 60_000);
    const parts = partsOf(rig);
    expect(parts.filter(({ part }) => part === 0).map(({ cycle }) => cycle)).toEqual([1, 2]);
    expect(parts.filter(({ last }) => last).map(({ cycle }) => cycle)).toEqual([2]);
    rig.core.requestSnapshot('r2', READ);
    drive(rig.core, 60_000, 120_000);
    expect(partsOf(rig)).toHaveLength(parts.length);
  });

  it('frames no part before the source was read to its end, where that is required, over a restart too', async () => {
    const first = await coreRig();
    first.core.handleEntries(0, entriesOf([userLine('a')]));
    drive(first.core, 0, 100);
    requireSourceEnd(first.store);
    const rig = await coreRig({ store: first.store });
    rig.core.requestSnapshot('r1', READ);
    drive(rig.core, 0, 10_000);
    expect(partsOf(rig)).toHaveLength(0);
    expect(coreStatus(rig.core, 0).snapshot.waitsForSource).toBe(true);
    // What was handed over with the end is in the queue still: it comes first.
    rig.core.handleEntries(10_000, entriesOf([userLine('b')], 2));
    rig.core.handleSourceEnd(0);
    expect(rig.core.snapshots.isDue(10_000)).toBe(false);
    drive(rig.core, 10_000, 20_000);
    expect(partsOf(rig).map(({ entries }) => entries.map(nameOf))).toEqual([['User|a', 'User|b']]);
    expect(rig.events).toContainEqual({ kind: 'source-end-reached' });
  });

  it('takes an operator’s word that the source has said everything', async () => {
    const first = await coreRig();
    requireSourceEnd(first.store);
    const rig = await coreRig({ store: first.store });
    rig.core.requestSnapshot('r1', { isSourceRead: true });
    drive(rig.core, 0, 10_000);
    expect(partsOf(rig)).toHaveLength(1);
  });

  it('begins anew in a new epoch, with a higher number', async () => {
    const rig = await coreRig({ packer: { batchBodyBytes: 2_048 } });
    rig.core.handleEntries(0, entriesOf(users(60)));
    drive(rig.core, 0, 100);
    rig.core.requestSnapshot('r1', READ);
    driveUntilParts(rig, 100, 2);
    rig.store.prepare('INSERT INTO epoch (number, id, created_at_ms) VALUES (2, ?, 0)').run(Buffer.alloc(16, 9));
    const next = await coreRig({ store: rig.store, packer: { batchBodyBytes: 2_048 } });
    drive(next.core, 0, 60_000);
    const parts = partsOf(next);
    expect(parts[0]).toMatchObject({ cycle: 2, part: 0, asOf: { epoch: 2, sequence: 0 } });
    expect(parts.at(-1)).toMatchObject({ last: true });
    expect(parts[0]?.entries[0]?.revision?.epoch).toBe(1);
  });

  it('waits while the disk or the journal is full', async () => {
    let freeBytes = 0;
    const rig = await coreRig({ freeDiskBytes: () => freeBytes });
    rig.core.requestSnapshot('r1', READ);
    drive(rig.core, 0, 20_000);
    expect(partsOf(rig)).toHaveLength(0);
    freeBytes = 1e12;
    drive(rig.core, 20_000, 40_000);
    expect(partsOf(rig)).toHaveLength(1);
  });
});

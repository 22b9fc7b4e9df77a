/** What a bundle comes to: states before and after, whatever happened in between. */

import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BundleChangeTally, type KnownSubjects } from '../../../receiver/bundle-changes.ts';
import { type VerifiedFrame, verifyFrame } from '../../../receiver/frame-verifier.ts';
import { FrameSigner } from '../../../sender/frame-signer.ts';
import { fixedKey } from '../../../sender/signing-keys.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';
import { openScratchStore, type Store } from '../../../src/store/database.ts';
import { encodeRecord, type WireRecord } from '../../../src/wire/record.ts';
import { member, user, userDelete } from '../../support/media-site.ts';
import { BOUNDARY, STREAM, senderKeys, signingKeys } from '../../support/model-sender.ts';

const rules = compileIdentityRules({ resourceTypes: [{ type: 'User' }, { type: 'Group' }], tokenIssuers: ['*'] });
const guard = {
  maxLossPercent: 5,
  freeLosses: 1,
  freeMembershipLosses: 1,
  adminRoles: ['admin'],
  adminGroups: ['ops'],
};
const at = (sequence: number) => ({ epoch: 1, sequence, index: 0 });

let scratch: Store;
beforeEach(() => {
  scratch = openScratchStore(tmpdir());
});
afterEach(() => scratch.close());

function frame(
  sequence: number,
  records: readonly WireRecord[],
  kind: 'deltas' | 'snapshot' = 'deltas',
): VerifiedFrame {
  const signer = new FrameSigner({ boundary: BOUNDARY, stream: STREAM, keys: fixedKey(signingKeys) });
  const draft = {
    epoch: 1,
    epochId: Buffer.alloc(16),
    sequence,
    previousDigest: Buffer.alloc(sequence === 1 ? 0 : 32),
    createdAtMs: 0,
  };
  const verified = verifyFrame(signer.sign({ ...draft, records: records.map(encodeRecord), kind }).bytes, senderKeys);
  if (typeof verified === 'string') throw new Error(verified);
  return verified;
}

/** A whole snapshot as of frame 4. */
function partOf(entries: readonly WireRecord[]): WireRecord {
  const range = { firstKey: '', lastKey: '' };
  return { kind: 'snapshot-part', cycle: 1, part: 0, last: true, ...range, asOf: at(4), entries };
}

const leave = (of: string, reason: string): WireRecord => ({
  kind: 'member',
  operation: 'delete',
  group: 'g',
  member: of,
  reason,
});

/** `live`: keys that live since frame 1. */
function tallyOver(
  live: readonly string[],
  facts: Awaited<ReturnType<KnownSubjects['find']>> = undefined,
  settled: readonly string[] = [],
): BundleChangeTally {
  const known: KnownSubjects = {
    find: (key) => (live.includes(key) ? { revision: at(1), isDeleted: false, ...facts } : undefined),
    liveIn: ({ first, last }) =>
      live.filter((key) => key >= first && (last === '' || key < last)).map((key) => ({ key, revision: at(1) })),
    isSettled: (key) => settled.includes(key),
  };
  const memberships = live.filter((key) => key.startsWith('Member|')).length;
  const hour = {
    subjects: { lived: live.length - memberships, lost: 0 },
    memberships: { lived: memberships, lost: 0 },
  };
  return new BundleChangeTally(known, { rules, guard, hour }, scratch);
}

describe('the changes of a bundle', () => {
  it('are those between before and after, each key once', () => {
    const tally = tallyOver(['User|a', 'User|b', 'User|c', 'Member|g|a']);
    tally.handleFrame(frame(2, [user('a', { displayName: 'A' }), userDelete('b'), user('new'), user('gone')]));
    tally.handleFrame(frame(3, [user('a'), userDelete('gone'), userDelete('never'), member('g', 'new')]));
    tally.handleFrame(
      frame(4, [{ kind: 'member', operation: 'delete', group: 'g', member: 'a', reason: 'left-group' }]),
    );
    expect(tally.changes).toMatchObject({
      subjects: { added: 1, changed: 1, deleted: 1 },
      memberships: { added: 1, changed: 0, deleted: 1 },
      superseded: 0,
      quarantined: 0,
    });
  });

  it('count what is older as such, and what breaks the rules as quarantined', () => {
    const tally = tallyOver(['User|a']);
    tally.handleFrame(frame(5, [{ ...user('a'), revision: at(1) } as WireRecord, user('b', { password: 'x' })]));
    expect(tally.changes).toMatchObject({ subjects: { added: 0, changed: 0 }, superseded: 1, quarantined: 1 });
  });

  it('of a snapshot are the deletes too of what its range no longer has', () => {
    const tally = tallyOver(['User|a', 'User|b', 'Member|g|a']);
    const part = partOf([
      { ...user('a'), revision: at(1) },
      { ...user('c'), revision: at(3) },
    ] as WireRecord[]);
    tally.handleFrame(frame(5, [part], 'snapshot'));
    expect(tally.changes).toMatchObject({
      subjects: { added: 1, changed: 0, deleted: 1 },
      memberships: { deleted: 1 },
      snapshotParts: 1,
      superseded: 1,
    });
  });

  it('do not have in them what waits for Kafka already', () => {
    const tally = tallyOver([]);
    tally.handleFrame(frame(1, [user('a'), user('b')]));
    tally.begin();
    tally.handleFrame(frame(2, [userDelete('a'), userDelete('b')]));
    expect(tally.changes).toMatchObject({ subjects: { added: 0, changed: 0, deleted: 2 } });
    // They came within the hour: nobody lived when it began.
    expect(tally.blastRadius.subjects).toEqual({ lived: 0, lost: 0, deleted: 2, deactivated: 0 });
  });

  it('come after what vanishes within the hour by frames that wait for Kafka', () => {
    const tally = tallyOver(['User|a', 'User|b', 'User|c', 'Member|g|a', 'Member|g|b']);
    tally.handleFrame(frame(2, [userDelete('a'), user('b', { active: false }), leave('a', 'source')]));
    tally.begin();
    tally.handleFrame(frame(3, [userDelete('c'), leave('b', 'member-deleted')]));
    expect(tally.blastRadius).toEqual({
      subjects: { lived: 3, lost: 2, deleted: 1, deactivated: 0 },
      memberships: { lived: 2, lost: 1, deleted: 0 },
      adminGrants: 0,
    });
  });

  it('leave alone what approvers refused to delete or have before them, though a snapshot does not name it', () => {
    const tally = tallyOver(['User|pinned', 'User|said-anew', 'User|gone'], undefined, [
      'User|pinned',
      'User|said-anew',
    ]);
    tally.handleFrame(frame(2, [user('said-anew')]));
    tally.handleFrame(frame(5, [partOf([])], 'snapshot'));
    expect(tally.changes.subjects).toEqual({ added: 0, changed: 0, deleted: 2 });
  });

  it('know a deactivation and a grant, from what was remembered and from what came before', () => {
    const tally = tallyOver(['User|a', 'User|was-admin'], {
      revision: at(1),
      isDeleted: false,
      facts: { isActive: true, adminRoles: ['admin'] },
    });
    const admin = { roles: [{ value: 'admin' }] };
    tally.handleFrame(
      frame(2, [user('a', { active: false }), user('was-admin', admin), user('new', admin), member('ops', 'new')]),
    );
    tally.handleFrame(frame(3, [user('came-and-went', admin), userDelete('came-and-went')]));
    expect(tally.changes).toMatchObject({ deactivated: 1, adminGrants: 2, adminWithdrawals: 1 });
    expect(tally.blastRadius).toMatchObject({ subjects: { lived: 2, deactivated: 1 }, adminGrants: 2 });
  });

  it('count no membership as lost that goes with its group or member', () => {
    const tally = tallyOver(['Member|g|a', 'Member|g|b']);
    tally.handleFrame(frame(2, [leave('a', 'group-deleted'), leave('b', 'source')]));
    expect(tally.changes.memberships.deleted).toBe(2);
    expect(tally.blastRadius.memberships).toEqual({ lived: 2, lost: 0, deleted: 1 });
  });
});

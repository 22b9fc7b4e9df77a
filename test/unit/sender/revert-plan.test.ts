import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { JournalHistory } from '../../../sender/revert/journal-history.ts';
import { planRevert, type RevertPlan, type UnknownState } from '../../../sender/revert/revert-plan.ts';
import { summariseRevert } from '../../../sender/revert/revert-summary.ts';
import { noPlan, revertText } from '../../../sender/revert/revert-view.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';
import { openScratchStore, type Store } from '../../../src/store/database.ts';
import { type CoreRig, coreRig, drive, entriesOf, userLine } from '../../support/sender-rig.ts';

const START_MS = 1_800_000_000_000;
const atMs = (second: number) => START_MS + second * 1_000;
const rules = compileIdentityRules({ resourceTypes: [{ type: 'User' }, { type: 'Group' }], tokenIssuers: ['*'] });

async function rigOf(store?: Store): Promise<CoreRig & { at(second: number, lines: readonly object[]): void }> {
  const rig = await coreRig({ wallMs: START_MS, ...(store && { store }) });
  const at = (second: number, lines: readonly object[]) => {
    rig.core.handleEntries(0, entriesOf(lines));
    while (rig.core.flush(0, atMs(second)));
  };
  return { ...rig, at };
}

function planOf({ store }: CoreRig, second: number): RevertPlan | UnknownState {
  return planRevert(new JournalHistory(store, 'sender.db'), openScratchStore(tmpdir()), atMs(second));
}

function madePlan(rig: CoreRig, second: number): RevertPlan {
  const plan = planOf(rig, second);
  if (plan.kind !== 'plan') throw new Error(JSON.stringify(plan));
  return plan;
}

const changes = (plan: RevertPlan) =>
  [...plan.keys.different()].map(({ key, then }) => [key, then && JSON.parse(then).userName]);

const newEpoch = (store: Store, number: number, second: number) =>
  store
    .prepare('INSERT INTO epoch (number, id, created_at_ms) VALUES (?, ?, ?)')
    .run(number, Buffer.alloc(16, number), atMs(second));

describe('a revert plan', () => {
  it('takes what is put back from an older epoch too, and refuses a time before the current one', async () => {
    const first = await rigOf();
    first.at(1, [userLine('a', 'old'), userLine('b', 'old')]);
    newEpoch(first.store, 2, 5);
    const rig = await rigOf(first.store);
    rig.at(6, [userLine('c')]);
    rig.at(7, [userLine('a', 'wrong')]);
    expect(changes(madePlan(rig, 6))).toEqual([['User|a', 'old']]);
    const early = planOf(rig, 3);
    expect(early).toMatchObject({ kind: 'too-early', isFirst: true, oldest: { epoch: 2, sequence: 1 } });
    expect(noPlan(early as UnknownState, atMs(3), atMs(6)).message).toBe(
      'Epoch 2 began only with frame 1 of 2027-01-15T08:00:06.000Z: what was sent before 2027-01-15T08:00:03.000Z this journal cannot know. The earliest time that can be reverted to is 2027-01-15T08:00:06.000Z.',
    );
  });

  it('knows no state across a hole between two epochs', async () => {
    const first = await rigOf();
    first.at(1, [userLine('a', 'old')]);
    first.at(2, [userLine('b')]);
    first.store.prepare('DELETE FROM frame WHERE sequence = 2').run();
    newEpoch(first.store, 2, 5);
    const rig = await rigOf(first.store);
    rig.at(6, [userLine('c')]);
    rig.at(7, [userLine('a', 'wrong')]);
    const plan = planOf(rig, 6) as UnknownState;
    expect(plan).toMatchObject({ kind: 'unknown', count: 1, knownFromMs: atMs(7) });
    expect(noPlan(plan, atMs(6), atMs(7)).message).toBe(
      'What 1 of the changed subjects and memberships were at 2027-01-15T08:00:06.000Z is not known: the journal reaches back to frame 1 of 2027-01-15T08:00:06.000Z, and no snapshot in it says so. The earliest time that can be reverted to is 2027-01-15T08:00:07.000Z.',
    );
  });

  it.each([
    ['before', 2, 4],
    ['after', 3, 2],
  ])('finds what is pruned in a snapshot cycle made %s the time', async (_, cycleAt, to) => {
    const rig = await rigOf();
    const people = Array.from({ length: 40 }, (_value, n) => `u${n}`);
    rig.at(1, [...people.map((id) => userLine(id, 'old')), userLine('gone')]);
    rig.at(2, [{ type: 'User', op: 'delete', id: 'gone' }]);
    rig.core.requestSnapshot('r1', { isSourceRead: true });
    drive(rig.core, cycleAt * 1_000, cycleAt * 1_000 + 500, START_MS);
    expect(rig.core.snapshots.state.endedCycle).toBe(1);
    rig.at(5, [
      userLine('u1', 'wrong'),
      { type: 'User', op: 'delete', id: 'u2' },
      { type: 'User', op: 'delete', id: 'gone' },
    ]);
    rig.at(5, [userLine('u3', 'wrong'), userLine('gone', 'back')]);
    rig.store.prepare('DELETE FROM frame WHERE sequence = 1').run();
    expect(changes(madePlan(rig, to))).toEqual([
      ['User|u1', 'old'],
      ['User|u2', 'old'],
      ['User|u3', 'old'],
      ['User|gone', null],
    ]);
  });

  it('has nothing to say of an epoch without a frame', async () => {
    const rig = await rigOf();
    const plan = planOf(rig, 3);
    expect(plan).toEqual({ kind: 'empty' });
    expect(noPlan(plan as UnknownState, atMs(3), atMs(3))).toMatchObject({ code: 'state-unknown' });
  });

  it('goes by the last frame of a clock that was set back, and says where that was', async () => {
    const rig = await rigOf();
    rig.at(1, [userLine('a', 'old')]);
    rig.at(90_000, [userLine('a', 'of a day ahead')]);
    rig.at(2, [userLine('b')]);
    rig.at(3, [userLine('b', 'wrong')]);
    const plan = madePlan(rig, 2);
    expect(changes(plan)).toEqual([['User|b', 'b@example.org']]);
    expect(plan.clockSetBackAt).toEqual([]);
    const earlier = madePlan(rig, 1);
    expect(changes(earlier)).toEqual([
      ['User|a', 'old'],
      ['User|b', null],
    ]);
    expect(earlier.clockSetBackAt).toEqual([2]);
    expect(revertText(earlier, summariseRevert(earlier, rules, 0), atMs(1))).toContain('behind frame 2');
  });

  it('counts what has no earlier state, and leaves out what changed and changed back', async () => {
    const rig = await rigOf();
    rig.at(1, [userLine('a')]);
    const jws = `${Buffer.from('{"alg":"EdDSA"}').toString('base64url')}.${Buffer.from('{"iss":"i"}').toString('base64url')}.c2ln`;
    rig.at(2, [{ token: jws }, { revoke: { iss: 'i', jti: 'j' } }, { revoke: { iss: 'i', jti: 'k' } }]);
    rig.at(3, [userLine('a', 'wrong'), userLine('n')]);
    rig.at(4, [userLine('a'), { type: 'User', op: 'delete', id: 'n' }]);
    const plan = madePlan(rig, 1);
    expect([plan.keys.count, changes(plan)]).toEqual([2, []]);
    expect(plan.notReverted).toEqual({ token: 1, revocation: 2, 'key-set': 0 });
    const text = revertText(plan, summariseRevert(plan, rules, 0), atMs(1));
    expect(text).toContain('nothing             everything is as it was');
    expect(text).toContain('1 tokens, 2 revocations, 0 key sets since then stay as they are');
  });

  it('says which earlier states the config of today refuses', async () => {
    const rig = await rigOf();
    const title = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id: 'a', userName: 'a', title: 'Dr' };
    rig.at(1, [{ type: 'User', op: 'put', resource: title }, userLine('b')]);
    rig.at(2, [userLine('a', 'wrong'), userLine('b', 'wrong')]);
    const narrow = compileIdentityRules({
      resourceTypes: [{ type: 'User', attributes: ['userName', 'active'] }],
      tokenIssuers: [],
    });
    const plan = madePlan(rig, 1);
    const summary = summariseRevert(plan, narrow, 0);
    expect(summary).toMatchObject({
      lines: 1,
      refused: 1,
      changes: { User: { 'put-back': 1, created: 0, deleted: 0 } },
      firstRefusal: { key: 'User|a', refusal: { refused: 'attribute-not-allowed', path: 'resource.title' } },
    });
    expect(revertText(plan, summary, atMs(1))).toMatch(
      /refused by config {3}1, the first User\|a: attribute-not-allowed/,
    );
  });

  it('ends at a frame that cannot be read, and does not pass over it', async () => {
    const rig = await rigOf();
    rig.at(1, [userLine('a')]);
    rig.at(2, [userLine('a', 'wrong')]);
    rig.store.prepare("UPDATE frame SET frame = x'00' WHERE sequence = 2").run();
    expect(() => planOf(rig, 1)).toThrowError(expect.objectContaining({ code: 'store-damaged' }));
  });
});

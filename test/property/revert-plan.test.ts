/** What a revert plan says of a time, against a model that keeps every state there ever was. */
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JournalHistory } from '../../sender/revert/journal-history.ts';
import { planRevert, type RevertPlan, type UnknownState } from '../../sender/revert/revert-plan.ts';
import { openScratchStore, type Store } from '../../src/store/database.ts';
import type { SnapshotPartRecord, WireRecord } from '../../src/wire/record.ts';
import { appendPart } from '../support/journal-frames.ts';
import { coreRig, entriesOf } from '../support/sender-rig.ts';

const EPOCH_MS = 1_800_000_000_000;
const STEP_MS = 1_000;
const IDS = ['a', 'b', 'c', 'd'];
const GROUPS = ['g', 'h'];
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** Key → content (resource or member type). */
type State = ReadonlyMap<string, string>;

const id = fc.constantFrom(...IDS);
const group = fc.constantFrom(...GROUPS);
const memberType = fc.constantFrom('User', 'Group');
const line = fc.oneof(
  fc.record({ id, n: fc.nat(3) }).map(({ id: of, n }) => put('User', of, { userName: `${of}${n}` })),
  id.map((of) => ({ type: 'User', op: 'delete', id: of })),
  fc
    .record({ group, members: fc.option(fc.uniqueArray(id, { maxLength: 4 }), { nil: undefined }), n: fc.nat(2) })
    .map(({ group: of, members, n }) =>
      put('Group', of, {
        displayName: `${of}${n}`,
        ...(members && { members: members.map((value) => ({ value })) }),
      }),
    ),
  group.map((of) => ({ type: 'Group', op: 'delete', id: of })),
  fc.record({ group, member: id, memberType }).map((of) => ({ type: 'Member', op: 'put', ...of })),
  fc.record({ group, member: id }).map((of) => ({ type: 'Member', op: 'delete', ...of })),
);
const part = fc.record({
  from: fc.constantFrom('', 'Group|h', 'Member|g|b', 'User|a'),
  to: fc.constantFrom('', 'Member|', 'User|b', 'User|c'),
  lag: fc.nat(3),
});
const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => ({ lines })) },
  { weight: 1, arbitrary: part.map((range) => ({ range })) },
);
const history = fc.array(step, { minLength: 1, maxLength: 25, size: 'max' });

describe('a revert plan', () => {
  it('puts back exactly the state of any time, however the journal came to be', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(26), async (steps, at) => {
        const { store, states } = await play(steps);
        const plan = planOf(store, atMs(at));
        if (at === 0) expect(plan.kind).toBe('too-early');
        else expectState(plan, states, Math.min(at, states.length - 1));
      }),
      { numRuns: 300 },
    );
  });

  it('of a journal that was pruned tells the state or that it does not know, and from when on it does', async () => {
    const seen = { plan: 0, unknown: 0, 'too-early': 0, empty: 0 };
    await fc.assert(
      fc.asyncProperty(history, fc.nat(6), fc.integer({ min: 1, max: 12 }), async (steps, later, pruned) => {
        const { store, states } = await play(steps);
        const frames = states.length - 1;
        const through = Math.min(pruned, frames - 1);
        const at = through + later;
        store.prepare('DELETE FROM frame WHERE sequence <= ?').run(through);
        const plan = planOf(store, atMs(at));
        seen[plan.kind]++;
        expect(plan.kind === 'too-early').toBe(at <= through);
        if (plan.kind === 'plan') expectState(plan, states, Math.min(at, frames));
        if (plan.kind !== 'unknown') return;
        expect(plan.knownFromMs).toBeGreaterThan(atMs(at));
        expectState(planOf(store, plan.knownFromMs), states, atStep(plan.knownFromMs));
        expect(planOf(store, plan.knownFromMs - 1).kind).toBe('unknown');
      }),
      { numRuns: 600 },
    );
    // Both answers are met often.
    expect(seen.plan).toBeGreaterThan(100);
    expect(seen.unknown).toBeGreaterThan(10);
  });
});

/** The frame of step n, from 1, is made at n seconds; one flush is one frame, so sequence and step are one number. */
function atMs(at: number): number {
  return EPOCH_MS + at * STEP_MS;
}

function atStep(wallMs: number): number {
  return (wallMs - EPOCH_MS) / STEP_MS;
}

/** The journal that comes of these steps, and the state behind each of its frames. */
async function play(steps: readonly ({ lines: object[] } | { range: { from: string; to: string; lag: number } })[]) {
  const { core, store, journal } = await coreRig({ wallMs: EPOCH_MS });
  const states: State[] = [new Map()];
  for (const given of steps) {
    const wallMs = atMs(states.length);
    if ('lines' in given) {
      core.handleEntries(0, entriesOf(given.lines));
      core.flush(0, wallMs);
    } else {
      const asOf = Math.max(0, states.length - 1 - given.range.lag);
      appendPart(journal, wallMs, partOf(store, states[asOf] as State, { ...given.range, asOf }));
    }
    states.push(stateOf(store));
  }
  expect(journal.head.sequence).toBe(states.length - 1);
  return { store, states };
}

/** A part tells the last revision of each key up to `asOf`, which the journal is asked for here in the plainest way. */
function partOf(
  store: Store,
  state: State,
  { from, to, asOf }: { from: string; to: string; asOf: number },
): SnapshotPartRecord {
  const entries = new Map<string, WireRecord>();
  for (const frame of [...new JournalHistory(store, 'test').backward()].reverse()) {
    if (frame.sequence > asOf) break;
    for (const [index, record] of frame.records.entries()) {
      const revision = { epoch: frame.epoch, sequence: frame.sequence, index };
      if (record.kind === 'delta') entries.set(`${record.type}|${record.id}`, { ...record, revision });
      if (record.kind === 'member') entries.set(`Member|${record.group}|${record.member}`, { ...record, revision });
    }
  }
  const isInRange = (key: string) => key >= from && (to === '' || key < to);
  return {
    kind: 'snapshot-part',
    cycle: 1,
    part: 0,
    last: false,
    firstKey: from,
    lastKey: to,
    asOf: { epoch: 1, sequence: asOf, index: 65_535 },
    entries: [...entries].filter(([key]) => state.has(key) && isInRange(key)).map(([, record]) => record),
  };
}

function planOf(store: Store, toMs: number): RevertPlan | UnknownState {
  return planRevert(new JournalHistory(store, 'test'), openScratchStore(tmpdir()), toMs);
}

function expectState(plan: RevertPlan | UnknownState, states: readonly State[], at: number): void {
  if (plan.kind !== 'plan') expect.fail(`no plan: ${JSON.stringify(plan)}`);
  expect(plan.point.sequence).toBe(at);
  const state = new Map(states.at(-1));
  for (const { key, then, now } of plan.keys.different()) {
    expect(now).toBe(state.get(key) ?? null);
    expect(then).not.toBe(now);
    if (then === null) state.delete(key);
    else state.set(key, then);
  }
  expect([...state].sort()).toEqual([...(states[at] as State)].sort());
}

function stateOf(store: Store): State {
  const rows = store
    .prepare(
      `SELECT key, resource AS content FROM subject WHERE resource IS NOT NULL
       UNION ALL SELECT key, member_type FROM member WHERE member_type IS NOT NULL`,
    )
    .all() as { key: string; content: string }[];
  return new Map(rows.map(({ key, content }) => [key, content]));
}

function put(type: string, of: string, attributes: object): object {
  const schemas = [type === 'User' ? USER : GROUP];
  return { type, op: 'put', resource: { schemas, id: of, ...attributes } };
}

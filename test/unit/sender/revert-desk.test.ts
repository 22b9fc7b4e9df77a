import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SubjectState } from '../../../sender/journal/subject-state.ts';
import { JournalHistory } from '../../../sender/revert/journal-history.ts';
import { RevertDesk } from '../../../sender/revert/revert-desk.ts';
import { type WrittenRevert, writeRevertFile } from '../../../sender/revert/revert-file.ts';
import { planRevert } from '../../../sender/revert/revert-plan.ts';
import { revertLines } from '../../../sender/revert/revert-summary.ts';
import type { RevertProgress } from '../../../sender/revert/revert-table.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';
import type { OperatorRequest } from '../../../src/ops/request-inbox.ts';
import { openScratchStore, type Store } from '../../../src/store/database.ts';
import { type CoreRig, coreRig, entriesOf, type RigOptions, userLine } from '../../support/sender-rig.ts';

const START_MS = 1_800_000_000_000;
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const rules = compileIdentityRules({ resourceTypes: [{ type: 'User' }, { type: 'Group' }], tokenIssuers: ['*'] });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'revert-desk-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface DeskRig extends CoreRig {
  readonly desk: RevertDesk;
  readonly ended: RevertProgress[];
  /** Journals these lines as one flush made at this second. */
  at(second: number, lines: readonly object[]): void;
  /** One turn of the loop, and whatever is queued journaled. */
  turn(): void;
}

async function rigOf(options: RigOptions = {}): Promise<DeskRig> {
  const rig = await coreRig({ wallMs: START_MS, ...options });
  const ended: RevertProgress[] = [];
  const events = { handleRevertEnded: (progress: RevertProgress) => ended.push(progress) };
  const desk = new RevertDesk({ core: rig.core, revertFolder: folder, audit: rig.audit, events });
  const at = (second: number, lines: readonly object[]) => {
    rig.core.handleEntries(0, entriesOf(lines));
    while (rig.core.flush(0, START_MS + second * 1_000));
  };
  const turn = () => {
    desk.handleTurn(0, START_MS + 99_000);
    while (rig.core.flush(0, START_MS + 99_000));
  };
  return { ...rig, desk, ended, at, turn };
}

/** The file and request of a revert to this second. */
function order(store: Store, second: number): { readonly request: OperatorRequest; readonly written: WrittenRevert } {
  const toMs = START_MS + second * 1_000;
  const plan = planRevert(new JournalHistory(store, 'test'), openScratchStore(folder), toMs);
  if (plan.kind !== 'plan') throw new Error(plan.kind);
  const written = writeRevertFile(folder, revertLines(plan, rules, toMs), { wallMs: toMs, randomHex: '0000000a' });
  return { written, request: { id: 'r', kind: 'revert', body: { ...written, toMs } } };
}

function recordsBehind({ store }: CoreRig, sequence: number): readonly string[] {
  const frames = [...new JournalHistory(store, 'test').backward()].filter((frame) => frame.sequence > sequence);
  return frames.reverse().flatMap(({ records }) =>
    records.map((record) => {
      if (record.kind === 'delta') return `${record.operation} ${record.id} ${record.reason ?? ''}`.trim();
      if (record.kind !== 'member') return record.kind;
      return `${record.operation} ${record.group}/${record.member} ${record.reason ?? ''}`.trim();
    }),
  );
}

const group = (id: string, members?: readonly string[], displayName = id) => ({
  type: 'Group',
  op: 'put',
  resource: { schemas: [GROUP], id, displayName, ...(members && { members: members.map((value) => ({ value })) }) },
});
const remove = (type: string, id: string) => ({ type, op: 'delete', id });

describe('a revert', () => {
  it('says leaves, subjects, joins and deletes in this order, each key once, with its reason', async () => {
    const rig = await rigOf();
    rig.at(1, [userLine('a'), userLine('b'), group('g', ['a', 'x'])]);
    rig.at(2, [userLine('b', 'wrong'), remove('User', 'a'), userLine('x'), userLine('y'), group('g', ['b', 'x'], 'h')]);
    const { sequence } = rig.journal.head;
    const { request, written } = order(rig.store, 1);
    expect(rig.desk.handleRequest(request)).toMatchObject({ outcome: 'done', detail: { lines: written.lines } });
    rig.turn();
    // x was a member before it was a subject: its membership stays, whatever happens to x.
    expect(recordsBehind(rig, sequence)).toEqual([
      'delete g/b revert',
      'put g',
      'create a',
      'put b',
      'create g/a',
      'delete x revert',
      'delete y revert',
    ]);
    rig.turn();
    expect(rig.ended).toEqual([expect.objectContaining({ lines: 7, sent: 7, changed: 0, refused: 0, isEnded: true })]);
    expect(rig.audit.of('revert-ended')).toEqual([expect.objectContaining({ sent: 7, unread: 0 })]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves out, counts and tells what the source said meanwhile, before it or just ahead of it', async () => {
    const rig = await rigOf();
    rig.at(1, [userLine('a'), userLine('b'), userLine('c')]);
    rig.at(2, [userLine('a', 'wrong'), userLine('b', 'wrong'), userLine('c', 'wrong')]);
    const { request } = order(rig.store, 1);
    rig.at(3, [userLine('a', 'newer')]);
    rig.desk.handleRequest(request);
    rig.core.handleEntries(0, entriesOf([userLine('b', 'newer')]));
    rig.turn();
    rig.at(4, [userLine('c', 'newest')]);
    rig.turn();
    expect(rig.ended).toEqual([expect.objectContaining({ lines: 3, sent: 1, changed: 2 })]);
    expect(rig.core.totals.reverted).toEqual({ sent: 1, changed: 2, refused: 0 });
    const names = rig.store.prepare("SELECT resource ->> 'userName' FROM subject ORDER BY key").pluck().all();
    expect(names).toEqual(['newer', 'newer', 'newest']);
  });

  it('takes no membership along that somebody made meanwhile', async () => {
    const rig = await rigOf();
    rig.at(1, [group('g')]);
    rig.at(2, [userLine('a')]);
    const { request } = order(rig.store, 1);
    rig.at(3, [{ type: 'Member', op: 'put', group: 'g', member: 'a' }]);
    rig.desk.handleRequest(request);
    rig.turn();
    const state = new SubjectState(rig.store);
    expect([state.hasSubject('User', 'a'), state.memberType('g', 'a')]).toEqual([false, 'User']);
  });

  it('puts a line that cannot be one into the reject file and goes on', async () => {
    const rig = await rigOf();
    rig.at(1, [userLine('a')]);
    const lines = ['1.1.0 {"type":"User"\n', 'no revision\n', '1.1.0 {"revoke":{"iss":"i","jti":"j"}}\n'];
    const good = '1.1.0 {"type":"User","op":"delete","id":"a"}\n';
    const written = writeRevertFile(folder, [...lines, good], { wallMs: START_MS, randomHex: '0000000b' });
    rig.desk.handleRequest({ id: 'r', kind: 'revert', body: { ...written, toMs: 1 } });
    rig.turn();
    rig.turn();
    expect(rig.ended).toEqual([expect.objectContaining({ lines: 4, sent: 1, refused: 3 })]);
    expect(rig.rejected.map(({ source, lineNumber, code }) => [source, lineNumber, code])).toEqual([
      [`revert-${written.id}`, 1, 'json-syntax'],
      [`revert-${written.id}`, 2, 'line-form'],
      [`revert-${written.id}`, 3, 'line-form'],
    ]);
  });

  it('goes on where it was after a crash at any point, and says its end once the lines are journaled', async () => {
    const people = Array.from({ length: 100 }, (_, n) => `u${n}`);
    const bounds = { packer: { batchRecords: 1 } };
    for (let flushes = 0; flushes <= 7; flushes++) {
      const rig = await rigOf(bounds);
      rig.at(
        1,
        people.map((id) => userLine(id)),
      );
      rig.at(
        2,
        people.map((id) => userLine(id, 'wrong')),
      );
      const { sequence } = rig.journal.head;
      const { request } = order(rig.store, 1);
      rig.desk.handleRequest(request);
      rig.desk.handleTurn(0, START_MS);
      for (let done = 0; done < flushes; done++) rig.core.flush(0, START_MS + 3_000);
      rig.desk.close();
      const after = await rigOf({ ...bounds, store: rig.store });
      // The request is met again, since the crash came before its file was deleted.
      expect(after.desk.handleRequest(request)).toMatchObject({ outcome: 'done' });
      after.turn();
      after.turn();
      expect(recordsBehind(after, sequence)).toEqual(people.toSorted().map((id) => `put ${id}`));
      expect(after.ended).toEqual([expect.objectContaining({ sent: 100, changed: 0, refused: 0 })]);
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('is not done again where its request comes once more after its end', async () => {
    const rig = await rigOf();
    rig.at(1, [userLine('a')]);
    rig.at(2, [userLine('a', 'wrong')]);
    const { request } = order(rig.store, 1);
    rig.desk.handleRequest(request);
    for (let turns = 0; turns < 3; turns++) rig.turn();
    const { sequence } = rig.journal.head;
    expect(rig.desk.handleRequest(request)).toMatchObject({ outcome: 'done' });
    for (let turns = 0; turns < 3; turns++) rig.turn();
    expect(rig.journal.head.sequence).toBe(sequence);
    expect(rig.ended).toHaveLength(1);
  });

  it.each([
    [undefined],
    [{}],
    [{ id: '../../keys/signing', toMs: 1, lines: 1, bytes: 1 }],
    [{ id: '1800000000000-0000000a', toMs: 1, lines: 1, bytes: -1 }],
  ])('is refused where the request is none: %j', async (body) => {
    const rig = await rigOf();
    expect(rig.desk.handleRequest({ id: 'r', kind: 'revert', body })).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('names no revert'),
    });
  });

  it('is refused where its file is gone, and ends where it goes away or is cut later', async () => {
    const rig = await rigOf();
    rig.at(1, [userLine('a'), userLine('b')]);
    rig.at(2, [userLine('a', 'wrong'), userLine('b', 'wrong')]);
    const { request, written } = order(rig.store, 1);
    const path = join(folder, `${written.id}.jsonl`);
    const other = { ...(request.body as object), id: '1800000000000-0000000c' };
    expect(rig.desk.handleRequest({ ...request, body: other })).toMatchObject({ outcome: 'refused' });
    rig.desk.handleRequest(request);
    truncateSync(path, written.bytes - 10);
    for (let turns = 0; turns < 4; turns++) rig.turn();
    expect(rig.ended).toEqual([expect.objectContaining({ lines: 2, sent: 1, isEnded: true })]);
    expect(rig.audit.of('revert-ended')).toEqual([expect.objectContaining({ sent: 1, unread: 1 })]);
    const gone = order(rig.store, 1);
    const next = { ...(gone.request.body as object), id: '1800000000000-0000000d' };
    const renamed = writeRevertFile(folder, ['x'.repeat(gone.written.bytes)], {
      wallMs: START_MS,
      randomHex: '0000000d',
    });
    expect(rig.desk.handleRequest({ ...request, body: next })).toMatchObject({ outcome: 'done' });
    rmSync(join(folder, `${renamed.id}.jsonl`));
    for (let turns = 0; turns < 3; turns++) rig.turn();
    expect(rig.ended).toHaveLength(2);
    expect(existsSync(path)).toBe(true);
  });

  it('is refused where the sender may not read its file', async () => {
    const rig = await rigOf();
    // What a file of another user is to a sender that is not root: there, of the right size, and not to be read.
    mkdirSync(join(folder, '1800000000000-0000000e.jsonl'));
    const bytes = statSync(join(folder, '1800000000000-0000000e.jsonl')).size;
    const body = { id: '1800000000000-0000000e', toMs: 1, lines: 1, bytes };
    const answer = rig.desk.handleRequest({ id: 'r', kind: 'revert', body });
    const reason = expect.stringContaining('cannot be opened (EISDIR). Type the revert again, as the user');
    expect(answer).toMatchObject({ outcome: 'refused', reason });
    expect(rig.core.reverts.waiting()).toBeUndefined();
  });

  it('is still told of after the sender has stopped', async () => {
    const rig = await rigOf();
    rig.at(1, [userLine('a')]);
    rig.at(2, [userLine('a', 'wrong')]);
    rig.desk.handleRequest(order(rig.store, 1).request);
    rig.desk.close();
    rig.store.close();
    expect(rig.desk.last).toMatchObject({ lines: 1, sent: 0, isEnded: false });
  });

  it('waits while the sender takes no lines', async () => {
    let freeDisk = 1e12;
    const rig = await rigOf({ freeDiskBytes: () => freeDisk });
    rig.at(1, [userLine('a')]);
    rig.at(2, [userLine('a', 'wrong')]);
    const { request } = order(rig.store, 1);
    rig.desk.handleRequest(request);
    freeDisk = 0;
    rig.core.handleEntries(0, entriesOf([userLine('b')]));
    rig.turn();
    expect(rig.core.pauseReason).toBe('disk-full');
    const { lineCount } = rig.core.queue;
    rig.turn();
    expect(rig.core.queue.lineCount).toBe(lineCount);
    freeDisk = 1e12;
    for (let turns = 0; turns < 4; turns++) rig.turn();
    expect(rig.ended).toEqual([expect.objectContaining({ sent: 1 })]);
  });
});

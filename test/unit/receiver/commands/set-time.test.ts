/** The command as it is typed, in this process: what it refuses, and what it asks of the program. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../../receiver/command-line.ts';
import { clockRequests } from '../../../../receiver/intake/clock-requests.ts';
import { RequestInbox } from '../../../../src/ops/request-inbox.ts';
import { typeHere } from '../../../support/typed-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'set-time-'));
const rx = join(folder, 'rx');
const type = (...args: readonly string[]) => typeHere(receiverCommandLine(), ...args);
const waiting = () => new RequestInbox(join(rx, 'data', 'requests')).waiting();

beforeAll(() => type('init', rx, '--boundary', 'site-a'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('set-time', () => {
  it.each(['2026-11-22', '2026-11-22T10:04:00', '10:04', 'now', '2026-13-22T10:04:00Z', '1900-01-01T00:00:00Z'])(
    'is used wrongly where the time has no zone or is none: %s',
    async (typed) => {
      expect(await type('set-time', rx, typed)).toMatchObject({ code: 2 });
      expect(waiting()).toEqual([]);
    },
  );

  it.each([-1, 1])('refuses a time that is not the clock’s, and leaves no request (%i)', async (direction) => {
    const typed = new Date(Date.now() + direction * 360_000).toISOString();
    const { code, error } = await type('set-time', rx, typed);
    expect(code).toBe(1);
    expect(error).toContain(`${direction < 0 ? 'ahead of' : 'behind'} ${typed}; 5 min 0 s is allowed.`);
    expect(waiting()).toEqual([]);
  });

  it('asks the program in the name of whoever typed it, with the time alone', async () => {
    const typed = new Date(Date.now()).toISOString();
    const { code, out } = await type('set-time', rx, typed, '--json');
    expect([code, JSON.parse(out)]).toMatchObject([0, { running: false, at: typed }]);
    const [request] = waiting();
    expect(request).toMatchObject({ kind: 'set-time', body: { by: expect.any(String), atMs: Date.parse(typed) } });
    const { out: entries } = await type('audit', 'search', rx, '--event', 'command-set-time', '--json');
    expect(entries.trim().split('\n')).toEqual([expect.stringContaining('"user":"')]);
    const words: object[] = [];
    const handlers = clockRequests({
      intake: { vouchClock: (...[, , word]) => void words.push(word) },
      nowMs: () => 0,
      wallMs: () => Date.parse(typed) + 7,
    });
    expect(request && handlers['set-time']?.(request)).toEqual({
      outcome: 'done',
      detail: { by: expect.any(String), atMs: Date.parse(typed), differenceMs: 7 },
    });
    expect(words).toEqual([request?.body]);
  });

  it.each([
    [undefined],
    [{ by: 'ana' }],
    [{ by: 'a\n', atMs: 1 }],
    [{ by: 'a'.repeat(65), atMs: 1 }],
    [{ by: 'ana', atMs: 1.5 }],
    [{ by: 'ana', atMs: 9e15 }],
  ])('as a request of another form is refused: %j', (body) => {
    const intake = {
      vouchClock: () => {
        throw new Error('it was carried out');
      },
    };
    const handlers = clockRequests({ intake, nowMs: () => 0, wallMs: () => 1 });
    expect(handlers['set-time']?.({ id: '1', kind: 'set-time', body })).toMatchObject({ outcome: 'refused' });
  });
});

import { expect, it } from 'vitest';
import { OPS_LIMITS } from '../../../src/limits.ts';
import { pauseRequests } from '../../../src/ops/pause-requests.ts';
import type { RequestHandler } from '../../../src/ops/request-desk.ts';
import { openStore } from '../../../src/store/database.ts';
import { OperatorPause, PAUSE_SCHEMA, readPause } from '../../../src/store/operator-pause.ts';

function rig() {
  const store = openStore(':memory:', [PAUSE_SCHEMA]);
  const pause = new OperatorPause(store);
  const changes: (object | undefined)[] = [];
  let wallMs = 1_000;
  const handlers = pauseRequests({ pause, wallMs: () => wallMs++, onChange: () => changes.push(pause.current) });
  const ask = (kind: 'pause' | 'resume', body: unknown) => (handlers[kind] as RequestHandler)({ id: '1', kind, body });
  return { store, pause, changes, ask };
}

it('pauses and resumes durably, with the reason', () => {
  const { store, changes, ask } = rig();
  expect(ask('pause', { reason: 'upgrade' })).toEqual({
    outcome: 'done',
    detail: { wasPaused: false, reason: 'upgrade' },
  });
  expect(new OperatorPause(store).current).toEqual({ sinceMs: 1_000, reason: 'upgrade' });
  expect(ask('resume', {})).toEqual({ outcome: 'done', detail: { wasPaused: true } });
  expect(readPause(store)).toBeUndefined();
  expect(changes).toEqual([{ sinceMs: 1_000, reason: 'upgrade' }, undefined]);
});

it('changes nothing where it is met twice, and keeps since when', () => {
  const { pause, ask } = rig();
  ask('pause', { reason: 'upgrade' });
  expect(ask('pause', { reason: 'upgrade' })).toMatchObject({ detail: { wasPaused: true } });
  expect(pause.current).toEqual({ sinceMs: 1_000, reason: 'upgrade' });
  ask('resume', {});
  expect(ask('resume', {})).toEqual({ outcome: 'done', detail: { wasPaused: false } });
});

it.each([
  [{ reason: 7 }],
  [{ reason: 'two\nlines' }],
  [{ reason: '\u001b[2J' }],
  [{ reason: 'x'.repeat(OPS_LIMITS.maxPauseReasonCharacters + 1) }],
])('refuses a reason that is no line of text: %j', (body) => {
  const { pause, ask } = rig();
  expect(ask('pause', body)).toMatchObject({ outcome: 'refused' });
  expect(pause.current).toBeUndefined();
});

it('takes a body that says nothing', () => {
  const { pause, ask } = rig();
  for (const body of [undefined, null, 7, [], {}]) ask('pause', body);
  expect(pause.current).toEqual({ sinceMs: 1_000, reason: '' });
});

it('knows no pause in a database that an older program left', () => {
  expect(readPause(openStore(':memory:', []))).toBeUndefined();
});

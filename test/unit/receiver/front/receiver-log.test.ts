import { describe, expect, it } from 'vitest';
import { equivocation } from '../../../../receiver/gate/stream-halt.ts';
import { decisionEvent } from '../../../../receiver/intake/intake-events.ts';
import { logIntakeEvent } from '../../../../receiver/ops/receiver-log.ts';

type Line = readonly [level: string, fields: object, text: string];

function logged(event: Parameters<typeof logIntakeEvent>[1]): Line {
  const lines: Line[] = [];
  const write = (level: string) => (fields: object, text: string) => void lines.push([level, fields, text]);
  logIntakeEvent({ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }, event);
  expect(lines).toHaveLength(1);
  return lines[0] as Line;
}

describe('what the log says of the intake', () => {
  it('two frames of one place: which, what was seen, and what to do', () => {
    const place = { epoch: 3, sequence: 1_042, known: Buffer.alloc(32, 1), seen: Buffer.alloc(32, 2) };
    const [level, fields, text] = logged(decisionEvent({ kind: 'halted', halt: equivocation(place) }));
    expect([level, text]).toEqual([
      'error',
      expect.stringMatching(
        /^stream-halted: The sender signed two frames 3\.1042: known is 01.*, now came 02.*\. Find out who uses/,
      ),
    ]);
    expect(fields).toMatchObject({ event: 'stream-halted', reason: 'equivocation' });
  });

  it.each([
    [
      { event: 'not-accepting', reason: 'spool-full' },
      'error',
      'not-accepting: frames are refused (spool-full): free the disk',
    ],
    [{ event: 'accepting' }, 'info', 'accepting: there is room again'],
    [{ event: 'gap-opened', from: 7, to: 9 }, 'warn', 'gap-opened: frames 7 to 9 did not come in time'],
    [{ event: 'gap-lost', from: 7, to: 9 }, 'error', 'gap-lost: frames 7 to 9 are lost'],
    [{ event: 'lost-healed', frames: 3 }, 'info', 'lost-healed: a snapshot made good 3 frames'],
    [
      { event: 'clock-untrusted', reason: 'jump' },
      'warn',
      'clock-untrusted: the clock is not trusted (jump): all else goes on, tokens wait',
    ],
    [{ event: 'frame-accepted', sequence: 1 }, 'debug', 'frame-accepted'],
    [{ event: 'session-accepted', session: 1 }, 'info', 'session-accepted'],
  ])('%j', (event, level, beginning) => {
    const [at, fields, text] = logged(event);
    expect([at, text.slice(0, beginning.length), fields]).toEqual([level, beginning, event]);
  });
});

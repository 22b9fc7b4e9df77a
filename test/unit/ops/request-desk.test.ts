import { describe, expect, it } from 'vitest';
import { DiodeError } from '../../../src/ops/diode-error.ts';
import { RequestDesk, type RequestHandlers } from '../../../src/ops/request-desk.ts';
import type { OperatorRequest } from '../../../src/ops/request-inbox.ts';

class Rig {
  readonly steps: string[] = [];
  readonly entries: object[] = [];
  readonly said: object[] = [];
  waiting: OperatorRequest[] = [];
  hasRoom = true;
  readFails: string | undefined;
  dropFails = false;
  readonly desk: RequestDesk;

  constructor(handlers: RequestHandlers) {
    this.desk = new RequestDesk({
      handlers,
      inbox: {
        waiting: () => {
          if (this.readFails !== undefined) throw Object.assign(new Error('no'), { code: this.readFails });
          return [...this.waiting];
        },
        done: (id) => {
          if (this.dropFails) throw new Error('no');
          this.steps.push(`dropped ${id}`);
          this.waiting = this.waiting.filter((request) => request.id !== id);
        },
      },
      audit: {
        append: (_, entry) => this.entries.push(entry),
        sync: () => this.steps.push('audited'),
      },
      log: {
        info: (detail, text) => this.said.push({ ...detail, text }),
        warn: (detail, text) => this.said.push({ ...detail, text }),
      },
      hasRoom: () => this.hasRoom,
    });
  }

  ask(...kinds: readonly string[]): void {
    this.waiting.push(...kinds.map((kind, index) => ({ id: `${index + 1}`, kind, body: { n: index } })));
  }
}

describe('the request desk', () => {
  it('hands each request to its kind in order, and drops it once effect and audit are durable', () => {
    const rig = new Rig({
      pause: ({ body }) => {
        rig.steps.push(`paused ${JSON.stringify(body)}`);
        return { outcome: 'done', detail: { frames: 3 } };
      },
      resume: () => {
        rig.steps.push('resumed');
        return { outcome: 'refused', reason: 'It does not rest.' };
      },
    });
    rig.ask('pause', 'resume');
    rig.desk.poll(5);
    expect(rig.steps).toEqual(['paused {"n":0}', 'audited', 'dropped 1', 'resumed', 'audited', 'dropped 2']);
    expect(rig.entries).toEqual([
      { event: 'request-done', request: '1', kind: 'pause', frames: 3 },
      { event: 'request-refused', request: '2', kind: 'resume', reason: 'It does not rest.' },
    ]);
    rig.desk.poll(6);
    expect(rig.entries).toHaveLength(2);
  });

  it('says, audits and drops what it does not know, whatever it calls itself', () => {
    const rig = new Rig({});
    rig.ask('unreadable', 'toString', 'x'.repeat(60_000));
    rig.desk.poll(5);
    expect(rig.waiting).toEqual([]);
    expect(rig.entries).toMatchObject([
      { event: 'request-refused', reason: 'The file is no request.' },
      { event: 'request-refused', kind: 'toString', reason: expect.stringContaining('knows no such request') },
      { event: 'request-refused', kind: 'x'.repeat(64) },
    ]);
    expect(rig.said).toHaveLength(3);
  });

  it('lets requests wait while the disk is full, and keeps their order', () => {
    let isFull = true;
    const rig = new Rig({
      pause: () => {
        if (isFull) throw new DiodeError('disk-full', 'The disk is full.', 'Free it.');
        return { outcome: 'done' };
      },
      resume: () => ({ outcome: 'done' }),
    });
    rig.ask('pause', 'resume');
    rig.desk.poll(5);
    rig.hasRoom = isFull = false;
    rig.desk.poll(6);
    expect([rig.entries, rig.waiting.length]).toEqual([[], 2]);
    rig.hasRoom = true;
    rig.desk.poll(7);
    expect(rig.entries).toMatchObject([{ kind: 'pause' }, { kind: 'resume' }]);
  });

  it('ends the program with any other error of a handler, and leaves the request for the next start', () => {
    const rig = new Rig({
      pause: () => {
        throw new DiodeError('disk-failed', 'The disk failed.', 'Replace it.');
      },
    });
    rig.ask('pause');
    expect(() => rig.desk.poll(5)).toThrow(/The disk failed/);
    expect(rig.waiting).toHaveLength(1);
  });

  it('carries nothing out twice where a file cannot be deleted', () => {
    let times = 0;
    const rig = new Rig({
      pause: () => {
        times += 1;
        return { outcome: 'done' };
      },
    });
    rig.dropFails = true;
    rig.ask('pause');
    rig.desk.poll(5);
    rig.desk.poll(6);
    rig.dropFails = false;
    rig.desk.poll(7);
    expect([times, rig.waiting]).toEqual([1, []]);
  });

  it('says once that requests cannot be read, and goes on when they can', () => {
    const rig = new Rig({ pause: () => ({ outcome: 'done' }) });
    rig.readFails = 'EACCES';
    rig.desk.poll(5);
    rig.desk.poll(6);
    expect(rig.said).toEqual([{ code: 'EACCES', text: expect.stringContaining('cannot be read') }]);
    rig.readFails = undefined;
    rig.ask('pause');
    rig.desk.poll(7);
    expect(rig.entries).toHaveLength(1);
  });
});

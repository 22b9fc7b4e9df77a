import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { SourceEntry, SourceEvent } from '../../../sender/sources/source.ts';
import { StdinSource } from '../../../sender/sources/stdin.ts';

function started() {
  const stream = new PassThrough();
  const source = new StdinSource({ name: 'stdin', stream });
  const entries: SourceEntry[] = [];
  const events: SourceEvent[] = [];
  source.start(undefined, {
    onEntries: (more) => void entries.push(...more),
    onEvent: (event) => void events.push(event),
  });
  return { stream, source, entries, events };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('standard input', () => {
  it('gives lines without positions, the unfinished last one too, and then says that it ended', async () => {
    const { stream, source, entries, events } = started();
    stream.write('a\n\nb');
    stream.end('c\nd');
    await turns();
    expect(source.isResumable).toBe(false);
    expect(entries).toEqual([
      { kind: 'line', lineNumber: 1, text: 'a', positionAfter: undefined },
      { kind: 'line', lineNumber: 3, text: 'bc', positionAfter: undefined },
      { kind: 'line', lineNumber: 4, text: 'd', positionAfter: undefined },
    ]);
    expect(events).toEqual([{ kind: 'end' }]);
  });

  it('refuses what is no text', async () => {
    const { stream, entries } = started();
    stream.end(Buffer.from([0xff, 0x0a]));
    await turns();
    expect(entries).toEqual([{ kind: 'refused', lineNumber: 1, code: 'utf8', positionAfter: undefined }]);
  });

  it('leaves bytes in the pipe while paused', async () => {
    const { stream, source, entries } = started();
    source.pause();
    stream.write('a\n');
    await turns();
    expect(entries).toEqual([]);
    source.resume();
    await turns();
    expect(entries).toHaveLength(1);
  });

  it('says nothing more once it is closed', async () => {
    const { stream, source, entries, events } = started();
    await source.close();
    stream.emit('data', Buffer.from('a\n'));
    stream.emit('end');
    expect([...entries, ...events]).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { interruptible, startProgress } from '../../../src/cli/progress-bar.ts';

function terminal(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  return { written, output: { isTTY, write } as unknown as Parameters<typeof startProgress>[3] };
}

describe('a progress bar', () => {
  it('draws one line over itself, and takes it away', () => {
    const { written, output } = terminal(true);
    const bar = startProgress('Bundle 7', 200, (done) => `${done} of 200`, output);
    bar.update(50);
    // Not more often than a person can see.
    bar.update(51);
    bar.end();
    expect(written).toHaveLength(2);
    expect(written[0]).toBe(`\r\x1b[2KBundle 7 ${'█'.repeat(8)}${'░'.repeat(22)} 25%  50 of 200`);
    expect(written[1]).toBe('\r\x1b[2K');
  });

  it('shows no share of what nobody knows the whole of', () => {
    const { written, output } = terminal(true);
    startProgress('Snapshot', undefined, (parts) => `part ${parts}`, output).update(12);
    expect(written).toEqual(['\r\x1b[2KSnapshot  part 12']);
  });

  it('is silent where nobody looks', () => {
    const { written, output } = terminal(false);
    const bar = startProgress('Bundle 7', 200, String, output);
    bar.update(50);
    bar.end();
    expect(written).toEqual([]);
  });
});

describe('an interruptible command', () => {
  it('hears the first signal, and leaves the second to the system', () => {
    const before = process.listenerCount('SIGINT');
    const { signal, done } = interruptible();
    expect(process.listenerCount('SIGINT')).toBe(before + 1);
    process.emit('SIGINT');
    expect([signal.aborted, process.listenerCount('SIGINT')]).toEqual([true, before]);
    done();
  });
});

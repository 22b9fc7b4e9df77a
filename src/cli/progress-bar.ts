/** Long work on a terminal: one line on standard error that is drawn again; nothing where that is no terminal. */

export interface ProgressBar {
  /** Of the total that `startProgress` was told. */
  update(done: number): void;
  /** Takes the line away. */
  end(): void;
}

const DRAW_INTERVAL_MS = 100;
const BAR_CHARACTERS = 30;

/** `total`: undefined where nobody knows it, and then there is no bar. `describe`: what stands behind it, such as "3.1 of 12.0 MiB". */
export function startProgress(
  label: string,
  total: number | undefined,
  describe: (done: number) => string,
  output: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
): ProgressBar {
  if (!output.isTTY) return { update: () => {}, end: () => {} };
  let drawnMs = 0;
  return {
    update(done) {
      const nowMs = performance.now();
      if (nowMs < drawnMs + DRAW_INTERVAL_MS) return;
      drawnMs = nowMs;
      const bar = total === undefined ? '' : ` ${drawBar(total === 0 ? 1 : Math.min(1, done / total))}`;
      output.write(`\r\x1b[2K${label}${bar}  ${describe(done)}`);
    },
    end() {
      if (drawnMs > 0) output.write('\r\x1b[2K');
    },
  };
}

function drawBar(share: number): string {
  const filled = Math.round(share * BAR_CHARACTERS);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_CHARACTERS - filled)} ${Math.floor(share * 100)}%`;
}

/** Aborted at the first Ctrl-C or SIGTERM, until `done` is called; a second one ends the process as usual. */
export function interruptible(): { readonly signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const abort = () => {
    controller.abort();
    done();
  };
  const done = () => {
    for (const signal of SIGNALS) process.off(signal, abort);
  };
  for (const signal of SIGNALS) process.on(signal, abort);
  return { signal: controller.signal, done };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

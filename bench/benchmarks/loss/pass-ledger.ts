/**
 * What the link carried of each block in each pass, and so which frames could be put together after it; beside it what
 * the binomial distribution expects. Knows the datagram header and nothing else of the product.
 */
import { readDatagramHeader } from '../../../src/wire/datagram.ts';
import type { LinkEvent } from './lossy-run.ts';

/** By symbol index. */
interface SymbolFate {
  /** How often it was sent in each pass; index 0: the first. */
  readonly sent: number[];
  /** The first pass in which it arrived, from 0. */
  arrivedIn: number;
}

interface Block {
  readonly sourceCount: number;
  readonly symbols: Map<number, SymbolFate>;
}

interface Frame {
  readonly blocks: Map<number, Block>;
  lastFirstPassMs: number;
}

/** Frames that lack a block after a pass, as it came out and as it was to be expected. */
export interface PassResult {
  readonly failed: number;
  readonly expected: number;
  readonly variance: number;
}

export class PassLedger {
  readonly #frames = new Map<number, Frame>();
  readonly #repeatAfterMs: readonly number[];

  constructor(repeatAfterMs: readonly number[]) {
    this.#repeatAfterMs = repeatAfterMs;
  }

  handle({ nowMs, kind, datagram, isLost }: LinkEvent): void {
    if (kind === 'hello') return;
    const { sequence, blockIndex, symbolIndex, sourceCount } = readDatagramHeader(datagram);
    const frame = this.#frames.get(sequence) ?? { blocks: new Map<number, Block>(), lastFirstPassMs: nowMs };
    this.#frames.set(sequence, frame);
    const block = frame.blocks.get(blockIndex) ?? { sourceCount, symbols: new Map<number, SymbolFate>() };
    frame.blocks.set(blockIndex, block);
    if (kind !== 'repeat') frame.lastFirstPassMs = nowMs;
    const pass = kind === 'repeat' ? this.#repeatAt(nowMs - frame.lastFirstPassMs) : 0;
    const symbol = block.symbols.get(symbolIndex) ?? { sent: [], arrivedIn: Number.POSITIVE_INFINITY };
    block.symbols.set(symbolIndex, symbol);
    symbol.sent[pass] = (symbol.sent[pass] ?? 0) + 1;
    if (!isLost) symbol.arrivedIn = Math.min(symbol.arrivedIn, pass);
  }

  get passes(): number {
    return 1 + this.#repeatAfterMs.length;
  }

  /** Whether every block of it had its k symbols by the end of a pass, from 0. */
  isComplete(sequence: number, pass: number): boolean {
    const blocks = [...(this.#frames.get(sequence)?.blocks.values() ?? [])];
    return blocks.length > 0 && blocks.every((block) => arrivals(block, pass) >= block.sourceCount);
  }

  /** Where each datagram is lost by itself with this probability. */
  result(pass: number, loss: number): PassResult {
    let failed = 0;
    let expected = 0;
    let variance = 0;
    for (const [sequence, { blocks }] of this.#frames) {
      if (!this.isComplete(sequence, pass)) failed++;
      const complete = [...blocks.values()].reduce((product, block) => product * chance(block, pass, loss), 1);
      expected += 1 - complete;
      variance += complete * (1 - complete);
    }
    return { failed, expected, variance };
  }

  /** By the time since the first pass: nearer to this repeat than to the one before. */
  #repeatAt(sinceMs: number): number {
    const nearest = this.#repeatAfterMs.findLastIndex((delayMs) => sinceMs >= delayMs * 0.9);
    return Math.max(1, nearest + 1);
  }
}

function arrivals({ symbols }: Block, pass: number): number {
  return [...symbols.values()].filter(({ arrivedIn }) => arrivedIn <= pass).length;
}

/**
 * That at least k of the symbols arrive, each unless all its copies are lost. In the first pass, where each is sent once,
 * this is 1 less the binomial chance that more than m of k + m are lost.
 */
function chance({ sourceCount, symbols }: Block, pass: number, loss: number): number {
  let byCount = [1];
  for (const { sent } of symbols.values()) {
    const copies = sent.slice(0, pass + 1).reduce((sum, count) => sum + (count ?? 0), 0);
    if (copies === 0) continue;
    const missing = loss ** copies;
    const next = new Array<number>(byCount.length + 1).fill(0);
    for (const [count, probability] of byCount.entries()) {
      next[count] = (next[count] as number) + probability * missing;
      next[count + 1] = (next[count + 1] as number) + probability * (1 - missing);
    }
    byCount = next;
  }
  return byCount.slice(sourceCount).reduce((sum, probability) => sum + probability, 0);
}

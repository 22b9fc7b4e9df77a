import { execFileSync } from 'node:child_process';

/** What main.go takes and gives: symbols by position, undefined where missing. */
interface OracleBlock {
  readonly sourceCount: number;
  /** The oracle's parity shards: any number, not only powers of two. */
  readonly repairCapacity: number;
  readonly symbols: readonly (Uint8Array | undefined)[];
}

/** Every block completed to all its source and repair symbols. Throws where the oracle refuses one. */
export function complete(program: string, blocks: readonly OracleBlock[]): Uint8Array[][] {
  const input = blocks.map((block) => JSON.stringify({ ...block, symbols: block.symbols.map(toBase64) })).join('\n');
  const output = execFileSync(program, ['answer'], { input, maxBuffer: 256 * 1024 * 1024 }).toString();
  return output
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { symbols, error } = JSON.parse(line) as { symbols: string[]; error?: string };
      if (error !== undefined) throw new Error(`the oracle refuses: ${error}`);
      return symbols.map((symbol) => new Uint8Array(Buffer.from(symbol, 'base64')));
    });
}

function toBase64(symbol: Uint8Array | undefined): string | null {
  return symbol === undefined ? null : Buffer.from(symbol).toString('base64');
}

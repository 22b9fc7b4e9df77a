/**
 * Hello blocks: hello announcer ─► [hello blocks] ─► outlet. On links whose datagrams are smaller than a hello, each hello is
 * one control object, FEC-coded in symbols like a frame, and sealed once for each receiver under a key that only the two
 * cards give, since the session's own key is what the hello brings. docs/wire-format.md, "Control blocks". Pure.
 */
import { WIRE_LIMITS } from '../../src/limits.ts';
import { encodeHelloObject, HELLO_LANE, helloObjectBytes } from '../../src/wire/control.ts';
import { DATAGRAM_KIND, HEADER_BYTES, TAG_BYTES, writeDatagramHeader } from '../../src/wire/datagram.ts';
import { SUITE_1 } from '../../src/wire/frame.ts';
import { type BlockEncoder, FramePass, type PassSymbol } from './frame-pass.ts';
import type { Session, SessionReceiver } from './session.ts';

export interface HelloBlockOptions {
  readonly session: Pick<Session, 'handle'> & { readonly receivers: readonly Pick<SessionReceiver, 'helloCipher'>[] };
  /** Largest symbol, a multiple of 64. */
  readonly symbolBytes: number;
  readonly repairPercent: number;
  /** PassOptions.isFullLength. */
  readonly isFullLength?: boolean | undefined;
  readonly encoder: BlockEncoder;
}

export class HelloBlocks {
  readonly #options: HelloBlockOptions;
  /** Of the last object; each hello is another. */
  #number = 0;
  /** Of the last datagram to each receiver; all receivers have had as many. */
  #counter = 0;

  constructor(options: HelloBlockOptions) {
    this.#options = options;
  }

  /** The datagrams of one hello, in memory of their own. */
  datagrams(hello: Uint8Array): readonly Buffer[] {
    this.#number++;
    const pass = this.#pass(encodeHelloObject(hello, this.#options.isFullLength));
    const symbols: PassSymbol[] = [];
    for (let next = pass.next(); next !== undefined; next = pass.next()) symbols.push(next);
    const firstCounter = this.#counter + 1;
    this.#counter += symbols.length;
    // A counter twice would be a nonce twice (RFC 8439 §4).
    if (this.#counter > WIRE_LIMITS.maxSequence) throw new Error('the counter of this session is used up');
    return this.#options.session.receivers.flatMap(({ helloCipher }) =>
      symbols.map(({ symbol, ...place }, index) => {
        const counter = firstCounter + index;
        const datagram = Buffer.allocUnsafe(HEADER_BYTES + symbol.length + TAG_BYTES);
        writeDatagramHeader(datagram, 0, {
          suite: SUITE_1,
          kind: DATAGRAM_KIND.control,
          session: this.#options.session.handle,
          lane: HELLO_LANE,
          counter,
          sequence: this.#number,
          blockCount: pass.geometry.blockCount,
          frameBytes: pass.geometry.frameBytes,
          ...place,
        });
        helloCipher.seal(datagram, HEADER_BYTES, symbol, counter);
        return datagram;
      }),
    );
  }

  /** How many datagrams a hello of so many bytes takes, and how long they are. */
  cost(helloBytes: number): { readonly datagrams: number; readonly datagramBytes: number } {
    const { geometry, symbolCount } = this.#pass(
      new Uint8Array(helloObjectBytes(helloBytes, this.#options.isFullLength)),
    );
    return {
      datagrams: symbolCount * this.#options.session.receivers.length,
      datagramBytes: HEADER_BYTES + geometry.symbolBytes + TAG_BYTES,
    };
  }

  #pass(frame: Uint8Array): FramePass {
    const { symbolBytes: maxSymbolBytes, ...rest } = this.#options;
    return new FramePass({ ...rest, frame, pass: 1, maxSymbolBytes });
  }
}

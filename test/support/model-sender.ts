/**
 * A sender as the receiver's front half sees it: signed frames in a chain, hellos, sealed datagrams. Keys, ids and secrets
 * are fixed by numbers, so that a failing test can be read; nothing here is secret.
 */
import { agreementKeyPair, helloMacKey } from '../../src/crypto/agreement.ts';
import { datagramKey, helloMac, receiverId, sha256, signingKeyId } from '../../src/crypto/digest.ts';
import { DatagramCipher, sign, signingKeyPair } from '../../src/crypto/sodium.ts';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { DATAGRAM_KIND, type DatagramHeader } from '../../src/wire/datagram.ts';
import { encodeFrame, encodeFrameHeader, type FrameHeader, frameSignatureInput } from '../../src/wire/frame.ts';
import { blockPlace, cutFrame, type FrameGeometry, repairCapacity, repairCount } from '../../src/wire/geometry.ts';
import {
  encodeHello,
  encodeHelloBody,
  encodeHelloDatagram,
  type Head,
  type HelloBody,
  helloMacInput,
  helloSignatureInput,
} from '../../src/wire/hello.ts';
import { sealDatagram } from './sealed-datagram.ts';

export const BOUNDARY = 'site-a';
export const STREAM = 'hr';
export const REPAIR_PERCENT = 20;
/** Ten in the morning. */
export const WALL_MS = Date.UTC(2026, 10, 22, 10);

export const signingKeys = signingKeyPair(Buffer.alloc(32, 7));
export const senderAgreementKeys = agreementKeyPair(Buffer.alloc(32, 11));
export const receiverKeys = agreementKeyPair(Buffer.alloc(32, 13));
export const senderKeys = {
  find: (keyId: Uint8Array) =>
    Buffer.compare(keyId, signingKeyId(signingKeys.publicKey)) === 0 ? signingKeys.publicKey : undefined,
};
/** Of the two cards. */
export const macKey = helloMacKey({
  own: senderAgreementKeys,
  senderPublicKey: senderAgreementKeys.publicKey,
  receiverPublicKey: receiverKeys.publicKey,
});
export const codec = new BlockCodec(loadKernelModule());

export interface SentFrame {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly header: FrameHeader;
  /** SHA-256 of the header. */
  readonly digest: Uint8Array;
}

/** One epoch of a journal: each frame goes on from the one before. */
export class ModelJournal {
  readonly frames: SentFrame[] = [];
  readonly epoch: number;
  readonly epochId: Uint8Array;

  constructor(options: { readonly epoch?: number; readonly epochId?: number } = {}) {
    this.epoch = options.epoch ?? 1;
    this.epochId = Buffer.alloc(16, options.epochId ?? this.epoch);
  }

  /** Appends a frame with a payload of so many bytes of `fill`. */
  append(
    payloadBytes = 100,
    fields: { readonly fill?: number; readonly header?: Partial<FrameHeader> } = {},
  ): SentFrame {
    const sequence = this.frames.length + 1;
    const previousDigest = this.frames.at(-1)?.digest ?? new Uint8Array();
    const frame = signFrame(
      { epoch: this.epoch, epochId: this.epochId, sequence, previousDigest, ...fields.header },
      Buffer.alloc(payloadBytes, fields.fill ?? sequence),
    );
    this.frames.push(frame);
    return frame;
  }

  get head(): Head {
    const last = this.frames.at(-1);
    return {
      epoch: this.epoch,
      epochId: this.epochId,
      sequence: last?.sequence ?? 0,
      digest: last?.digest ?? new Uint8Array(),
      oldestSequence: last ? 1 : 0,
    };
  }
}

type FramePlaceFields = Pick<FrameHeader, 'epoch' | 'epochId' | 'sequence' | 'previousDigest'> & Partial<FrameHeader>;

export function signFrame(place: FramePlaceFields, payload: Uint8Array, keys = signingKeys): SentFrame {
  const header: FrameHeader = {
    suite: 1,
    boundary: BOUNDARY,
    stream: STREAM,
    kind: 'deltas',
    recordCount: 1,
    createdAtMs: WALL_MS,
    keyId: signingKeyId(keys.publicKey),
    payloadDigest: sha256(payload),
    payloadBytes: payload.length,
    bodyBytes: payload.length,
    compression: 'none',
    ...place,
  };
  const headerBytes = encodeFrameHeader(header);
  const bytes = signHeader(headerBytes, payload, keys);
  return { sequence: header.sequence, bytes, header, digest: sha256(headerBytes) };
}

/** A frame of these very header bytes, whatever they are. */
export function signHeader(header: Uint8Array, payload: Uint8Array, keys = signingKeys): Uint8Array {
  return encodeFrame({ header, signature: sign(frameSignatureInput(header), keys.secretKey), payload });
}

/** One run of a sender: its session, its hellos, its datagrams. */
export class ModelSession {
  readonly number: number;
  readonly id: Uint8Array;
  readonly secret: Uint8Array;
  readonly #journal: ModelJournal;
  readonly #ciphers = new Map<number, DatagramCipher>();
  #datagramCounter = 0;
  #helloCounter = 0;

  /** `id`: two sessions of one number and different ids are clones. */
  constructor(journal: ModelJournal, options: { readonly number?: number; readonly id?: number } = {}) {
    this.#journal = journal;
    this.number = options.number ?? 1;
    this.id = Buffer.alloc(16, options.id ?? this.number);
    this.secret = Buffer.alloc(32, 100 + this.number);
  }

  hello(changes: Partial<HelloBody> = {}): Buffer {
    this.#helloCounter++;
    const body: HelloBody = {
      protocolVersion: 1,
      suite: 1,
      boundary: BOUNDARY,
      stream: STREAM,
      sessionNumber: this.number,
      sessionId: this.id,
      counter: this.#helloCounter,
      sentAtMs: WALL_MS,
      keyId: signingKeyId(signingKeys.publicKey),
      link: {
        symbolBytes: 1408,
        repairPercent: REPAIR_PERCENT,
        rateBitsPerSecond: 25_000_000,
        helloIntervalMs: 1_000,
        repeatAfterMs: [1_000],
      },
      head: this.#journal.head,
      sealed: [
        {
          receiverId: receiverId(receiverKeys.publicKey),
          encapsulatedKey: Buffer.alloc(32, 1),
          ciphertext: Buffer.alloc(48, 2),
        },
      ],
      ...changes,
    };
    return helloDatagram(body);
  }

  /** Every symbol of a frame that the first pass sends, or all M repair symbols with `allRepair`. */
  datagrams(
    frame: Pick<SentFrame, 'sequence' | 'bytes'>,
    options: { readonly maxSymbolBytes?: number; readonly allRepair?: boolean } = {},
  ): Buffer[] {
    const geometry = cutFrame(frame.bytes.length, options.maxSymbolBytes ?? 1408) as FrameGeometry;
    const padded = Buffer.alloc(geometry.sourceSymbols * geometry.symbolBytes);
    padded.set(frame.bytes);
    const datagrams: Buffer[] = [];
    for (let blockIndex = 0; blockIndex < geometry.blockCount; blockIndex++) {
      const { sourceCount, offsetBytes } = blockPlace(geometry, blockIndex);
      const first = repairCount(sourceCount, REPAIR_PERCENT);
      const capacity = repairCapacity(sourceCount, first);
      const source = Array.from({ length: sourceCount }, (_, index) => {
        const start = offsetBytes + index * geometry.symbolBytes;
        return padded.subarray(start, start + geometry.symbolBytes);
      });
      const repair = codec.encode(
        { sourceCount, repairCapacity: capacity },
        source,
        options.allRepair ? capacity : first,
      );
      for (const [symbolIndex, symbol] of [...source, ...repair].entries()) {
        const place = { blockIndex, symbolIndex, sourceCount, repairCapacity: capacity };
        datagrams.push(this.seal({ ...geometry, ...place, sequence: frame.sequence }, symbol));
      }
    }
    return datagrams;
  }

  /** One datagram; each call takes a new counter. */
  seal(fields: Partial<DatagramHeader>, symbol: Uint8Array): Buffer {
    const header: DatagramHeader = {
      suite: 1,
      kind: DATAGRAM_KIND.symbol,
      session: Buffer.from(this.id).readUInt32BE(0),
      lane: 0,
      counter: ++this.#datagramCounter,
      sequence: 1,
      blockIndex: 0,
      blockCount: 1,
      symbolIndex: 0,
      frameBytes: symbol.length,
      sourceCount: 1,
      repairCapacity: 2,
      ...fields,
    };
    return sealDatagram(header, symbol, this.#cipher(header.lane));
  }

  #cipher(lane: number): DatagramCipher {
    const known = this.#ciphers.get(lane);
    if (known !== undefined) return known;
    const made = new DatagramCipher(datagramKey(this.secret, this.id, lane));
    this.#ciphers.set(lane, made);
    return made;
  }
}

/** A hello signed and MACed for the one receiver; `keys` signs. */
export function helloDatagram(body: HelloBody, keys = signingKeys): Buffer {
  return helloOfBody(encodeHelloBody(body), keys);
}

/** The same of these very body bytes, whatever they are. */
export function helloOfBody(bodyBytes: Uint8Array, keys = signingKeys): Buffer {
  const hello = encodeHello({ body: bodyBytes, signature: sign(helloSignatureInput(bodyBytes), keys.secretKey) });
  const mac = helloMac(macKey, helloMacInput(hello, 1));
  return encodeHelloDatagram(hello, [{ receiverId: receiverId(receiverKeys.publicKey), mac }]);
}

/** What both processes of `link` have to agree on. Between real programs, hellos carry it. */
import { BlockCodec } from '../../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../../src/fec/kernel-module.ts';
import { EPOCH_ID_BYTES } from '../../../src/wire/frame.ts';

export const BOUNDARY = 'bench';
export const STREAM = 'hr';
export const EPOCH = { epoch: 1, epochId: Buffer.alloc(EPOCH_ID_BYTES, 1) } as const;
export const REPAIR_PERCENT = 5;

/** Of one run: a counter under one key is never used twice. */
export function sessionOfRun(run: number): { readonly number: number; readonly id: Buffer; readonly secret: Buffer } {
  const id = Buffer.alloc(16, 7);
  id.writeUInt32BE(run, 0);
  return { number: run, id, secret: Buffer.alloc(32, run) };
}

export function newCodec(): BlockCodec {
  return new BlockCodec(loadKernelModule());
}

/** Of the machine, the same in every process. */
export function monotonicSeconds(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}

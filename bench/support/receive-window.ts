/**
 * How far a sending process may be ahead of a receiving one so that nothing is lost, which is what the receiver's socket
 * buffer holds: 4 MiB where net.core.rmem_max allows it, and on a kernel as it comes 208 KiB.
 */
import { readFileSync } from 'node:fs';

export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
export interface ReceiveWindow {
  /** Datagrams that were sent and not yet received, at most. */
  readonly ahead: number;
  /** The receiver tells the sender every so many datagrams. */
  readonly step: number;
}

/**
 * `fitting`: datagrams that a buffer of `RECEIVE_BUFFER_BYTES` holds; `words`: how often the receiver tells the sender, while
 * as much as may be ahead passes.
 */
export function receiveWindow(
  { fitting, words }: { readonly fitting: number; readonly words: number },
  maxBufferBytes = readMaxBufferBytes(),
): ReceiveWindow {
  const ahead = Math.max(1, Math.floor(fitting * Math.min(1, maxBufferBytes / RECEIVE_BUFFER_BYTES)));
  return { ahead, step: Math.max(1, Math.floor(ahead / words)) };
}

/** What the reader of the figures must know, where the kernel gives less. */
export function receiveWindowNotes(maxBufferBytes = readMaxBufferBytes()): readonly string[] {
  if (maxBufferBytes >= RECEIVE_BUFFER_BYTES) return [];
  return [
    `receive buffers of ${maxBufferBytes} bytes hold fewer datagrams ahead, and make figures lower: sysctl -w net.core.rmem_max=${RECEIVE_BUFFER_BYTES}`,
  ];
}

function readMaxBufferBytes(): number {
  return Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'));
}

/** Memory inside limits, and nothing that a forged datagram allocates. */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { check } from './check.ts';
import type { ReceiverNode } from './receiver-node.ts';

/** The whole of a status costs more than a datagram. */
const LOOK_EVERY = 16;

export class ReceiverBounds {
  #deliveries = 0;

  handleDelivery(
    receiver: ReceiverNode,
    bytes: Buffer,
    { isForged, onHeard }: { readonly isForged: boolean; readonly onHeard: () => void },
  ): void {
    const before = isForged ? receiver.status() : undefined;
    receiver.handleDatagram(bytes, onHeard);
    // A link uses its memory again: whoever keeps a datagram copies it.
    bytes.fill(0xee);
    this.#deliveries++;
    if (before === undefined && this.#deliveries % LOOK_EVERY !== 0) return;
    const after = receiver.status();
    if (after === undefined) return;
    if (before !== undefined) {
      const isLeftAlone = after.openBlocks === before.openBlocks && after.openBlockBytes === before.openBlockBytes;
      check(isLeftAlone, 'a forged datagram made room for itself');
    }
    check(after.openBlockBytes <= RECEIVER_LIMITS.maxBlockBytes, 'too many bytes in open blocks');
    check(after.waitingDatagrams <= RECEIVER_LIMITS.maxDatagramsBeforeHello, 'too many datagrams wait');
    check(after.gate.heldFrames <= RECEIVER_LIMITS.maxHeldFrames, 'too many frames are held');
    check(after.gate.gaps.length <= RECEIVER_LIMITS.maxOpenGaps, 'too many gaps are open');
  }
}

/** What operators' commands may ask of a running receiver, by the kind of request. */
import { pauseRequests } from '../../src/ops/pause-requests.ts';
import type { RequestHandlers } from '../../src/ops/request-desk.ts';
import { type EpochRequestParts, epochRequests } from '../gate/epoch-requests.ts';
import { type HoldRequestParts, holdRequests } from '../guard/hold-requests.ts';
import { type ClockRequestParts, clockRequests } from '../intake/clock-requests.ts';
import type { Intake } from '../intake/intake.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { ReceiverStore } from '../receiver-store.ts';

export interface ReceiverRequestParts
  extends EpochRequestParts,
    ClockRequestParts,
    Omit<HoldRequestParts, 'store' | 'onDecided'> {
  readonly intake: Intake;
  readonly store: ReceiverStore;
  readonly publisher: Publisher;
  /** A bundle lies in DIR/data/imports; absent where nobody looks there. */
  readonly onImport?: () => void;
}

export function receiverRequests(parts: ReceiverRequestParts): RequestHandlers {
  const { store, publisher, wallMs } = parts;
  return {
    ...pauseRequests({ pause: store.pause, wallMs, onChange: () => publisher.wake() }),
    ...epochRequests(parts),
    ...clockRequests(parts),
    ...holdRequests({ ...parts, onDecided: () => publisher.wake() }),
    // The bundle itself is durable in its folder, and is looked for at each start: this only says when.
    import: () => {
      parts.onImport?.();
      return { outcome: 'done' };
    },
  };
}

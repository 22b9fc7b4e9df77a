/** What operators' commands may ask of a running receiver, by the kind of request. */
import { pauseRequests } from '../src/ops/pause-requests.ts';
import type { RequestHandlers } from '../src/ops/request-desk.ts';
import type { Publisher } from './publisher.ts';
import type { ReceiverStore } from './receiver-store.ts';

export interface RequestParts {
  readonly store: ReceiverStore;
  readonly publisher: Publisher;
  readonly wallMs: () => number;
}

export function receiverRequests({ store, publisher, wallMs }: RequestParts): RequestHandlers {
  return { ...pauseRequests({ pause: store.pause, wallMs, onChange: () => publisher.wake() }) };
}

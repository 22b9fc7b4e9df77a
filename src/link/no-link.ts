/** Where there is no live link: frames leave and come on media alone. */
import type { ReceiveLink, SendLink } from './link.ts';

/** Nothing is ever handed to it. */
export const NO_SEND_LINK: SendLink = {
  maxDatagramBytes: Number.POSITIVE_INFINITY,
  overheadBytes: 0,
  queuedDatagrams: 0,
  send: () => true,
  onRoom: () => {},
  onError: () => {},
  close: async () => {},
};

export const NO_RECEIVE_LINK: ReceiveLink = {
  onDatagram: () => {},
  onError: () => {},
  drops: () => ({ socket: undefined, interface: undefined }),
  close: async () => {},
};

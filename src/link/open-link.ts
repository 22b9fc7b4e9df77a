/** The link that a config names. */
import type { ReceiverConfig } from '../config/receiver-config.ts';
import type { SenderConfig } from '../config/sender-config.ts';
import type { ReceiveLink, SendLink } from './link.ts';
import { NO_RECEIVE_LINK, NO_SEND_LINK } from './no-link.ts';
import { openSerialReceiveLink } from './serial-receive-link.ts';
import { openSerialSendLink } from './serial-send-link.ts';
import { openUdpReceiveLink } from './udp-receive-link.ts';
import { openUdpSendLink } from './udp-send-link.ts';

/** Throws the DiodeErrors of its kind. */
export async function openSendLink(config: SenderConfig['link']): Promise<SendLink> {
  if (config.kind === 'media') return NO_SEND_LINK;
  return config.kind === 'serial' ? openSerialSendLink(config) : openUdpSendLink(config);
}

/** Throws the DiodeErrors of its kind. */
export async function openReceiveLink(config: ReceiverConfig['link']): Promise<ReceiveLink> {
  if (config.kind === 'media') return NO_RECEIVE_LINK;
  return config.kind === 'serial' ? openSerialReceiveLink(config) : openUdpReceiveLink(config);
}

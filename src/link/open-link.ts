/** The link that a config names. */
import type { ReceiverConfig } from '../config/receiver-config.ts';
import type { SenderConfig } from '../config/sender-config.ts';
import type { ReceiveLink, SendLink } from './link.ts';
import { openSerialReceiveLink } from './serial-receive-link.ts';
import { openSerialSendLink } from './serial-send-link.ts';
import { UdpReceiveLink } from './udp-receive-link.ts';
import { openUdpSendLink } from './udp-send-link.ts';

/** Throws the DiodeErrors of its kind. */
export function openSendLink(config: SenderConfig['link']): Promise<SendLink> {
  return config.kind === 'serial' ? openSerialSendLink(config) : openUdpSendLink(config);
}

/** Throws the DiodeErrors of its kind. */
export function openReceiveLink(config: ReceiverConfig['link']): Promise<ReceiveLink> {
  return config.kind === 'serial' ? openSerialReceiveLink(config) : UdpReceiveLink.open(config);
}

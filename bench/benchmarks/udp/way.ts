/** By which way datagrams of the benchmark pass: raw through the addon, or through the link of the product. */
import type { Batching } from '../../../src/config/sender-config.ts';
import { loadUdpAddon, type UdpAddon } from '../../../src/link/udp-addon.ts';

export type Way = 'addon' | 'link' | 'link-datagrams' | 'dgram';

export const WAYS: readonly Way[] = ['addon', 'link', 'link-datagrams', 'dgram'];

/** `link.batching` of both sides. */
export const BATCHINGS: Readonly<Record<Way, Batching>> = {
  addon: 'segments',
  link: 'segments',
  'link-datagrams': 'datagrams',
  dgram: 'none',
};

export function openAddon(): UdpAddon {
  const addon = loadUdpAddon();
  if (typeof addon === 'string') throw new Error(addon);
  return addon;
}

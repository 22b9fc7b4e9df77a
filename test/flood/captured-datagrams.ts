/**
 * UDP payloads out of a capture file (pcap, link type Ethernet, IPv4), as tcpdump writes it:
 *
 *   file   magic 4, versions 4, zone 4, accuracy 4, snapshot length 4, link type 4, then packets
 *   packet seconds 4, microseconds 4, captured bytes 4, bytes 4, then Ethernet 14, IPv4 4 × IHL, UDP 8, payload
 */
const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;
const ETHERNET_BYTES = 14;
const UDP_BYTES = 8;
const MAGIC = 0xa1b2c3d4;

/** In the order of the capture. Throws for a file of another kind; a packet that was cut off at the end is left out. */
export function capturedDatagrams(file: Buffer): readonly Buffer[] {
  if (file.length < FILE_HEADER_BYTES || file.readUInt32LE(0) !== MAGIC || file.readUInt32LE(20) !== 1) {
    throw new Error('this is no capture of Ethernet packets in the byte order of this machine');
  }
  const datagrams: Buffer[] = [];
  for (let at = FILE_HEADER_BYTES; at + PACKET_HEADER_BYTES <= file.length; ) {
    const bytes = file.readUInt32LE(at + 8);
    const packet = file.subarray(at + PACKET_HEADER_BYTES, at + PACKET_HEADER_BYTES + bytes);
    at += PACKET_HEADER_BYTES + bytes;
    if (packet.length < bytes) break;
    const ipHeaderBytes = ((packet[ETHERNET_BYTES] ?? 0) & 0x0f) * 4;
    const udp = packet.subarray(ETHERNET_BYTES + ipHeaderBytes);
    // Its own length, since Ethernet fills short packets up.
    datagrams.push(udp.subarray(UDP_BYTES, udp.readUInt16BE(4)));
  }
  return datagrams;
}

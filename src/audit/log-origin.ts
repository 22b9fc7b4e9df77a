/** The names of the programs' logs: the first line of their checkpoints, and the name of their key. */

export function senderLogOrigin({ boundary, stream }: { readonly boundary: string; readonly stream: string }): string {
  return `identity-diode/${boundary}/${stream}/sender`;
}

/** `receiverId`: as hellos name it. */
export function receiverLogOrigin(boundary: string, receiverId: Uint8Array): string {
  return `identity-diode/${boundary}/receiver/${Buffer.from(receiverId).toString('hex')}`;
}

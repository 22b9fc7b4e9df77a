/**
 * Whether the kernel asks in vain who has an IPv4 address, by its table (proc(5), /proc/net/arp). What is sent there meanwhile is
 * lost, `send` hears nothing, and no counter of the interface says it. Behind a diode nobody answers, so the address of the diode
 * needs a static entry, and an interface that was down has forgotten it. Pure.
 */
const ATF_COM = 0x2;
const ATF_PERM = 0x4;

/** False where the address is not among them: nothing was sent there, or it needs no such answer. */
export function isUnanswered(table: string, address: string, device: string): boolean {
  return table.split('\n').some((line) => {
    // IP address, HW type, Flags, HW address, Mask, Device
    const [of, , flags = '', , , on] = line.trim().split(/\s+/);
    return of === address && on === device && (Number(flags) & (ATF_COM | ATF_PERM)) === 0;
  });
}

/** Strict reverse-path filtering drops what comes from an address that this machine has no way back to: on a diode, all. */
import { type CheckItem, ok, warn } from './check-report.ts';
import type { Machine } from './machine.ts';

/** 0 off, 1 strict, 2 loose (Linux ip-sysctl, rp_filter). */
const STRICT = 1;

export function checkReversePath(machine: Machine, listenAddress: string): CheckItem {
  const isAny = listenAddress === '0.0.0.0';
  const read = (name: string) => Number(machine.readText(`/proc/sys/net/ipv4/conf/${name}/rp_filter`) ?? 0);
  const strict = [...machine.interfaces()]
    .filter(([name, addresses]) => name !== 'lo' && (isAny || addresses.includes(listenAddress)))
    .map(([name]) => name)
    // The kernel takes the higher of the two.
    .filter((name) => Math.max(read('all'), read(name)) === STRICT);
  if (strict.length === 0) return ok('rp_filter', 'no interface filters by the way back');
  const settings = strict.map((name) => `net.ipv4.conf.${name}.rp_filter=2`).join(' ');
  const cure = `sysctl -w ${settings} (loose), unless this machine has a route to the sender`;
  return warn(
    'rp_filter',
    `${strict.join(', ')}: datagrams whose sender this machine has no route to are dropped.`,
    cure,
  );
}

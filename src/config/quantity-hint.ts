/** Quantities in the config are plain numbers whose unit the key names. Whoever writes `50 Mbit/s` is told the number. */

const UNITS: Readonly<Record<string, { readonly kind: 'time' | 'size' | 'rate'; readonly base: number }>> = {
  ms: { kind: 'time', base: 1 },
  s: { kind: 'time', base: 1_000 },
  sec: { kind: 'time', base: 1_000 },
  m: { kind: 'time', base: 60_000 },
  min: { kind: 'time', base: 60_000 },
  h: { kind: 'time', base: 3_600_000 },
  d: { kind: 'time', base: 86_400_000 },
  b: { kind: 'size', base: 1 },
  kb: { kind: 'size', base: 1e3 },
  mb: { kind: 'size', base: 1e6 },
  gb: { kind: 'size', base: 1e9 },
  kib: { kind: 'size', base: 2 ** 10 },
  mib: { kind: 'size', base: 2 ** 20 },
  gib: { kind: 'size', base: 2 ** 30 },
  'bit/s': { kind: 'rate', base: 1 },
  'kbit/s': { kind: 'rate', base: 1e3 },
  'mbit/s': { kind: 'rate', base: 1e6 },
  'gbit/s': { kind: 'rate', base: 1e9 },
  kbit: { kind: 'rate', base: 1e3 },
  mbit: { kind: 'rate', base: 1e6 },
  gbit: { kind: 'rate', base: 1e9 },
  kbps: { kind: 'rate', base: 1e3 },
  mbps: { kind: 'rate', base: 1e6 },
  gbps: { kind: 'rate', base: 1e9 },
};

const KEYS = [
  { ending: 'Ms', kind: 'time', base: 1, unit: 'milliseconds' },
  { ending: 'Seconds', kind: 'time', base: 1_000, unit: 'seconds' },
  { ending: 'BitsPerSecond', kind: 'rate', base: 1, unit: 'bits per second' },
  { ending: 'Bytes', kind: 'size', base: 1, unit: 'bytes' },
] as const;

/** Such as "50000000 bits per second" for `rateBitsPerSecond` and `50 Mbit/s`; undefined where the value is no quantity. */
export function quantityHint(key: string, value: unknown): string | undefined {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*([A-Za-z/]+)$/.exec(value.replace(/_/g, '')) : null;
  const wanted = KEYS.find(({ ending }) => key.endsWith(ending));
  const unit = UNITS[match?.[2]?.toLowerCase() ?? ''];
  if (match === null || wanted === undefined || unit?.kind !== wanted.kind) return undefined;
  return `${Math.round((Number(match[1]) * unit.base) / wanted.base)} (${wanted.unit})`;
}

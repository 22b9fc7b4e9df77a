/** How both sides name a step of a calibration. */
/** Three digits: 23100000 → 23.1 Mbit/s. */
export function rateText(bitsPerSecond: number): string {
  const [unit, name] = (
    [
      [1e9, 'Gbit/s'],
      [1e6, 'Mbit/s'],
    ] as const
  ).find(([least]) => bitsPerSecond >= least * 0.9995) ?? [1e3, 'kbit/s'];
  return `${Number((bitsPerSecond / unit).toPrecision(3))} ${name}`;
}

export function burstText(burst: number): string {
  return burst === 0 ? 'spaced' : `bursts of ${burst}`;
}

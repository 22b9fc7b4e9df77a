/**
 * True where what a suite needs is there. Where it is not, the suite is left out and says so on stderr, unless
 * DIODE_REQUIRE_ALL=1, as CI sets it: then this throws, so that a suite cannot go missing unnoticed.
 *
 * Use: `describe.skipIf(!requirement('go', hasGo(), 'install Go 1.24 or newer'))(…)`.
 */
export function requirement(name: string, available: boolean, cure: string): boolean {
  if (available) return true;
  if (process.env.DIODE_REQUIRE_ALL === '1') {
    throw new Error(`DIODE_REQUIRE_ALL=1, but this is missing: ${name} (${cure})`);
  }
  console.warn(`left out: ${name} (${cure})`);
  return false;
}

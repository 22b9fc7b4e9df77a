/** Times as statements of root holders write them. Pure. */

export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

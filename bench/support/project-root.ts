import { fileURLToPath } from 'node:url';

/** The checkout, with a slash at its end; the same from the sources and from dist/. */
export const projectRoot = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url),
);

import { getSystemErrorName } from 'node:util';

/** What node:dgram would report: the error of a system call that answered a negative errno. */
export function systemError(syscall: string, errno: number): Error & { readonly code: string } {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`${syscall} ${code}`), { code, errno, syscall });
}

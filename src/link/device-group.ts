/** The group that a device belongs to, such as dialout; undefined where it cannot be told. */
import { readFileSync, statSync } from 'node:fs';

export function deviceGroup(device: string): string | undefined {
  try {
    const { gid, mode } = statSync(device);
    return (mode & 0o060) === 0 ? undefined : groupName(readFileSync('/etc/group', 'utf8'), gid);
  } catch {
    return undefined;
  }
}

/** `name:password:gid:members`, group(5). */
export function groupName(text: string, gid: number): string | undefined {
  const line = text.split('\n').find((candidate) => candidate.split(':')[2] === String(gid));
  return line?.split(':')[0];
}

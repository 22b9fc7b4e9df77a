import { userInfo } from 'node:os';

/** Who types a command: the user of the process, and behind sudo whom root names. Anybody else may write what they like there. */
export function operatorName(): string {
  const behindSudo = process.getuid?.() === 0 ? process.env.SUDO_USER : undefined;
  return behindSudo ?? userInfo().username;
}

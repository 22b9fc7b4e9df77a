import { userInfo } from 'node:os';
import { afterEach, expect, it, vi } from 'vitest';
import { operatorName } from '../../../src/cli/operator-name.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it.each([
  ['root behind sudo is whom root names', 0, 'alice', 'alice'],
  ['root without sudo is the user of the process', 0, undefined, userInfo().username],
  ['anybody else is the user of the process, whatever they write', 1000, 'alice', userInfo().username],
])('%s', (_, uid, sudoUser, name) => {
  vi.spyOn(process, 'getuid').mockReturnValue(uid);
  vi.stubEnv('SUDO_USER', sudoUser);
  expect(operatorName()).toBe(name);
});

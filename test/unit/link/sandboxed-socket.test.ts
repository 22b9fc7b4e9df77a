/** The addon where a kernel or sandbox has not all that it asks for. A library between it and the kernel refuses. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../../bench/support/project-root.ts';
import { requirement } from '../../support/requirement.ts';
import { hasAddon } from '../../support/udp-addon.ts';

const canCompile = requirement('gcc', spawnSync('gcc', ['--version']).status === 0, 'install gcc') && hasAddon;

const REFUSING = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>
int setsockopt(int fd, int level, int option, const void* value, socklen_t bytes) {
  int (*real)(int, int, int, const void*, socklen_t) = dlsym(RTLD_NEXT, "setsockopt");
  if (level != SOL_SOCKET || option != SO_RXQ_OVFL) return real(fd, level, option, value, bytes);
  errno = ENOPROTOOPT;
  return -1;
}
int getsockopt(int fd, int level, int option, void* value, socklen_t* bytes) {
  int (*real)(int, int, int, void*, socklen_t*) = dlsym(RTLD_NEXT, "getsockopt");
  if (level != SOL_SOCKET || option != SO_MEMINFO) return real(fd, level, option, value, bytes);
  errno = ENOPROTOOPT;
  return -1;
}
`;

const SCRIPT = `
const addon = require(process.argv[1]);
const receiver = addon.bind('127.0.0.1', 0, 65536, true);
addon.send(addon.connect('127.0.0.1', addon.port(receiver), 65536), [Buffer.of(1), Buffer.of(2)], false);
console.log(addon.read(receiver, Buffer.alloc(131072)), addon.drops(receiver));
process.exit();
`;

it.skipIf(!canCompile)('the addon receives where no drops are counted, and says that it knows none', () => {
  const directory = mkdtempSync(join(tmpdir(), 'diode-sandbox-'));
  try {
    const library = join(directory, 'refusing.so');
    writeFileSync(join(directory, 'refusing.c'), REFUSING);
    execFileSync('gcc', ['-shared', '-fPIC', '-o', library, join(directory, 'refusing.c'), '-ldl']);
    const env = { ...process.env, LD_PRELOAD: library };
    const file = `${projectRoot}src/native/build/Release/udp.node`;
    expect(execFileSync(process.execPath, ['-e', SCRIPT, file], { env, encoding: 'utf8' })).toBe('2 undefined\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

// Makes a fresh clone ready: packages, native modules, build. Plain JavaScript, because nothing is installed yet.
// Runs before `npm test` and `npm run demo`; where all is in place it takes a moment and says nothing.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const built = `${root}dist/.built`;
// npm writes it when all packages are in place; each native module has what its build leaves.
const installed = `${root}node_modules/.package-lock.json`;
// Which lock file the packages are of; absent after a plain `npm ci`, which is believed.
const stamp = `${root}node_modules/.identity-diode-lock`;
const native = [
  'node-rdkafka/build/Release/node-librdkafka.node',
  'better-sqlite3/build/Release/better_sqlite3.node',
  'zstd-napi/build/Release/binding.node',
];
// Only PKCS#11 tokens need it: where it cannot be compiled, all else works.
const optional = { name: 'pkcs11js', path: 'pkcs11js/build/Release/pkcs11.node' };
// The programs' own: where they cannot be compiled, UDP goes through node:dgram, and libsodium seals datagrams.
const addons = ['udp', 'aead'].map((name) => `${root}src/native/build/Release/${name}.node`);
const sources = ['proto', 'src', 'sender', 'receiver', 'bench', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

// Packages that this checkout shares with another are that one's to install: npm would empty the folder behind the link.
if (!isShared()) {
  if (!isInstalled()) await install();
  await compileOptional();
  writeFileSync(stamp, lockDigest());
}
await compileAddons();
if (!existsSync(built) || newest(sources.map((name) => root + name)) > statSync(built).mtimeMs) {
  await step('Building', ['run', '--silent', 'build']);
  mkdirSync(`${root}dist`, { recursive: true });
  writeFileSync(built, '');
}

function isShared() {
  return lstatSync(`${root}node_modules`, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function isInstalled() {
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(`${root}package-lock.json`).mtimeMs)
    return false;
  return native.every((path) => existsSync(`${root}node_modules/${path}`));
}

function lockDigest() {
  return createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
}

async function install() {
  console.log('Setting up this checkout: packages from the registry, then native modules compiled here.');
  console.log('The first time this takes two to five minutes; librdkafka is the longest part.');
  await step('Installing packages', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  await Promise.all([
    step('Compiling node-rdkafka', ['rebuild', 'node-rdkafka', '--loglevel=error']),
    step('Compiling better-sqlite3 and zstd-napi', ['rebuild', 'better-sqlite3', 'zstd-napi', '--loglevel=error']),
  ]);
}

async function compileOptional() {
  const { name, path } = optional;
  if (!existsSync(`${root}node_modules/${name}`) || existsSync(`${root}node_modules/${path}`)) return;
  await step(`Compiling ${name}`, ['rebuild', name, '--loglevel=error'], () => {
    console.log(`${name} was not compiled: PKCS#11 tokens cannot be used, all else works.`);
  });
}

/** `npm run install` ends well whatever comes of it, since all works without. */
async function compileAddons() {
  const files = readdirSync(`${root}src/native`).filter((name) => /\.(cc|h|gyp)$/.test(name));
  const newestMs = newest(files.map((name) => `${root}src/native/${name}`));
  if (addons.every((addon) => existsSync(addon) && statSync(addon).mtimeMs >= newestMs)) return;
  await step('Compiling the addons', ['run', '--silent', 'install']);
  if (!addons.every((addon) => existsSync(addon))) {
    console.log(
      'They were not compiled: UDP goes through node:dgram, one datagram at a time, and libsodium seals datagrams.',
    );
  }
}

/** One npm command; its output is shown only where it fails. Without `onFailure` this script ends then, with exit code 1. */
function step(title, args, onFailure) {
  const startedMs = Date.now();
  console.log(`${title} …`);
  return new Promise((resolve) => {
    const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('close', (code) => {
      if (code === 0) {
        console.log(`${title}: done in ${Math.round((Date.now() - startedMs) / 1000)} s`);
        resolve();
        return;
      }
      if (onFailure !== undefined) {
        onFailure();
        resolve();
        return;
      }
      process.stderr.write(Buffer.concat(output));
      console.error(
        `${title} failed (npm ${args.join(' ')}). Cure what it says above, then run the same command again.`,
      );
      process.exit(1);
    });
  });
}

function newest(paths) {
  let latestMs = 0;
  for (const path of paths) {
    const stat = statSync(path);
    if (!stat.isDirectory()) latestMs = Math.max(latestMs, stat.mtimeMs);
    // What the build itself writes beside the sources must not make the sources look newer than the build, nor what it does
    // not read.
    else if (!path.endsWith('/generated') && !path.endsWith('/native'))
      latestMs = Math.max(latestMs, newest(entries(path)));
  }
  return latestMs;
}

function entries(path) {
  return readdirSync(path)
    .filter((name) => !name.endsWith('.wasm'))
    .map((name) => `${path}/${name}`);
}

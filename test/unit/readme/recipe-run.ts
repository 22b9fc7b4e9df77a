/** Runs a recipe of docs/recipes as docs/sources.md shows it, in a shell at the root of the checkout. */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compileIdentityRules, type IdentityRules } from '../../../src/identity/identity-rules.ts';
import { isRefusal } from '../../../src/identity/refusal.ts';
import type { SourceItem } from '../../../src/identity/source-item.ts';
import { parseSourceLine } from '../../../src/identity/source-line.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const SAMPLES = 'test/unit/readme/samples';

/** `identity` as `init` writes it. */
const RULES: IdentityRules = compileIdentityRules({
  resourceTypes: [{ type: 'User' }, { type: 'Group' }],
  tokenIssuers: ['*'],
});

/** Debian has both; perl's minimal package lacks JSON::PP. */
export function hasRecipeTools(): boolean {
  return [
    ['jq', '--version'],
    ['perl', '-MJSON::PP', '-e', '1'],
  ].every(([file = '', ...args]) => spawnSync(file, args).status === 0);
}

export interface RecipeRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function shell(command: string, environment: Readonly<Record<string, string>> = {}): RecipeRun {
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  return { status, stdout, stderr };
}

/** The recipe's output; throws where it fails. */
export function recipe(command: string): string {
  return execFileSync('bash', ['-o', 'pipefail', '-c', command], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What the sender makes of each line; a refused line fails the test with its reason. */
export function items(output: string): readonly SourceItem[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const item = parseSourceLine(RULES, line, 0);
      if (isRefusal(item)) throw new Error(`${item.refused} at ${item.path}: ${item.detail}\n${line}`);
      return item;
    });
}

export type Put = Extract<SourceItem, { kind: 'put' }>;

/** The put of the subject with this display name. */
export function putNamed(
  all: readonly SourceItem[],
  displayName: string,
): { resource: Record<string, unknown>; put: Put } {
  for (const item of all) {
    if (item.kind !== 'put') continue;
    const resource = JSON.parse(item.resource) as Record<string, unknown>;
    if (resource.displayName === displayName) return { resource, put: item };
  }
  throw new Error(`no subject is called ${displayName}`);
}

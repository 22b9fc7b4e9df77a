/** `lint-boundaries FILE…`: refuses a set of inventories in which two boundaries share anything. */
import { findOneSided, findShared, type NamedInventory, type SharedThing } from '../config/boundary-lint.ts';
import type { Program } from '../config/directory-layout.ts';
import { readTextFile } from '../config/durable-file.ts';
import { parseInventory } from '../config/inventory.ts';
import { INVENTORY_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { jsonOption } from './options.ts';
import { addCommand, type CommandLine, type ExitCode, Option } from './program.ts';
import { count } from './status-table.ts';

interface LintOptions {
  readonly allowIssuerKeys?: boolean;
  readonly json?: boolean;
}

export function addLintBoundariesCommand(line: CommandLine, program: Program): void {
  addCommand(
    line,
    {
      usage: 'lint-boundaries <FILE...>',
      description: 'compare inventories of several boundaries; exit code 1 where two of them share anything',
      options: [
        new Option('--allow-issuer-keys', "let boundaries share a token issuer's public keys; they are still listed"),
        jsonOption(),
      ],
      examples: [`${program} lint-boundaries site-a-*.json site-b-*.json`],
    },
    lintBoundaries,
  );
}

function lintBoundaries(files: readonly string[], { allowIssuerKeys = false, json }: LintOptions): ExitCode {
  const inventories = files.map(readInventory);
  const boundaries = new Set(inventories.map(({ inventory }) => inventory.boundary));
  requireComparable(inventories, boundaries);
  const shared = findShared(inventories);
  const refused = shared.filter(({ isIssuerKey }) => !(isIssuerKey && allowIssuerKeys));
  const items = inventories.reduce((sum, { inventory }) => sum + inventory.items.length, 0);
  if (json) {
    const counts = { boundaries: boundaries.size, inventories: inventories.length, items };
    process.stdout.write(`${JSON.stringify({ ...counts, refused: refused.length, shared })}\n`);
    return refused.length === 0 ? 0 : 1;
  }
  for (const thing of shared) process.stdout.write(`${sharedText(thing, !refused.includes(thing))}\n`);
  for (const { boundary, program } of findOneSided(inventories)) {
    process.stdout.write(`note: of boundary ${boundary} there is only ${program}'s inventory.\n`);
  }
  const compared = `${boundaries.size} boundaries, ${inventories.length} inventories, ${count(items)} items`;
  const result =
    refused.length === 0 ? 'nothing is shared that may not be' : `${count(refused.length)} shared that may not be`;
  process.stdout.write(`${compared}: ${result}.\n`);
  return refused.length === 0 ? 0 : 1;
}

function readInventory(file: string): NamedInventory {
  const content = readTextFile(file, INVENTORY_LIMITS.maxFileBytes);
  const inventory = content === undefined ? undefined : parseInventory(content);
  if (inventory !== undefined) return { file, inventory };
  const seen = content === undefined ? `There is no ${file}.` : `${file} is no inventory.`;
  const cure = 'Write one on each side of each boundary: diode-… inventory DIR --site-secret FILE > inventory.json';
  throw new DiodeError('inventory-invalid', seen, cure);
}

function requireComparable(inventories: readonly NamedInventory[], boundaries: ReadonlySet<string>): void {
  const [first] = inventories;
  const other = inventories.find(({ inventory }) => inventory.secretCheck !== first?.inventory.secretCheck);
  if (other !== undefined) {
    const seen = `${first?.file} and ${other.file} were made under two site secrets, so nothing in them can be compared.`;
    throw new DiodeError('site-secret', seen, 'Make them again with the same secret.');
  }
  if (boundaries.size > 1) return;
  const seen = `All of it is of boundary ${[...boundaries].join()}: there is nothing to compare.`;
  throw new DiodeError('usage', seen, 'Name the inventories of at least two boundaries.');
}

function sharedText({ holders }: SharedThing, isAllowed: boolean): string {
  const places = holders.map(({ boundary, file, place }) => `\n  ${boundary}: ${place} (${file})`);
  const [kind] = holders.map((holder) => holder.kind);
  return `${isAllowed ? 'allowed' : 'refused'}: the same ${kind} in${places.join('')}`;
}

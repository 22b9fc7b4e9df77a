/** `diode-receiver root …`: the ceremony, on machines of the root holders; none of it needs a receiver or a network. */
import type { CommandLine } from '../../src/cli/program.ts';
import { addRootCreateCommands } from './root-create.ts';
import { addRootDraftCommand } from './root-draft.ts';
import { addRootSignCommands } from './root-sign.ts';

export const ROOT_GROUP = {
  name: 'root',
  description: 'make and rotate the root of trust, and sign trust bundles, on machines of the root holders',
};

export function addRootCommands(line: CommandLine): void {
  addRootCreateCommands(line, ROOT_GROUP);
  addRootDraftCommand(line, ROOT_GROUP);
  addRootSignCommands(line, ROOT_GROUP);
}

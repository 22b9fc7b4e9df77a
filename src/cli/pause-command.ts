/** `pause DIR` and `resume DIR` of both programs. */
import { directoryLayout, type Program } from '../config/directory-layout.ts';
import { OPS_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { isPauseReason } from '../ops/pause-requests.ts';
import { requireDirectory } from './directory.ts';
import { askProgram, whenSentence } from './operator-request.ts';
import { jsonOption } from './options.ts';
import { addCommand, type CommandLine, Option } from './program.ts';

interface PauseText {
  /** What rests, and what goes on. */
  readonly rests: string;
  /** What begins again. */
  readonly resumes: string;
}

const TEXTS: Readonly<Record<Program, PauseText>> = {
  'diode-sender': {
    rests: 'stop reading the source and sending frames until `resume`, also over restarts; hellos go on',
    resumes: 'read and send again after `pause`',
  },
  'diode-receiver': {
    rests: 'leave Kafka alone until `resume`, also over restarts; receiving, verifying and spooling go on',
    resumes: 'publish again after `pause`, what was spooled first',
  },
};

export function addPauseCommands(line: CommandLine, program: Program): void {
  const { rests, resumes } = TEXTS[program];
  addCommand(
    line,
    {
      usage: 'pause <DIR>',
      description: rests,
      options: [new Option('--reason <TEXT>', 'why, for whoever reads the status').default(''), jsonOption()],
      examples: [`${program} pause DIR`, `${program} pause DIR --reason "Kafka upgrade, until 14:00, Ana"`],
    },
    (directory: string, { reason, json }: { readonly reason: string; readonly json?: boolean }) => {
      if (!isPauseReason(reason)) {
        const most = OPS_LIMITS.maxPauseReasonCharacters;
        const cure = `Give one line of at most ${most} characters.`;
        throw new DiodeError('usage', 'The reason has control characters or is too long.', cure);
      }
      return ask(program, directory, { kind: 'pause', body: { reason } }, json);
    },
  );
  addCommand(
    line,
    {
      usage: 'resume <DIR>',
      description: resumes,
      options: [jsonOption()],
      examples: [`${program} resume DIR`],
    },
    (directory: string, { json }: { readonly json?: boolean }) =>
      ask(program, directory, { kind: 'resume', body: {} }, json),
  );
}

function ask(
  program: Program,
  directory: string,
  request: { readonly kind: 'pause' | 'resume'; readonly body: { readonly reason?: string } },
  json: boolean | undefined,
): 0 {
  const layout = directoryLayout(program, directory);
  requireDirectory(program, layout);
  const { kind, body } = request;
  const asked = askProgram(layout, request, { event: `command-${kind}`, ...body });
  const side = program === 'diode-sender' ? 'sender' : 'receiver';
  const what = kind === 'pause' ? 'pauses' : 'goes on';
  process.stdout.write(`${json ? JSON.stringify(asked) : whenSentence(side, asked, what)}\n`);
  return 0;
}

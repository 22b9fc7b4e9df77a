/** `diode-receiver calibrate`: measures what `diode-sender calibrate` sends, and says what the link takes. */
import { resolve } from 'node:path';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { openDirectory, takeRunLock } from '../../src/cli/directory.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, type ExitCode, InvalidArgumentError, Option } from '../../src/cli/program.ts';
import { interruptible } from '../../src/cli/progress-bar.ts';
import { breakdown } from '../../src/cli/status-table.ts';
import { replaceFile } from '../../src/config/durable-file.ts';
import type { ReceiverConfig } from '../../src/config/receiver-config.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { helloMacKey } from '../../src/crypto/agreement.ts';
import { calibrationKey } from '../../src/crypto/digest.ts';
import { CALIBRATION_LIMITS } from '../../src/limits.ts';
import type { ReceiveLink } from '../../src/link/link.ts';
import { openReceiveLink } from '../../src/link/open-link.ts';
import { readMaxBacklog } from '../../src/link/softnet.ts';
import { openUdpReceiveLink } from '../../src/link/udp-receive-link.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { type AdvisedLink, advise } from '../calibration/calibration-advice.ts';
import { CHART_SIZE, calibrationChart } from '../calibration/calibration-chart.ts';
import { linkCounters } from '../calibration/calibration-counters.ts';
import { CalibrationTally, type StepMeasure } from '../calibration/calibration-tally.ts';
import { adviceText, currentLine, runText, stepHead, stepLine, stepNotes } from '../calibration/calibration-view.ts';
import { readReceiverKeys, readTrustedSender } from '../trust/own-card.ts';

interface CalibrateOptions {
  readonly minutes?: number;
  readonly allPasses?: boolean;
  readonly svg?: string;
  readonly json?: boolean;
}

export function addCalibrateCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'calibrate <DIR>',
      description:
        'listen to `diode-sender calibrate`, show what arrives, and recommend settings for both sides; the receiver must be stopped',
      options: [
        new Option(
          '--minutes <N>',
          'listen for so long at most (default: until the sweep has ended, or Ctrl-C)',
        ).argParser(parseMinutes),
        new Option('--all-passes', 'go on to the end of a sweep that is repeated, and count all of it'),
        new Option('--svg <FILE>', 'draw it, too'),
        jsonOption(),
      ],
      examples: [
        'diode-receiver calibrate DIR',
        'diode-receiver calibrate DIR --svg calibration.svg --minutes 10',
        'diode-receiver calibrate DIR --json | jq .advice',
      ],
    },
    calibrate,
  );
}

async function calibrate(directory: string, options: CalibrateOptions): Promise<ExitCode> {
  const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  if (config.link.kind === 'media') {
    const seen = 'Frames come to this receiver on media: there is no link to measure.';
    throw new DiodeError('usage', seen, 'Nothing needs to be calibrated.');
  }
  const own = readReceiverKeys(layout);
  const { agreementKey } = readTrustedSender(layout, config.boundary);
  const macKey = helloMacKey({ own, senderPublicKey: agreementKey, receiverPublicKey: own.publicKey });
  // What draws is loaded before anything is measured, so that nothing is measured in vain.
  const chart = options.svg === undefined ? undefined : await import('../../src/cli/svg-chart.ts');
  const lock = takeRunLock('diode-receiver', layout);
  try {
    auditCommand(layout, { event: 'command-calibrate' });
    const { link, advised } = await openLink(config.link);
    try {
      const { measures, unheard, tally } = await listen(link, config.link, macKey, options);
      const advice = advise(measures, advised);
      const { run, refused } = tally;
      if (options.json) process.stdout.write(`${JSON.stringify({ run, measures, unheard, refused, advice })}\n`);
      else
        process.stdout.write(
          `${[endText(tally, measures, unheard), adviceText(advice)].filter((part) => part !== '').join('\n\n')}\n`,
        );
      if (measures.length === 0) {
        if (options.svg !== undefined) {
          process.stderr.write(`Nothing was heard that could be drawn: ${options.svg} was not written.\n`);
        }
        return 1;
      }
      if (chart !== undefined && options.svg !== undefined) {
        replaceFile(resolve(options.svg), chart.drawSvg(calibrationChart(measures, advice), CHART_SIZE), 0o644);
      }
      return 0;
    } finally {
      await link.close();
    }
  } finally {
    lock.release();
  }
}

async function openLink(config: Exclude<ReceiverConfig['link'], { readonly kind: 'media' }>): Promise<{
  readonly link: ReceiveLink;
  readonly advised: AdvisedLink;
}> {
  if (config.kind === 'serial') return { link: await openReceiveLink(config), advised: { kind: 'serial' } };
  const link = await openUdpReceiveLink(config);
  const { receiveBufferBytes } = config;
  const grantedBytes = link.receiveBufferBytes;
  return { link, advised: { kind: 'udp', receiveBufferBytes, grantedBytes, maxBacklog: readMaxBacklog() } };
}

interface Heard {
  readonly measures: readonly StepMeasure[];
  readonly unheard: number;
  readonly tally: CalibrationTally;
}

/** Until the sweep has ended or fell silent, the time is over, or Ctrl-C. */
async function listen(
  link: ReceiveLink,
  config: ReceiverConfig['link'],
  macKey: Uint8Array,
  { minutes, allPasses = false, json = false }: CalibrateOptions,
): Promise<Heard> {
  const measures: StepMeasure[] = [];
  let unheard = 0;
  // What is shown on the way is no part of the JSON object.
  const screen = json ? process.stderr : process.stdout;
  const clear = () => (screen.isTTY ? '\r\x1b[2K' : '');
  const say = (text: string) => void screen.write(`${clear()}${text}\n`);
  const tally = new CalibrationTally({
    keyOf: (runId) => calibrationKey(macKey, runId),
    counters: linkCounters(link, config),
    isJoined: link.batching?.().kind === 'segments',
    isLine: config.kind === 'serial',
    onRun: (run) => {
      measures.length = 0;
      unheard = 0;
      say(`${runText(run)}\n${stepHead()}`);
    },
    onStep: (measure) => {
      measures.push(measure);
      say(stepLine(measure, tally.run?.steps ?? 0));
    },
    onUnheard: (steps) => {
      unheard += steps;
    },
  });
  const interrupt = interruptible();
  const startedMs = performance.now();
  const untilMs = minutes === undefined ? Number.POSITIVE_INFINITY : startedMs + minutes * 60_000;
  // The socket is open: whatever comes from now on is heard.
  tally.handleIdle(startedMs);
  say('Listening. On the other side: diode-sender calibrate DIR');
  await new Promise<void>((done) => {
    const look = () => {
      const nowMs = performance.now();
      tally.handleIdle(nowMs);
      const isSilent = nowMs > (tally.silentFromMs() ?? Number.POSITIVE_INFINITY);
      const isOver = tally.isEnded || isSilent || (tally.isWhole && !allPasses);
      if (screen.isTTY) screen.write(`${clear()}${currentLine(tally)}`);
      if (!isOver && nowMs < untilMs && !interrupt.signal.aborted) return;
      clearInterval(timer);
      done();
    };
    const timer = setInterval(look, CALIBRATION_LIMITS.drawMs);
    interrupt.signal.addEventListener('abort', look, { once: true });
    link.onDatagram((datagram) => tally.handleDatagram(performance.now(), datagram));
    link.onError((error) => say(`The link: ${error.message}`));
  });
  interrupt.done();
  tally.finish();
  screen.write(clear());
  return { measures, unheard, tally };
}

function endText(tally: CalibrationTally, measures: readonly StepMeasure[], unheard: number): string {
  if (tally.run === undefined) return nothingText(tally);
  const lines = [...stepNotes(measures)];
  const heard = new Set(measures.map(({ step }) => step)).size;
  if (heard < tally.run.steps) {
    lines.push(`${heard} of the ${tally.run.steps} steps were heard: with --loop on the sender the others come again.`);
  }
  if (unheard > 0) lines.push(`Of ${unheard} steps nothing came, not even their marks.`);
  const others = breakdown(tally.refused);
  if (others !== 'none') lines.push(`Not counted, since not of this sweep: ${others}.`);
  return lines.join('\n');
}

function nothingText({ refused }: CalibrationTally): string {
  const others = breakdown(refused);
  if (others === 'none') return 'Nothing came at all: look at the cable, the address, and at `check` on both sides.';
  return `Something came, and none of it from a calibration of the trusted sender: ${others}. Its \`calibrate\` has to run, with cards that are trusted on both sides.`;
}

function parseMinutes(typed: string): number {
  const value = Number(typed);
  if (/^\d{1,5}(\.\d{1,3})?$/.test(typed) && value > 0) return value;
  throw new InvalidArgumentError('Give a number of minutes above 0.');
}

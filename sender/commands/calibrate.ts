/** `diode-sender calibrate`: a sweep of rates, lengths and bursts, which `diode-receiver calibrate` measures. */
import { randomBytes } from 'node:crypto';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { openDirectory, takeRunLock } from '../../src/cli/directory.ts';
import { thisMachine } from '../../src/cli/machine.ts';
import { countOption, jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, InvalidArgumentError, Option } from '../../src/cli/program.ts';
import { interruptible, startProgress } from '../../src/cli/progress-bar.ts';
import { linkMtu } from '../../src/cli/route-checks.ts';
import { cardFingerprint } from '../../src/config/card-form.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { SenderConfig, SerialSendConfig, UdpSendConfig } from '../../src/config/sender-config.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { helloMacKey } from '../../src/crypto/agreement.ts';
import { calibrationKey } from '../../src/crypto/digest.ts';
import { DatagramCipher } from '../../src/crypto/sodium.ts';
import { CALIBRATION_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import type { SendDrops, SendLink } from '../../src/link/link.ts';
import { openSendLink } from '../../src/link/open-link.ts';
import { translateConnectError } from '../../src/link/udp-send-link.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { RUN_ID_BYTES } from '../../src/wire/calibration.ts';
import type { ReceiverCard } from '../../src/wire/card.ts';
import { type PlannedStep, planSweep } from '../calibration/calibration-plan.ts';
import { CalibrationSweep, type SentStep } from '../calibration/calibration-sweep.ts';
import { endText, planText, type SweepEnd, stepText } from '../calibration/calibration-view.ts';
import { sweepWish, type TypedWish } from '../calibration/calibration-wish.ts';
import { dropsBetween } from '../calibration/sent-drops.ts';
import { runSweep } from '../calibration/sweep-run.ts';
import { readSenderKeys, readTrustedReceivers } from '../trust/own-card.ts';

interface CalibrateOptions extends TypedWish {
  /** True: without end. */
  readonly loop?: number | true;
  readonly receiver?: string;
  readonly json?: boolean;
}

export function addCalibrateCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'calibrate <DIR>',
      description:
        'send a sweep of rates, datagram sizes and bursts, so that `diode-receiver calibrate` can say what the link takes; the sender must be stopped',
      options: [
        numberOption('--from <MBIT>', 'lowest rate, Mbit/s on the wire (default: a fifth of link.rateBitsPerSecond)'),
        numberOption('--to <MBIT>', 'highest rate (default: twenty times link.rateBitsPerSecond)'),
        countOption('--steps <N>', 'how many rates between them, themselves included (default: 12)'),
        numberOption('--seconds <S>', 'of each step (default: 2, on a serial line 10)'),
        listOption('--sizes <BYTES>', 'other symbol sizes to try, such as 512,1408; none: no others', symbolProblem),
        listOption('--bursts <N>', 'datagrams sent at once, such as 16,64,256; none: none', burstProblem),
        new Option(
          '--loop [N]',
          'the whole sweep N times, or until Ctrl-C; one may start the receiver later',
        ).argParser(parseLoop),
        new Option(
          '--receiver <FINGERPRINT>',
          'for whom, by the beginning of its fingerprint, where several are trusted',
        ),
        jsonOption(),
      ],
      examples: [
        'diode-sender calibrate DIR',
        'diode-sender calibrate DIR --from 100 --to 1000 --steps 10 --loop',
        'diode-sender calibrate DIR --from 400 --to 500 --steps 6 --sizes none --bursts none   (a closer look)',
      ],
    },
    calibrate,
  );
}

async function calibrate(directory: string, options: CalibrateOptions): Promise<0> {
  const { layout, config } = openDirectory('diode-sender', directory, parseSenderConfig);
  const link = liveLink(config);
  const receiver = chosenReceiver(readTrustedReceivers(layout, config.boundary), options.receiver);
  const mtu = link.kind === 'udp' ? linkMtu(thisMachine, link.address) : undefined;
  const wish = sweepWish(options, link, mtu);
  const lock = takeRunLock('diode-sender', layout);
  try {
    const { fromBitsPerSecond, toBitsPerSecond, rates } = wish;
    auditCommand(layout, { event: 'command-calibrate', fromBitsPerSecond, toBitsPerSecond, rates });
    const largest = Math.max(wish.symbolBytes, ...wish.sizes);
    const sendLink = await openSendLink({ ...link, symbolBytes: largest });
    try {
      const steps = planSweep(wish, (datagramBytes) => datagramBytes + sendLink.overheadBytes);
      const passes = options.loop === true ? 0 : (options.loop ?? 1);
      if (!options.json) process.stdout.write(`${planText(steps, passes, sendLink.batching?.())}\n`);
      const sent: CountedStep[] = [];
      const end = await sendSweep({
        layout,
        receiver,
        steps,
        passes,
        sendLink,
        link,
        isQuiet: options.json === true,
        sent,
      });
      const drops = sendLink.drops?.();
      if (options.json) process.stdout.write(`${JSON.stringify({ steps: sent, ...end, drops })}\n`);
      else process.stdout.write(`${endText(end, drops)}\n`);
    } finally {
      await sendLink.close();
    }
    return 0;
  } finally {
    lock.release();
  }
}

interface CountedStep extends SentStep {
  readonly drops: SendDrops | undefined;
}

interface SendingSweep {
  readonly layout: DirectoryLayout;
  readonly receiver: ReceiverCard;
  readonly steps: readonly PlannedStep[];
  readonly passes: number;
  readonly sendLink: SendLink;
  readonly link: UdpSendConfig | SerialSendConfig;
  readonly isQuiet: boolean;
  /** Filled as steps end: the last of them, where the sweep has no end. */
  readonly sent: CountedStep[];
}

async function sendSweep(job: SendingSweep): Promise<SweepEnd> {
  const { layout, receiver, steps, passes, sendLink, link, isQuiet, sent } = job;
  const burstBytes = link.kind === 'udp' ? link.burstBytes : undefined;
  const own = readSenderKeys(layout).agreement;
  const macKey = helloMacKey({ own, senderPublicKey: own.publicKey, receiverPublicKey: receiver.agreementKey });
  const runId = randomBytes(RUN_ID_BYTES);
  const { overheadBytes, aheadMs } = sendLink;
  const cipher = new DatagramCipher(calibrationKey(macKey, runId));
  const shape = { steps, passes, runId, startedAtMs: Date.now(), cipher, overheadBytes, aheadMs, burstBytes };
  const sweep = new CalibrationSweep(shape);
  const errors: Record<string, number> = {};
  const away = new AbortController();
  sendLink.onError((error) => {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    errors[code] = (errors[code] ?? 0) + 1;
    // The link would wait, and what it waits is no measurement.
    if (link.kind === 'udp' && sendLink.isAway) away.abort(translateConnectError(error, link));
  });
  const bar = startProgress('This step', 1, () => '');
  let before = sendLink.drops?.();
  const sayEnded = () => {
    for (let ended = sweep.takeEnded(); ended !== undefined; ended = sweep.takeEnded()) {
      const after = sendLink.drops?.();
      const drops = dropsBetween(before, after);
      before = after;
      bar.end();
      if (!isQuiet) process.stdout.write(`${stepText(ended, steps.length, drops)}\n`);
      if (sent.push({ ...ended, drops }) > CALIBRATION_LIMITS.maxSteps) sent.shift();
    }
  };
  const clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
  const onTurn = () => {
    sayEnded();
    bar.update(sweep.share);
  };
  const interrupt = interruptible();
  try {
    const signal = AbortSignal.any([interrupt.signal, away.signal]);
    const isTaken = await runSweep({ sweep, link: sendLink, clock, onTurn, signal });
    away.signal.throwIfAborted();
    return { errors, isTaken };
  } finally {
    bar.end();
    interrupt.done();
  }
}

function liveLink({ link }: SenderConfig): UdpSendConfig | SerialSendConfig {
  if (link.kind !== 'media') return link;
  throw new DiodeError(
    'usage',
    'Frames of this sender leave on media: there is no link to measure.',
    'Nothing needs to be calibrated.',
  );
}

function chosenReceiver(cards: readonly ReceiverCard[], typed: string | undefined): ReceiverCard {
  const plain = (text: string) => text.toLowerCase().replaceAll(' ', '');
  const chosen = cards.filter((card) => plain(cardFingerprint(card)).startsWith(plain(typed ?? '')));
  if (chosen.length === 1) return chosen[0] as ReceiverCard;
  const known = cards.map((card) => plain(cardFingerprint(card)).slice(0, 8)).join(', ');
  const seen =
    chosen.length === 0 ? `No trusted receiver's fingerprint begins so.` : `${chosen.length} receivers could be meant.`;
  throw new DiodeError('usage', seen, `Give --receiver one of: ${known}.`);
}

function numberOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((typed: string) => {
    const value = Number(typed);
    if (/^\d{1,6}(\.\d{1,6})?$/.test(typed) && value > 0) return value;
    throw new InvalidArgumentError('Give a number above 0, such as 100 or 2.5.');
  });
}

function listOption(flags: string, description: string, problem: (value: number) => string | undefined): Option {
  return new Option(flags, description).argParser((typed: string) => {
    if (typed === 'none') return [];
    const values = typed.split(',').map((part) => (/^\d{1,6}$/.test(part) ? Number(part) : Number.NaN));
    for (const value of values) {
      const wrong = problem(value);
      if (wrong !== undefined) throw new InvalidArgumentError(wrong);
    }
    return values;
  });
}

function symbolProblem(value: number): string | undefined {
  const { symbolStepBytes: step, maxSymbolBytes: most } = WIRE_LIMITS;
  return value >= step && value <= most && value % step === 0
    ? undefined
    : `A size is a multiple of ${step} up to ${most}, as link.symbolBytes is.`;
}

function burstProblem(value: number): string | undefined {
  const { maxBurst } = CALIBRATION_LIMITS;
  return value >= 2 && value <= maxBurst ? undefined : `A burst has 2 to ${maxBurst} datagrams.`;
}

function parseLoop(typed: string): number {
  const value = Number(typed);
  if (/^[1-9]\d*$/.test(typed) && value <= CALIBRATION_LIMITS.maxPasses) return value;
  throw new InvalidArgumentError(`Give a whole number from 1 to ${CALIBRATION_LIMITS.maxPasses}, or leave it out.`);
}

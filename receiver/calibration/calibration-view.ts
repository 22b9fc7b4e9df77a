/** A calibration for a person: a line for each step, what it says in all, and the config lines to paste. Pure. */
import { burstText, rateText } from '../../src/cli/calibration-text.ts';
import { breakdown, count, size, time } from '../../src/cli/status-table.ts';
import { symbolBytesOf } from '../../src/wire/calibration.ts';
import { type Advice, isFilling, rateOf } from './calibration-advice.ts';
import type { LossPlaces } from './calibration-places.ts';
import type { CalibrationTally, HeardRun, StepMeasure } from './calibration-tally.ts';

/** Names and widths of the columns; a negative width is filled up behind. */
const COLUMNS = [
  ['step', -10],
  ['rate', 13],
  ['symbols', 8],
  ['', 2],
  ['sent how', -13],
  ['sent', 9],
  ['lost', 8],
  ['share', 8],
  ['longest', 8],
  ['reordered', 10],
  ['delay', 10],
  ['', 2],
  ['where it was lost', 0],
] as const;

export function stepHead(): string {
  return row(COLUMNS.map(([name]) => name));
}

export function runText({ startedAtMs, steps, passes }: HeardRun): string {
  const often = passes === 0 ? 'again and again' : passes === 1 ? 'once' : `${passes} times`;
  return `A sweep of ${steps} steps, ${often}; it began ${time(startedAtMs)} by the sender's clock.`;
}

export function stepLine(measure: StepMeasure, steps: number): string {
  const { pass, step, burst, sent, loss, reordered, delaySpreadMs } = measure;
  const marks = `${isSlow(measure) ? '!' : ''}${isFilling(measure) ? '^' : ''}`;
  return row([
    `${pass > 1 ? `${pass}: ` : ''}${step}/${steps}${measure.isWhole ? '' : '*'}`,
    `${rateText(rateOf(measure))}${marks}`,
    String(symbolBytesOf(measure)),
    '',
    burstText(burst),
    `${count(sent)}${measure.isSentKnown ? '' : '?'}`,
    count(loss.lost),
    shareText(loss.lost / sent),
    count(loss.longest),
    count(reordered),
    delaySpreadMs === undefined ? '–' : `${delaySpreadMs.toFixed(1)} ms`,
    '',
    placesText(measure.places),
  ]);
}

function isSlow(measure: StepMeasure): boolean {
  return rateOf(measure) < 0.9 * measure.rateBitsPerSecond;
}

/** What the marks of the lines above mean, where there are any. */
export function stepNotes(measures: readonly StepMeasure[]): readonly string[] {
  return [
    ...(measures.some(isSlow) ? ['!  the sender was to send faster: its machine, or its interface, does not'] : []),
    ...(measures.some(isFilling)
      ? ['^  its delay rose to the end: buffers on the way filled, so it cannot go on like that']
      : []),
    ...(measures.some(({ isWhole }) => !isWhole) ? ['*  it was under way when this receiver began to listen'] : []),
    ...(measures.some(({ isSentKnown }) => !isSentKnown) ? ['?  no mark came behind it: as many as planned'] : []),
  ];
}

/** On a terminal, while a step is under way. */
export function currentLine({ current, run }: Pick<CalibrationTally, 'current' | 'run'>): string {
  if (current === undefined || run === undefined) return '';
  const { place, tally } = current;
  const percent = Math.floor(tally.share * 100);
  return `step ${place.step} of ${run.steps}: ${rateText(tally.step.rateBitsPerSecond)}, ${percent}%, ${count(tally.received)} came, ${count(tally.missing)} missing`;
}

export function placesText(places: LossPlaces): string {
  const named: Readonly<Record<string, number>> = {
    'before this machine': places.before,
    'at the interface': places.interface,
    "in a core's backlog": places.backlog,
    'between interface and socket': places.between,
    'at the socket': places.socket,
    'spoiled on the line': places.line,
    'not known where': places.elsewhere,
  };
  const text = breakdown(named);
  return text === 'none' ? '' : text;
}

export function adviceText(advice: Advice): string {
  const { cleanBitsPerSecond: clean, limitBitsPerSecond: limit, rateBitsPerSecond, loss } = advice;
  if (clean === undefined || rateBitsPerSecond === undefined) {
    const first = limit === undefined ? 'No rate was heard.' : `The lowest rate, ${rateText(limit)}, lost too much.`;
    return `${first} Look at the cable and at both \`check\`s, or sweep lower: diode-sender calibrate DIR --from 1 --to 10`;
  }
  const lines = [
    limit === undefined
      ? `Clean up to ${rateText(clean)}, ${topText(advice)}`
      : `Clean up to ${rateText(clean)}; at ${rateText(limit)} losses or delays rise. A closer look: diode-sender calibrate DIR --from ${megabits(clean)} --to ${megabits(limit)} --sizes none --bursts none`,
    `Up to there ${count(loss.lost)} of ${count(loss.sent)} were lost (${shareText(loss.lost / loss.sent)}, at most ${shareText(loss.high)}), in ${count(loss.runs)} runs, the longest of ${count(loss.longest)}.`,
    ...noteLines(advice),
    '',
    ...configLines(advice),
  ];
  return lines.join('\n');
}

function topText({ unmadeBitsPerSecond: unmade }: Advice): string {
  return unmade === undefined
    ? 'the highest rate that was tried: a higher --to may show more.'
    : `which is all that the sender made of ${rateText(unmade)}: its interface or its machine bounds it, so a higher --to shows nothing more, and the diode may take more.`;
}

/** What a receiver with one thread for all carried while it published as well: docs/decisions.md, Earlier figures. */
const SURELY_CARRIED_BITS = 100_000_000;

function noteLines({ places, bursts, failedBlocks, rateBitsPerSecond: rate = 0 }: Advice): readonly string[] {
  const where = placesText(places);
  const notes = where === '' ? [] : [`Where, over all steps: ${where}.`];
  if (rate > SURELY_CARRIED_BITS) {
    notes.push(
      'This counts datagrams. A receiver that spools and publishes as well may carry less than the rate below: set the lower of the two (docs/calibration.md).',
    );
  }
  if (bursts?.lossy !== undefined) {
    const came = bursts.clean === undefined ? '' : `, bursts of ${bursts.clean} came`;
    notes.push(
      `Bursts of ${bursts.lossy} datagrams lost some${came}; at the rate below the sender lets ${bursts.ofSender} leave at once, when it was late.`,
    );
  }
  if (failedBlocks !== undefined) {
    notes.push(
      `Even with as much repair as there are symbols, ${shareText(failedBlocks)} of the blocks need a repeat: cure the losses first.`,
    );
  }
  return notes;
}

function configLines(advice: Advice): readonly string[] {
  const { rateBitsPerSecond, symbolBytes, repairPercent, burstBytes, batchBodyBytes, receiveBufferBytes, rmemMax } =
    advice;
  const isSerial = receiveBufferBytes === undefined;
  const setting = (name: string, value: number | undefined) => (value === undefined ? [] : [`  ${name}: ${value}`]);
  const sender = [
    '# config.yaml of the sender',
    'link:',
    ...(isSerial ? [] : setting('rateBitsPerSecond', rateBitsPerSecond)),
    ...setting('burstBytes', burstBytes),
    ...setting('symbolBytes', symbolBytes),
    ...setting('repairPercent', repairPercent),
    ...(batchBodyBytes === undefined ? [] : ['packer:', ...setting('batchBodyBytes', batchBodyBytes)]),
  ];
  if (receiveBufferBytes === undefined) return sender;
  const receiver = ['# config.yaml of the receiver', 'link:', ...setting('receiveBufferBytes', receiveBufferBytes)];
  return [
    ...sender,
    ...receiver,
    ...sysctlLines(
      `# on the receiver's machine, which gives ${size(advice.grantedBytes ?? 0)} now`,
      'rmem_max',
      rmemMax,
    ),
    ...sysctlLines(
      "# on the receiver's machine, where a core's backlog was full; if it still is: docs/calibration.md",
      'netdev_max_backlog',
      advice.maxBacklog,
    ),
  ];
}

function sysctlLines(reason: string, name: string, value: number | undefined): readonly string[] {
  if (value === undefined) return [];
  return [
    reason,
    `sysctl -w net.core.${name}=${value}`,
    `echo 'net.core.${name} = ${value}' > /etc/sysctl.d/90-diode-${name}.conf`,
  ];
}

function megabits(bitsPerSecond: number): string {
  return String(Number((bitsPerSecond / 1e6).toPrecision(3)));
}

function shareText(share: number): string {
  const percent = share * 100;
  return percent === 0 || percent >= 0.1 ? `${percent.toFixed(2)}%` : `${Number(percent.toPrecision(1))}%`;
}

function row(cells: readonly string[]): string {
  const padded = COLUMNS.map(([, width], at) =>
    width < 0 ? (cells[at] ?? '').padEnd(-width) : (cells[at] ?? '').padStart(width),
  );
  return padded.join('').trimEnd();
}

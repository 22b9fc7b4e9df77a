/**
 * A key on a PKCS#11 token, through a process that holds the token's library (token-host.ts). Libraries block: for the seconds of
 * a smart card, or for ever with an HSM that is gone. Here nothing waits for one: a host that does not answer in time is killed,
 * one that crashes takes nothing along, and the next signature is asked of a new one.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Pkcs11Config, SigningAlgorithm } from '../config/signer-config.ts';
import { SIGNER_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import type { PublicJwk, Signer } from './signer.ts';
import type { HostAnswer, HostFailure, HostOutcome, HostQuestion } from './token-host.ts';

export interface HostedSignerOptions {
  readonly config: Pkcs11Config;
  readonly algorithm: SigningAlgorithm;
  /** Holds the PIN where the config says so. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A host that answers no signature for so long hangs; SIGNER_LIMITS.answerMs unless given. */
  readonly answerMs?: number;
}

/** Throws what opening the key does, and DiodeError `signer-failed` where the library hangs or crashes. */
export async function openHostedSigner(options: HostedSignerOptions): Promise<Signer> {
  /** What a host before it was refused with: most tokens lock after a few wrong PINs, however many processes try them. */
  let refusedPin: string | undefined;
  let keyId: string | undefined;
  let gathered: Asked[] = [];
  let isClosed = false;
  const begin = (): TokenHost =>
    new TokenHost(options, {
      refusedPin,
      keyId,
      onRefusedPin: (pin) => {
        refusedPin = pin;
      },
    });
  let host = begin();
  const publicJwk = await host.opened;
  keyId = publicJwk.kid as string;
  return {
    keyId,
    algorithm: options.algorithm,
    publicJwk,
    sign: (bytes) =>
      new Promise((resolve, reject) => {
        // What is asked in one turn of the event loop goes in one message: that is most of what a host costs.
        if (gathered.push({ bytes, resolve, reject }) > 1) return;
        setImmediate(() => {
          if (host.hasEnded && !isClosed) host = begin();
          host.sign(gathered);
          gathered = [];
        });
      }),
    close: () => {
      isClosed = true;
      host.close();
    },
  };
}

interface Asked {
  readonly bytes: Uint8Array;
  readonly resolve: (signature: Uint8Array) => void;
  readonly reject: (failure: DiodeError) => void;
}

interface HostHistory {
  readonly refusedPin: string | undefined;
  /** Of the key that the signer was opened with. */
  readonly keyId: string | undefined;
  readonly onRefusedPin: (pin: string | undefined) => void;
}

/** One such process. */
class TokenHost {
  readonly opened: Promise<PublicJwk>;
  readonly #options: HostedSignerOptions;
  readonly #history: HostHistory;
  readonly #child: ChildProcess;
  /** In the order of asking, which is that of the answers. */
  #asked: Asked[] = [];
  #isOpening = true;
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;
  #resolveOpened: (jwk: PublicJwk) => void = () => {};
  #rejectOpened: (failure: DiodeError) => void = () => {};

  constructor(options: HostedSignerOptions, history: HostHistory) {
    this.#options = options;
    this.#history = history;
    const { config, algorithm } = options;
    this.opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve;
      this.#rejectOpened = reject;
    });
    // Whoever asked for a signature meanwhile has the failure too.
    this.opened.catch(() => {});
    this.#child = forkHost(options.environment);
    this.#child.on('message', (answer: HostAnswer) => this.#handle(answer));
    this.#child.on('error', (error) => this.#end(this.#died(error.message)));
    // One that hangs would not notice that nobody asks any more.
    const kill = () => this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.#child.once('exit', (code, signal) => {
      process.off('exit', kill);
      this.#end(this.#died(signal ?? `exit code ${code}`));
    });
    this.#send({ kind: 'open', config, algorithm, refusedPin: history.refusedPin });
    this.#watch();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  sign(asked: readonly Asked[]): void {
    if (this.#hasEnded || !this.#child.connected) {
      for (const { reject } of asked) reject(this.#died('it was closed'));
      return;
    }
    const isAnswerDue = this.#isOpening || this.#asked.length > 0;
    this.#asked.push(...asked);
    this.#send({ kind: 'sign', payloads: asked.map(({ bytes }) => bytes) });
    // One that hangs is not given more time by being asked for more.
    if (!isAnswerDue) this.#watch();
  }

  /** One that is idle closes its session and ends; one that is not may hang. */
  close(): void {
    if (this.#hasEnded) return;
    if (this.#isOpening || this.#asked.length > 0) this.#end(this.#died('it was closed'));
    else {
      this.#child.disconnect();
      // Its library may hang at this as well.
      setTimeout(() => this.#child.kill('SIGKILL'), SIGNER_LIMITS.closeMs).unref();
    }
  }

  #handle(answer: HostAnswer): void {
    if (this.#hasEnded) return;
    if (answer.kind === 'opened') this.#handleOpened(answer.publicJwk);
    else if (answer.kind === 'not-opened') {
      this.#history.onRefusedPin(answer.refusedPin);
      this.#end(thrown(answer.failure));
    } else {
      this.#history.onRefusedPin(answer.refusedPin);
      for (const outcome of answer.outcomes) this.#settle(outcome);
    }
    this.#watch();
  }

  #handleOpened(publicJwk: PublicJwk): void {
    this.#isOpening = false;
    const { keyId } = this.#history;
    if (keyId === undefined || keyId === publicJwk.kid) this.#resolveOpened(publicJwk);
    else this.#end(this.#isOther());
  }

  #settle(outcome: HostOutcome): void {
    const asked = this.#asked.shift();
    if ('code' in outcome) asked?.reject(thrown(outcome));
    else asked?.resolve(outcome);
  }

  /** Counted anew with each answer, while one is due: only that keeps the process alive. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#hasEnded || !(this.#isOpening || this.#asked.length > 0)) return;
    const { answerMs = SIGNER_LIMITS.answerMs } = this.#options;
    const waitMs = this.#isOpening ? SIGNER_LIMITS.openMs : answerMs;
    this.#timer = setTimeout(() => this.#end(this.#hangs(waitMs)), waitMs);
  }

  #end(failure: DiodeError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#child.kill('SIGKILL');
    this.#rejectOpened(failure);
    for (const { reject } of this.#asked.splice(0)) reject(failure);
  }

  #send(question: HostQuestion): void {
    // Where it fails the host has ended, which is told by its exit.
    this.#child.send(question, () => {});
  }

  #hangs(waitMs: number): DiodeError {
    const seen = `The token ${this.#token} hangs: its library has not answered within ${waitMs / 1_000} s.`;
    return new DiodeError('signer-failed', seen, 'Plug it in anew, or restart what serves it; it is tried again.');
  }

  #died(how: string): DiodeError {
    const seen = `The process that holds the library of the token ${this.#token} ended (${how}).`;
    return new DiodeError('signer-failed', seen, "Look at the library's own log; it is tried again.");
  }

  #isOther(): DiodeError {
    const { label } = this.#options.config;
    const seen = `The token ${this.#token} has another key under the label ${JSON.stringify(label)} than before.`;
    return new DiodeError('signer-key', seen, 'Put the token back, or start again with the new key.');
  }

  get #token(): string {
    return JSON.stringify(this.#options.config.token);
  }
}

/** From source in development, where Node has to be told how to read it. */
function forkHost(environment: HostedSignerOptions['environment']): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts');
  const script = fileURLToPath(new URL(`./token-host${isSource ? '.ts' : '.js'}`, import.meta.url));
  const tsx = () => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = fork(script, [], {
    env: { ...process.env, ...environment },
    execArgv: isSource ? ['--import', tsx()] : [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.unref();
  child.channel?.unref();
  return child;
}

function thrown({ code, seen, cure }: HostFailure): DiodeError {
  return new DiodeError(code, seen, cure);
}

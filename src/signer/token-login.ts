/**
 * The login to a PKCS#11 token. Most tokens lock after a few wrong PINs, and every key on them with that: a PIN that was refused
 * is not tried again, and a token's last try is left to its people.
 */
import { DiodeError } from '../ops/diode-error.ts';
import { CK, type Cryptoki, errorCode } from './pkcs11-module.ts';

export interface TokenLoginParts {
  /** The token's label. */
  readonly token: string;
  readonly pin: PinSource;
  /** A PIN that a process before this one was refused with. */
  readonly refusedPin?: string | undefined;
}

export interface PinSource {
  /** Where it stands, as a sentence names it. */
  readonly place: string;
  /** As it stands there now. Throws DiodeError. */
  readonly read: () => string;
}

/** What is asked of a token's library. */
export type LoginCryptoki = Pick<Cryptoki, 'C_GetTokenInfo' | 'C_Login'>;

export class TokenLogin {
  readonly #parts: TokenLoginParts;
  #refused: { readonly pin: string; readonly failure: DiodeError } | undefined;

  constructor(parts: TokenLoginParts) {
    this.#parts = parts;
    const { refusedPin: pin } = parts;
    if (pin !== undefined) this.#refused = { pin, failure: this.#wrong() };
  }

  /** Is not tried again. */
  get refusedPin(): string | undefined {
    return this.#refused?.pin;
  }

  /** Throws DiodeError `signer-pin`, or what the library throws. */
  logIn(cryptoki: LoginCryptoki, { slot, session }: { readonly slot: Buffer; readonly session: Buffer }): void {
    const { flags } = cryptoki.C_GetTokenInfo(slot);
    if ((flags & CK.CKF_USER_PIN_LOCKED) !== 0) throw this.#locked();
    if ((flags & CK.CKF_USER_PIN_FINAL_TRY) !== 0) throw this.#lastTry();
    const pin = this.#parts.pin.read();
    if (this.#refused?.pin === pin) throw this.#refused.failure;
    this.#refused = undefined;
    try {
      cryptoki.C_Login(session, CK.CKU_USER, pin);
    } catch (error) {
      const code = errorCode(error);
      if (code === CK.CKR_USER_ALREADY_LOGGED_IN) return;
      const failure = this.#refusal(code);
      if (failure === undefined) throw error;
      this.#refused = { pin, failure };
      throw failure;
    }
  }

  /** Undefined where the PIN is not what is wrong. */
  #refusal(code: number | undefined): DiodeError | undefined {
    if (code === CK.CKR_PIN_LOCKED) return this.#locked();
    return code === CK.CKR_PIN_INCORRECT || code === CK.CKR_PIN_LEN_RANGE ? this.#wrong() : undefined;
  }

  #wrong(): DiodeError {
    const { token, pin } = this.#parts;
    const seen = `The token ${JSON.stringify(token)} refuses the PIN of ${pin.place}.`;
    const cure = `Put the user PIN there: this one is not tried again before a restart, since most tokens lock after a few wrong ones.`;
    return new DiodeError('signer-pin', seen, cure);
  }

  #locked(): DiodeError {
    const { token, pin } = this.#parts;
    const seen = `The token ${JSON.stringify(token)} has locked its user PIN after wrong ones.`;
    const cure = `Its security officer sets a new user PIN with the token's own tool; put it into ${pin.place}, and start again.`;
    return new DiodeError('signer-pin', seen, cure);
  }

  #lastTry(): DiodeError {
    const { token, pin } = this.#parts;
    const seen = `The token ${JSON.stringify(token)} locks its user PIN at the next wrong one, so none is tried.`;
    const cure = `Log in once with the token's own tool, such as \`pkcs11-tool --login --list-objects\` of OpenSC, and put the PIN that it takes into ${pin.place}.`;
    return new DiodeError('signer-pin', seen, cure);
  }
}

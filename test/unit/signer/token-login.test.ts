import { describe, expect, it } from 'vitest';
import { CK } from '../../../src/signer/pkcs11-module.ts';
import { type LoginCryptoki, TokenLogin } from '../../../src/signer/token-login.ts';

const handles = { slot: Buffer.alloc(8), session: Buffer.alloc(8) };

/** A library whose token counts as smart cards do: it warns of its last try, locks with it, and forgets at a right PIN. */
function countingToken(tries: number) {
  let left = tries;
  let right = '1234';
  const logins: string[] = [];
  const refuse = (code: number) => {
    throw Object.assign(new Error('CKR'), { code });
  };
  const cryptoki = {
    C_GetTokenInfo: () => ({
      flags: left === 0 ? CK.CKF_USER_PIN_LOCKED : left === 1 ? CK.CKF_USER_PIN_FINAL_TRY : 0,
    }),
    C_Login: (_session: Buffer, _user: number, pin: string) => {
      logins.push(pin);
      if (left === 0) refuse(CK.CKR_PIN_LOCKED);
      if (pin === right) left = tries;
      else refuse(--left === 0 ? CK.CKR_PIN_LOCKED : CK.CKR_PIN_INCORRECT);
    },
  } as unknown as LoginCryptoki;
  const reset = (pin: string) => {
    [right, left] = [pin, tries];
  };
  return { cryptoki, logins, reset };
}

function loginWith(pin: () => string) {
  const login = new TokenLogin({ token: 'diode', pin: { place: '/keys/pin', read: pin } });
  return (cryptoki: LoginCryptoki) => {
    try {
      login.logIn(cryptoki, handles);
      return 'in';
    } catch (error) {
      return error;
    }
  };
}

describe('the login to a token', () => {
  it('tries a wrong PIN once, however often it is asked, and another at once', () => {
    let pin = '0000';
    const { cryptoki, logins } = countingToken(3);
    const logIn = loginWith(() => pin);
    for (let times = 0; times < 64; times++) {
      expect(logIn(cryptoki)).toMatchObject({
        code: 'signer-pin',
        seen: 'The token "diode" refuses the PIN of /keys/pin.',
        cure: expect.stringContaining('not tried again before a restart'),
      });
    }
    expect(logins).toEqual(['0000']);
    pin = '1234';
    expect(logIn(cryptoki)).toBe('in');
    expect(logins).toEqual(['0000', '1234']);
  });

  it('leaves the last try to people, also over restarts, and goes on once they have logged in', () => {
    const { cryptoki, logins, reset } = countingToken(3);
    for (let restarts = 0; restarts < 10; restarts++) loginWith(() => '0000')(cryptoki);
    expect(logins).toHaveLength(2);
    const logIn = loginWith(() => '1234');
    expect(logIn(cryptoki)).toMatchObject({
      code: 'signer-pin',
      seen: 'The token "diode" locks its user PIN at the next wrong one, so none is tried.',
      cure: expect.stringContaining('/keys/pin'),
    });
    reset('1234');
    expect(logIn(cryptoki)).toBe('in');
  });

  it('says that a PIN is locked, whether the token shows it or answers so', () => {
    const locked = { code: 'signer-pin', seen: 'The token "diode" has locked its user PIN after wrong ones.' };
    const shown = countingToken(0);
    const logIn = loginWith(() => '1234');
    expect(logIn(shown.cryptoki)).toMatchObject({ ...locked, cure: expect.stringContaining('security officer') });
    expect(shown.logins).toEqual([]);
    // Not every library keeps these flags.
    const answered = countingToken(0);
    answered.cryptoki.C_GetTokenInfo = (() => ({ flags: 0 })) as unknown as LoginCryptoki['C_GetTokenInfo'];
    expect([logIn(answered.cryptoki), logIn(answered.cryptoki)]).toMatchObject([locked, locked]);
    expect(answered.logins).toEqual(['1234']);
  });

  it('hands on what has nothing to do with the PIN, and counts a session that is logged in', () => {
    const answering = (code: number) =>
      ({
        C_GetTokenInfo: () => ({ flags: 0 }),
        C_Login: () => {
          throw Object.assign(new Error('CKR'), { code });
        },
      }) as unknown as LoginCryptoki;
    const logIn = loginWith(() => '1234');
    expect(logIn(answering(CK.CKR_USER_ALREADY_LOGGED_IN))).toBe('in');
    expect(logIn(answering(0x30))).toMatchObject({ code: 0x30 });
    expect(logIn(countingToken(3).cryptoki)).toBe('in');
  });
});

/**
 * The one file that imports pkcs11js, an optional package: only who signs with a PKCS#11 token needs it, and it is loaded
 * then. Loads the token's own library, and calls a token's answers by their names.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Pkcs11js from 'pkcs11js';
import { DiodeError } from '../ops/diode-error.ts';

export type Cryptoki = Pkcs11js.PKCS11;
export type CryptokiMechanism = Pkcs11js.Mechanism;

/** PKCS #11 v3.1, of what is used here. */
export const CK = {
  CKF_SERIAL_SESSION: 0x4,
  CKF_USER_PIN_FINAL_TRY: 0x20000,
  CKF_USER_PIN_LOCKED: 0x40000,
  CKU_USER: 1,
  CKA_CLASS: 0x0,
  CKA_LABEL: 0x3,
  CKA_KEY_TYPE: 0x100,
  CKA_MODULUS: 0x120,
  CKA_PUBLIC_EXPONENT: 0x122,
  CKA_EC_PARAMS: 0x180,
  CKA_EC_POINT: 0x181,
  CKO_PUBLIC_KEY: 2,
  CKO_PRIVATE_KEY: 3,
  CKK_RSA: 0x0,
  CKK_EC: 0x3,
  CKK_EC_EDWARDS: 0x40,
  CKM_SHA256_RSA_PKCS: 0x40,
  CKM_SHA256_RSA_PKCS_PSS: 0x43,
  CKM_SHA256: 0x250,
  CKM_ECDSA: 0x1041,
  CKM_EDDSA: 0x1057,
  CKG_MGF1_SHA256: 0x2,
  /** Of pkcs11js: which structure a mechanism's parameter is. */
  PARAMS_RSA_PSS: 5,
  CKR_KEY_TYPE_INCONSISTENT: 0x63,
  CKR_KEY_FUNCTION_NOT_PERMITTED: 0x68,
  CKR_MECHANISM_INVALID: 0x70,
  CKR_PIN_INCORRECT: 0xa0,
  CKR_PIN_LEN_RANGE: 0xa2,
  CKR_PIN_LOCKED: 0xa4,
  CKR_USER_ALREADY_LOGGED_IN: 0x100,
  CKR_CRYPTOKI_ALREADY_INITIALIZED: 0x191,
} as const;

/** The library at `path`, initialised. Throws DiodeError `signer-module`. */
export function loadCryptoki(path: string): Cryptoki {
  const { PKCS11 } = loadPackage();
  if (!existsSync(path)) {
    const cure = 'Name the library that your token brings, such as /usr/lib/softhsm/libsofthsm2.so.';
    throw new DiodeError('signer-module', `There is no PKCS#11 library ${path}.`, cure);
  }
  const cryptoki = new PKCS11();
  try {
    cryptoki.load(path);
  } catch (error) {
    const seen = `${path} cannot be loaded as a PKCS#11 library (${errorName(error)}).`;
    throw new DiodeError('signer-module', seen, 'Name the library that your token brings.', { cause: error });
  }
  try {
    cryptoki.C_Initialize();
  } catch (error) {
    // Another signer of this process has loaded the same library.
    if (errorCode(error) !== CK.CKR_CRYPTOKI_ALREADY_INITIALIZED) {
      const seen = `The PKCS#11 library ${path} does not start (${errorName(error)}).`;
      throw new DiodeError('signer-module', seen, "Look at the library's own configuration and log.", { cause: error });
    }
  }
  return cryptoki;
}

/** CKR_…, or whatever else was thrown. */
export function errorName(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] as string) : String(error);
}

export function errorCode(error: unknown): number | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

function loadPackage(): typeof Pkcs11js {
  try {
    return createRequire(import.meta.url)('pkcs11js') as typeof Pkcs11js;
  } catch (error) {
    throw new DiodeError(
      'signer-module',
      'The package pkcs11js is not there, or was not compiled.',
      'Run: npm rebuild pkcs11js   (it needs a C++ compiler), or sign with a key file.',
      { cause: error },
    );
  }
}

/** Names that hold secrets: refused wherever they stand, whatever a config allows. */

// Compared after folding: lower case, only letters and digits.
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'password',
  'passwords',
  'passwd',
  'passphrase',
  'passcode',
  'pwd',
  'pin',
  'userpassword',
  'unicodepwd',
  'temporarypassword',
  'initialpassword',
  'newpassword',
  'oldpassword',
  'currentpassword',
  'plaintextpassword',
  'cleartextpassword',
  'passwordhash',
  'passwordsalt',
  'passwordhistory',
  'hashedpassword',
  'encryptedpassword',
  'ntpassword',
  'lmpassword',
  'sambantpassword',
  'sambalmpassword',
  'ntpasswordhash',
  'credential',
  'credentials',
  'krbprincipalkey',
  'secret',
  'secrets',
  'secretkey',
  'secretdata',
  'clientsecret',
  'sharedsecret',
  'totpsecret',
  'otpsecret',
  'mfasecret',
  'recoverycodes',
  'securityanswer',
  'privatekey',
  'apikey',
  'accesstoken',
  'refreshtoken',
]);

/** True for `password` and its kind in any case, separators (`client_secret`) and compatibility forms (fullwidth, long s). */
export function isSecretName(name: string): boolean {
  const folded = name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
  return SECRET_NAMES.has(folded);
}

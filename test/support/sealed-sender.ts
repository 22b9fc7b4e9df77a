/** A sender whose hello carries its session's secret as a real one does: sealed for the receiver, of this very moment. */
import { sealSecret } from '../../src/crypto/agreement.ts';
import { receiverId } from '../../src/crypto/digest.ts';
import { sessionAssociatedData } from '../../src/wire/hello.ts';
import { BOUNDARY, ModelJournal, ModelSession, receiverKeys, STREAM } from './model-sender.ts';

export async function sealedSender() {
  const journal = new ModelJournal();
  const session = new ModelSession(journal);
  const associatedData = sessionAssociatedData({
    boundary: BOUNDARY,
    stream: STREAM,
    sessionNumber: session.number,
    sessionId: session.id,
  });
  const sealed = await sealSecret(receiverKeys.publicKey, session.secret, associatedData);
  const hello = session.hello({
    sentAtMs: Date.now(),
    sealed: [{ receiverId: receiverId(receiverKeys.publicKey), ...sealed }],
  });
  return { journal, session, hello };
}

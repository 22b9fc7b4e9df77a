/** The commented config.yaml that `diode-sender init` writes: every setting with its default and meaning. */
import { SENDER_LIMITS } from '../limits.ts';
import { serialDefaults } from './serial-defaults.ts';
import {
  IDENTITY_TEMPLATE,
  type LinkPlace,
  opsTemplate,
  quoted,
  type SerialPlace,
  serialPortTemplate,
  TEMPLATE_HEAD,
  type UdpPlace,
} from './shared-template.ts';

export interface SenderTemplateValues {
  readonly boundary: string;
  readonly stream: string;
  readonly sourcePath: string;
}

export function senderTemplate(values: SenderTemplateValues & LinkPlace): string {
  const { boundary, stream, sourcePath } = values;
  const isSerial = 'device' in values;
  const batchBodyBytes = isSerial ? serialDefaults(values.baud).batchBodyBytes : SENDER_LIMITS.batchBodyBytes;
  return `# diode-sender: the connected side.
${TEMPLATE_HEAD}

# The deployment boundary, as in the receiver's card. Both sides must agree.
boundary: ${quoted(boundary)}

# The name of this sender's ordered sequence of frames. It is part of the card, so change both or neither.
stream: ${quoted(stream)}

# Where identity changes and tokens come from.
source:
  # jsonl: one JSON object a line.
  kind: jsonl
  # A file that is followed as it grows, or "-": standard input, which has no position, so a restart may lose or repeat.
  path: ${quoted(sourcePath)}

${linkSection(values)}

${IDENTITY_TEMPLATE}

# A frame closes at this size before compression, this count of records, or this age of its first record. Where the link
# has room for a frame of its own, a change that comes after a rest of lingerMs leaves at once.
packer:
  batchBodyBytes: ${batchBodyBytes}
  batchRecords: 1000
  lingerMs: 50

# The journal keeps frames for repeats and resends. When it is full of unsent frames the source is not read further.
journal:
  # 8589934592 is 8 GiB.
  maxBytes: 8589934592

# The whole state is sent again, so that what was lost for good heals: who is gone is deleted on the isolated side too.
snapshot:
  # From the beginning of one snapshot to the next. 0 for \`diode-sender snapshot\` only.
  intervalHours: 24
  # The most that it takes of the rate, repeats included; what is fresh goes first.
  ratePercent: 5

${ISSUER_TEMPLATE}

${FOREIGN_TEMPLATE}

${opsTemplate(9464)}
`;
}

const ISSUER_TEMPLATE = `# Tokens that this sender issues itself: short-lived JWTs (RFC 9068) for its subjects, renewed before they expire.
#issuer:
#  # iss; identity.tokenIssuers must let it pass, and the receiver's \`issuers\` names it with its keys.
#  issuer: https://issuer.site-a.example
#  # EdDSA, ES256, PS256 or RS256.
#  algorithm: EdDSA
#  # What signs. \`diode-sender issuer-keys DIR\` prints the public half for the receiver.
#  key:
#    kind: file
#    path: keys/issuer.key
#    # Or kind: pkcs11, with these in place of path, and one of the last two; the PIN itself never stands here.
#    #module: /usr/lib/softhsm/libsofthsm2.so
#    #token: diode
#    #label: issuer
#    #pinFile: keys/pin
#    #pinVariable: DIODE_PIN
#  # Each subject has one token for each of these.
#  audiences: [https://api.site-a.example]
#  lifetimeSeconds: 900
#  # Left when a renewed token arrives, beside the link's delay and its last repeat: clocks that differ, publishing.
#  marginSeconds: 30
#  # What is left of a crowd waits; changes of roles go first.
#  maxTokensPerSecond: 500
#  # How often it says that its revocations are complete. Left out: every six hellos, 60 s on UDP. 10 to 86400.
#  #statusSeconds: 60
#  # Whose tokens, and what \`sub\` is of them; a subject with \`active: false\` has none.
#  subjectType: User
#  subject: id
#  clientId: identity-diode
#  # Claims and where in the SCIM resource they come from. groups: the ids of the subject's groups; groups.display: names.
#  claims:
#    roles: roles
#    groups: groups
#    entitlements: entitlements
#  # Binds a token to a key of the subject (RFC 7800): a JWK or a certificate in the resource. jkt, jwk or x5t#S256.
#  #confirmation:
#  #  from: x509Certificates
#  #  as: x5t#S256
#  # How long \`diode-sender tokens\` knows a token after it expired: 100,000 subjects make 13 million rows, 4 GB, a day.
#  logDays: 7`;

const FOREIGN_TEMPLATE = `# Issuers of others: the sender asks for their public keys, and a changed set goes through the diode for all to see there.
#foreignIssuers:
#  # As its tokens say; identity.tokenIssuers must let it pass.
#  - issuer: https://idp.example/realms/works
#    # Where its JWK set is: https, and no redirect to another host is followed. Without it, the issuer's metadata says so
#    # (RFC 8414, OpenID Connect Discovery), on the issuer's own host or on the one that jwksHost names.
#    jwks: https://idp.example/realms/works/protocol/openid-connect/certs
#    #jwksHost: keys.idp.example
#    # manual: a changed set waits for \`diode-sender key-sets DIR --approve\`. automatic: it crosses at once.
#    approve: manual
#    # Where its answers do not say how long they are fresh; 60 to 86400.
#    pollSeconds: 900`;

function linkSection(values: LinkPlace): string {
  if ('isMedia' in values) return MEDIA_LINK;
  return 'device' in values ? serialLink(values) : udpLink(values);
}

const MEDIA_LINK = `# No live link: frames leave on media, see \`diode-sender export\`.
link:
  kind: media`;

function udpLink({ address, port }: UdpPlace): string {
  return `# The one-way link.
link:
  kind: udp
  # Where the diode's inlet is: an address, not a name, for nothing may depend on an answer. IPv4 or IPv6.
  address: ${quoted(address)}
  port: ${port}
  # What the diode takes, on the cable: headers of IP, UDP and Ethernet included, and its preambles and gaps. 50000000 is
  # 50 Mbit/s.
  rateBitsPerSecond: 50000000
  # The most that leaves ahead of that rate, for a diode with little memory. Left out: 5 ms of the rate, 31250 bytes here.
  #burstBytes: 6072
  # true: padding fills the rate, so that nobody on the link sees whether, when and how much is said. Costs the receiver that
  # rate of work all the time.
  constantRate: false
  # The largest symbol, a multiple of 64. 1408 fills an Ethernet frame of 1500; \`check\` tells what your MTU takes.
  symbolBytes: 1408
  # Repair symbols for each hundred source symbols, at least two a block: the loss that is repaired at once.
  repairPercent: 10
  # Each frame is sent again this long after its first pass, in the capacity that fresh frames leave. [] for never.
  repeatAfterMs: [1000, 10000, 60000]
  # The signed heartbeat. After three missing ones the receiver calls the link silent.
  helloIntervalMs: 10000
  # Wanted socket buffer (SO_SNDBUF); the kernel caps it at net.core.wmem_max.
  sendBufferBytes: 4194304
  # How datagrams pass the kernel, at most: segments (UDP_SEGMENT), datagrams (sendmmsg), none (node:dgram).
  batching: segments`;
}

function serialLink({ device, baud }: SerialPlace): string {
  const { symbolBytes, repairPercent, repeatAfterMs, helloIntervalMs } = serialDefaults(baud);
  return `# The one-way link: a serial port of which only transmit and ground are wired.
link:
${serialPortTemplate({ device, baud })}
  # The largest symbol, a multiple of 64. Noise spoils whole datagrams, each of a symbol and 44 bytes.
  symbolBytes: ${symbolBytes}
  # Repair symbols for each hundred source symbols, at least two a block: the loss that is repaired at once.
  repairPercent: ${repairPercent}
  # Each frame is sent again this long after its first pass, in the capacity that fresh frames leave. [] for never.
  repeatAfterMs: [${repeatAfterMs.join(', ')}]
  # The signed heartbeat: more often on faster lines, since on slow ones it takes seconds.
  helloIntervalMs: ${helloIntervalMs}`;
}

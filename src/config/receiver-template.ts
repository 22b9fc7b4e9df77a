/** The commented config.yaml that `diode-receiver init` writes: every setting with its default and meaning. */
import { RECEIVER_LIMITS } from '../limits.ts';
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

export interface ReceiverTemplateValues {
  readonly boundary: string;
  readonly brokers: readonly string[];
}

export function receiverTemplate(values: ReceiverTemplateValues & LinkPlace): string {
  const { boundary, brokers } = values;
  const isSerial = 'device' in values;
  const holdMs = isSerial ? serialDefaults(values.baud).holdMs : RECEIVER_LIMITS.holdMs;
  return `# diode-receiver: the isolated side.
${TEMPLATE_HEAD}

# The deployment boundary. It is part of this receiver's card, so change both or neither.
boundary: ${quoted(boundary)}

${linkSection(values)}

${IDENTITY_TEMPLATE}

# Token issuers that are trusted here. Tokens of any other go to quarantine.
issuers: []
#issuers:
#  - # As its tokens name it in iss.
#    issuer: https://idp.example
#    # A token must name one of these in aud.
#    audience: ["https://api.site-a.example"]
#    # The issuer's public keys: a JWKS file.
#    jwks: idp.jwks.json
#    # EdDSA, ES256, PS256, RS256 and their longer forms. HMAC and none are refused.
#    algorithms: [EdDSA, ES256]
#    # Values of the typ header that pass; "" lets tokens without one pass.
#    types: [at+jwt, JWT]
#    # A token that lives longer is refused.
#    maxLifetimeSeconds: 3600
#    # How far the issuer's clock may be from ours.
#    clockSkewSeconds: 60
#    # The claim whose value is the last part of the Kafka key, so that a client has one current token.
#    slotClaim: client_id
#    # The attribute of a User that sub is: id, or such as userName or externalId. The tokens of a User who is deleted or not
#    # active are taken back, and none is taken.
#    subjectAttribute: id

# Tokens of these audiences are sealed before they are published: as JWE that the audience alone opens, see the consumers page.
# One that names another audience beside such a one is refused.
sealedAudiences: []
#sealedAudiences:
#  - audience: "https://api.site-a.example"
#    # Its public key, of the curve P-256 or X25519: a JWK file. The private key stays with the audience.
#    key: api.jwk.json

# Threads that check tokens when many come at once; 1: none beside the one that does the rest. Without a number as many as there
# are cores, up to ${RECEIVER_LIMITS.maxTokenThreads}.
tokens: {}
#tokens:
#  threads: 2

# Where records are published.
kafka:
  # host:port of some brokers.
  brokers: [${brokers.map(quoted).join(', ')}]
  # librdkafka settings for TLS and SASL, as it names them.
  client: {}
  #client:
  #  security.protocol: sasl_ssl
  #  ssl.ca.location: /etc/ssl/certs/kafka-ca.pem
  #  sasl.mechanism: SCRAM-SHA-512
  #  sasl.username: diode-receiver
  #  sasl.password: "…"
  # Before each topic's name; without it "<boundary>.", here ${quoted(`${boundary}.`)}.
  #topicPrefix: ${quoted(`${boundary}.`)}
  # Missing topics are created with the settings below; false: they are checked only.
  createTopics: true
  partitions: 12
  # 3 and 2 survive the loss of one broker; a cluster of one broker needs 1 and 1.
  replicationFactor: 3
  minInsyncReplicas: 2
  # After a crash, readers wait at most this long for what was left open.
  transactionTimeoutMs: 15000
  # Also publish every change to an uncompacted topic \`history\`; doubles the load.
  history: false
  # librdkafka's mock cluster instead of a real one: for demos; nothing is kept.
  embedded: false

# How long a missing frame is waited for before it becomes a gap and the stream goes on. ${isSerial ? 'Slow lines repeat later, so wait longer.' : 'The first repeat comes at 1 s.'}
gate:
  holdMs: ${holdMs}

# Verified frames wait here while Kafka is away. When it is full the receiver stops accepting, and says so.
spool:
  # 8589934592 is 8 GiB.
  maxBytes: 8589934592

# The local clock is trusted while signed times lie within this of it; beyond, tokens wait and an alarm is raised.
clock:
  maxSkewMs: 300000

# What would do much harm waits for approval in the topic \`held\`, and the rest goes on. Who loses access is never kept waiting:
# deactivations and revocations count, and take effect at once.
guard:
  # Deletes are held once more than this share of the subjects that lived an hour ago were deleted or deactivated since;
  # likewise of memberships. 100: none is ever held.
  maxLossPercent: 5
  # So many pass whatever the share is, so that a small site is not stopped by one who leaves.
  freeLosses: 10
  freeMembershipLosses: 100
  # A record that gives somebody one of these roles (values of \`roles\`), or lets somebody into one of these groups (their
  # ids), is held.
  adminRoles: []
  adminGroups: []

# Who may approve what is held, and imports beyond these limits. \`diode-receiver approver-key FILE\` makes a key on the
# approver's own machine and prints the line for here. Two keys of one person have one name.
approvers: []
#approvers:
#  - name: alice
#    key: vjvngFDhoRzLcEHd417DW1F1v4RqoDFXe6y6HxlfFko
# How many persons must approve: 1 or 2.
approvals: 1

${opsTemplate(9465)}

# Where resource servers fetch the keys that verify the tokens of \`tokens\`: JWKS and metadata of RFC 8414, see the operations
# page. Without a port nothing is served.
verification:
  address: 127.0.0.1
  #port: 9475
  # How resource servers reach it, through a proxy that speaks TLS for instance.
  #publicUrl: https://tokens.site-a.example
  # How long they may keep a key set, and so believe a key that was revoked.
  maxAgeSeconds: 60
`;
}

function linkSection(values: LinkPlace): string {
  if ('isMedia' in values) return MEDIA_LINK;
  return 'device' in values ? serialLink(values) : udpLink(values);
}

const MEDIA_LINK = `# No live link: frames come on media, see \`diode-receiver import\`.
link:
  kind: media`;

function udpLink({ address, port }: UdpPlace): string {
  return `# The one-way link.
link:
  kind: udp
  # The address of the interface behind the diode; 0.0.0.0 takes every IPv4 interface, "::" IPv6 as well.
  address: ${quoted(address)}
  port: ${port}
  # Wanted socket buffer (SO_RCVBUF); the kernel caps it at net.core.rmem_max: \`check\` prints the sysctl line.
  receiveBufferBytes: 16777216
  # How datagrams pass the kernel, at most: segments (UDP_GRO), datagrams (recvmmsg), none (node:dgram).
  batching: segments
  # Whether a thread of its own reads the link, opens datagrams and puts frames together, beside the one that decides and
  # publishes. Without the line: where there is more than one core.
  #ownThread: true`;
}

function serialLink(place: SerialPlace): string {
  return `# The one-way link: a serial port of which only receive and ground are wired.
link:
${serialPortTemplate(place)}`;
}

/** The parts of `init`'s config.yaml that both sides have. Prose is `# text`, a setting left out is `#setting`. */

export const TEMPLATE_HEAD = `# Quantities are plain numbers whose unit the name tells. Paths are relative to this directory.
# Each setting stands with its default; take a \`#\` away to set what has none. After a change: \`check\`, then restart.`;

export const IDENTITY_TEMPLATE = `# Which subjects this stream carries and owns. The same section stands in both sides' config.yaml: the sender refuses
# what is outside at the source, the receiver quarantines it.
identity:
  # Resource types of SCIM. User and Group are known with their RFC 7643 attributes; \`password\` never passes.
  resourceTypes:
    - type: User
      # Only ids that begin so belong to this stream; without it, all of the type.
      #idPrefixes: ["hr-"]
      # Only these top-level attributes pass; without it, all of RFC 7643.
      #attributes: [userName, name, displayName, emails, active]
      # Extension schemas that pass, each with its attributes ("*": all, for the enterprise User alone).
      #extensions:
      #  - schema: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User
      #    attributes: ["*"]
    - type: Group
    # Any other type names its core schema and its attributes.
    #- type: Device
    #  schema: urn:example:schemas:Device
    #  attributes: [displayName, serialNumber]
  # Tokens, revocations and key sets of these issuers pass: their iss, or "*" for all. [] carries none.
  tokenIssuers: ["*"]
  # No token lives longer, whatever the policy of its issuer is: the sender refuses it at the source.
  maxTokenLifetimeSeconds: 86400`;

export const opsTemplate = (
  port: number,
) => `# Metrics and health for this machine: /metrics /healthz /readyz /status. \`status\` asks here.
ops:
  # Loopback by default: nothing here asks for a password.
  address: 127.0.0.1
  port: ${port}
  # debug, info, warn or error. Subject ids appear at debug only; tokens, keys and attribute values never.
  logLevel: info`;

export interface UdpPlace {
  readonly address: string;
  readonly port: number;
}

export interface SerialPlace {
  readonly device: string;
  readonly baud: number;
}

/** There is no live link. */
export interface MediaPlace {
  readonly isMedia: true;
}

/** What `init` was told of the link. */
export type LinkPlace = UdpPlace | SerialPlace | MediaPlace;

export const serialPortTemplate = ({ device, baud }: SerialPlace) => `  kind: serial
  # The port. The name that ls -l /dev/serial/by-id shows stays the same when adapters are plugged in another order.
  device: ${quoted(device)}
  # Bits a second, the same on both sides; always 8N1, so a byte takes ten.
  baud: ${baud}
  # Modem control lines: leave, raise or drop. Nothing depends on them; some adapters draw their power from one.
  dtr: leave
  rts: leave`;

/** A YAML double-quoted scalar: JSON's form is one. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

# What ldif-entries.pl prints, to the sender's lines. Run with: jq -cs -f ldif-scim.jq
# Fits OpenLDAP, 389 Directory Server, FreeIPA and Active Directory. Edit the mapping to your schema.

# What names a subject for ever: never changed, never given to another. Kafka keys are made of it.
def id: (.entryuuid // .ipauniqueid // .nsuniqueid // .objectguid // .uid // .cn)[0];

def first_of(name): (.[name] // [])[0];
def is(classes): [.objectclass[]? | ascii_downcase] | any(IN(classes[]));
def is_group: is(["groupofnames", "groupofuniquenames", "posixgroup", "group"]);
def is_user: is(["person", "inetorgperson", "posixaccount", "account"]) and (is_group or is(["computer"]) | not);

def is_active:
  .pwdaccountlockedtime == null                                                          # OpenLDAP's ppolicy
  and (first_of("nsaccountlock") // "false" | ascii_downcase) != "true"                  # 389, FreeIPA
  and (first_of("useraccountcontrol") // "0" | tonumber / 2 | floor) % 2 == 0;           # Active Directory: bit 2

# Equal DNs become equal text: case and the spaces around separators do not count.
def dn: ascii_downcase | gsub(" *(?<mark>[,=+]) *"; .mark);
# groupOfUniqueNames may add an identifier to a DN: cn=x,dc=y#'0101'B
def unique_dn: sub("#'[01]*'B$"; "") | dn;
# 20261122100000Z to 2026-11-22T10:00:00Z
def time: capture("^(?<y>\\d{4})(?<m>\\d\\d)(?<d>\\d\\d)(?<H>\\d\\d)(?<M>\\d\\d)(?<S>\\d\\d)([.,]\\d+)?Z$")
  | "\(.y)-\(.m)-\(.d)T\(.H):\(.M):\(.S)Z";
def meta(type): {
  resourceType: type,
  created: (first_of("createtimestamp") // first_of("whencreated") | if . then time else null end),
  lastModified: (first_of("modifytimestamp") // first_of("whenchanged") | if . then time else null end)
};
def without_empty: walk(if type == "object" then with_entries(select(.value | IN(null, [], {}) | not)) else . end);
def put(type): {type: type, op: "put", resource: without_empty};

def core(name): "urn:ietf:params:scim:schemas:core:2.0:" + name;
def enterprise: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

def user(subjects):
  {
    employeeNumber: first_of("employeenumber"),
    organization: first_of("o"),
    department: (first_of("departmentnumber") // first_of("department")),
    manager: {value: (first_of("manager") | if . then subjects[dn].id else null end)}
  } as $work
  | {
    schemas: ([core("User")] + if ($work | without_empty) == {} then [] else [enterprise] end),
    id: id,
    userName: (first_of("uid") // first_of("samaccountname")),
    displayName: (first_of("displayname") // first_of("cn")),
    name: {familyName: first_of("sn"), givenName: first_of("givenname"), formatted: first_of("cn")},
    title: first_of("title"),
    preferredLanguage: first_of("preferredlanguage"),
    active: is_active,
    emails: [(.mail // [])[] | {value: ., type: "work"}] | (if . == [] then . else .[0].primary = true end),
    phoneNumbers: ([(.telephonenumber // [])[] | {value: ., type: "work"}] + [(.mobile // [])[] | {value: ., type: "mobile"}]),
    meta: meta("User"),
    (enterprise): $work
  };

# A member that is not in the export is named on standard error and left out.
def found(subjects): . as $name | subjects[$name] // ("not in this LDIF: " + $name | debug | empty);

def group(subjects; users; joined):
  {
    schemas: [core("Group")],
    id: id,
    displayName: first_of("cn"),
    members: ([
      ((.member // [])[] | select(. != "") | dn | found(subjects)),
      ((.uniquemember // [])[] | select(. != "") | unique_dn | found(subjects)),
      ((.memberuid // [])[] | found(users)),
      ((joined[.dn[0] | dn] // [])[])
    ] | map({value: .id, type: .type}) | unique),
    meta: meta("Group")
  };

map(select(is_user or is_group)) as $entries
| (reduce $entries[] as $entry ({}; .[$entry.dn[0] | dn] = ($entry | {id: id, type: (if is_group then "Group" else "User" end)}))) as $subjects
# posixGroup names its members by uid.
| (reduce ($entries[] | select(is_user and .uid)) as $entry ({}; .[$entry.uid[0]] = ($entry | {id: id, type: "User"}))) as $users
# Where only the user says so: memberOf.
| (reduce ($entries[] | select(.memberof)) as $entry ({};
    reduce ($entry.memberof[] | dn) as $group (.; .[$group] += [$subjects[$entry.dn[0] | dn]]))) as $joined
| ($entries[] | select(is_user) | user($subjects) | put("User")),
  ($entries[] | select(is_group) | group($subjects; $users; $joined) | (.members as $members | put("Group") | .resource.members = $members))

# What ldif-entries.pl prints, to the sender's lines. Run with: jq -cs -f ldif-scim.jq
# Fits OpenLDAP, 389 Directory Server, FreeIPA and Active Directory. Edit the mapping to your schema.

# What names a subject for ever: never changed, never given to another. Kafka keys are made of it.
def id: (.entryuuid // .ipauniqueid // .nsuniqueid // .objectguid // .uid // .cn)[0];

def first_of(name): (.[name] // [])[0];
def classes: (.objectclass // []) | map(ascii_downcase);
def is_group: classes - ["groupofnames", "groupofuniquenames", "posixgroup", "group"] != classes;
def is_user: classes - ["person", "inetorgperson", "posixaccount"] != classes and (is_group or classes - ["computer"] != classes | not);

def is_active:
  .pwdaccountlockedtime == null                                                    # OpenLDAP's ppolicy
  and (first_of("nsaccountlock") // "false" | ascii_downcase) != "true"            # 389, FreeIPA
  and (first_of("useraccountcontrol") // "0" | tonumber / 2 | floor) % 2 == 0;     # Active Directory: bit 2

# 20261122100000Z or 20261122100000.0Z to 2026-11-22T10:00:00Z
def time: if . then "\(.[0:4])-\(.[4:6])-\(.[6:8])T\(.[8:10]):\(.[10:12]):\(.[12:14])Z" else null end;
def given: with_entries(select(.value != null and .value != [] and .value != {}));
def meta(type): {
  resourceType: type,
  created: (first_of("createtimestamp") // first_of("whencreated") | time),
  lastModified: (first_of("modifytimestamp") // first_of("whenchanged") | time)
} | given;

def core(name): "urn:ietf:params:scim:schemas:core:2.0:" + name;
def enterprise: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

def user($subjects):
  (first_of("manager") | if . then $subjects[.].value else null end) as $manager
  | ({
    employeeNumber: first_of("employeenumber"),
    organization: first_of("o"),
    department: (first_of("departmentnumber") // first_of("department")),
    manager: (if $manager then {value: $manager} else null end)
  } | given) as $work
  | {
    schemas: ([core("User")] + if $work == {} then [] else [enterprise] end),
    id: id,
    userName: (first_of("uid") // first_of("samaccountname")),
    displayName: (first_of("displayname") // first_of("cn")),
    name: ({familyName: first_of("sn"), givenName: first_of("givenname"), formatted: first_of("cn")} | given),
    title: first_of("title"),
    preferredLanguage: first_of("preferredlanguage"),
    active: is_active,
    emails: [(.mail // [])[] | {value: ., type: "work"}],
    phoneNumbers: [((.telephonenumber // [])[] | {value: ., type: "work"}), ((.mobile // [])[] | {value: ., type: "mobile"})],
    meta: meta("User")
  }
  | given + if $work == {} then {} else {(enterprise): $work} end;

# A member that is not in the export is named on standard error and left out.
def found($subjects): . as $name | $subjects[$name] // ("not in this LDIF: " + $name | debug | empty);

def group($subjects; $users; $joined):
  ({schemas: [core("Group")], id: id, displayName: first_of("cn"), meta: meta("Group")} | given)
  + {members: ([
      ((.member // [])[], (.uniquemember // [])[] | select(. != "") | found($subjects)),
      ((.memberuid // [])[] | found($users)),
      ($joined[.dn[0]] // [])[]
    ] | unique)};

def put(type): {type: type, op: "put", resource: .};

map(select(is_user or is_group)) as $entries
| if any($entries[]; is_user) then . else error("no persons: the search failed, or asked for others") end
| ($entries | map({(.dn[0]): {value: id, type: (if is_group then "Group" else "User" end)}}) | add) as $subjects
# posixGroup names its members by uid.
| ($entries | map(select(.uid and is_user) | {(.uid[0]): {value: id, type: "User"}}) | add) as $users
# Where only the user says so: memberOf.
| ([$entries[] | $subjects[.dn[0]] as $member | .memberof[]? | {group: ., member: $member}] | group_by(.group)
    | map({(.[0].group): map(.member)}) | add) as $joined
| ($entries[] | select(is_user) | user($subjects) | put("User")),
  ($entries[] | select(is_group) | group($subjects; $users; $joined) | put("Group"))

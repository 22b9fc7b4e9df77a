# A Keycloak export to the sender's lines. Run with: jq -cs -f keycloak-scim.jq FILE…
# FILE is any of, in any number and order:
#   realm.json           kc.sh export: one file with users, or a realm file and its …-users-0.json, …-users-1.json, …
#                        kcadm.sh create partial-export: groups, no users
#   users.json           kcadm.sh get users: an array
#   members.jsonl        {"group":ID,"members":[ID,…]} for each group, from kcadm.sh get groups/ID/members
# Credentials, required actions and federated identities are not read. Edit the mapping to your realm's attributes.

def core(name): "urn:ietf:params:scim:schemas:core:2.0:" + name;
def enterprise: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
def attribute(name): (.attributes[name] // [])[0];
def given: with_entries(select(.value != null and .value != [] and .value != {}));
def put(type): {type: type, op: "put", resource: .};

def user:
  ({employeeNumber: attribute("employeeNumber"), department: attribute("department")} | given) as $work
  | {
    schemas: ([core("User")] + if $work == {} then [] else [enterprise] end),
    id: .id,
    userName: .username,
    displayName: ([.firstName, .lastName] | map(values) | if . == [] then null else join(" ") end),
    name: ({givenName: .firstName, familyName: .lastName} | given),
    active: (.enabled != false),
    locale: attribute("locale"),
    emails: [.email | values | {value: ., type: "work", primary: true}],
    phoneNumbers: [attribute("phoneNumber") | values | {value: ., type: "work"}],
    # Roles given to the user directly; those that a group or a composite role brings are not expanded by Keycloak.
    roles: ([(.realmRoles // [])[] | {value: ., type: "realm"}]
      + [(.clientRoles // {}) | to_entries[] | .key as $client | .value[] | {value: ., type: $client}]),
    meta: ({resourceType: "User", created: (.createdTimestamp | if . then . / 1000 | floor | todate else null end)} | given)
  }
  | given + if $work == {} then {} else {(enterprise): $work} end;

def group($members):
  {
    schemas: [core("Group")],
    id: .id,
    externalId: .path,
    displayName: .name,
    members: ([($members[.id] // [])[] | {value: ., type: "User"}] + [(.subGroups // [])[] | {value: .id, type: "Group"}] | unique),
    meta: {resourceType: "Group"}
  };

def groups: .[] | ., ((.subGroups // []) | groups);

map(if type == "array" then {users: .} else . end) as $files
# A client's service account is no person.
| [$files[].users // [] | .[] | select(.serviceAccountClientId == null)] as $users
| [$files[].groups // [] | groups] as $groups
| if $users == [] then error("no users in these files") else . end
| ($groups | map({(.path): .id}) | add) as $ids
| ($users | map({(.id): true}) | add) as $known
# A user of a realm file names its groups by path; a members file says the same the other way round.
| [$files[] | select(has("members"))] as $lists
| ([($users[] | .id as $user | (.groups // [])[] | {group: ($ids[.] // error("no group " + .)), user: $user}),
    ($lists[] | .group as $group | .members[] | select($known[.]) | {group: $group, user: .})]
  | group_by(.group) | map({(.[0].group): map(.user)}) | add) as $members
# No word about a group's members must not come out as "all left".
| (if $users | all(has("groups")) then [] else [$groups[].id] - [$lists[].group] end) as $untold
| if $untold != [] then error("no members for the group " + $untold[0]) else . end
| ($users[] | user | put("User")),
  ($groups[] | group($members) | put("Group"))

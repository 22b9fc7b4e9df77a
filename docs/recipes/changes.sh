#!/bin/sh
# What changed between two whole exports, as the sender's lines: puts of what is new or different, deletes of what is gone.
#   sh changes.sh OLD.jsonl NEW.jsonl >> /var/spool/hr.jsonl
# Refuses when more subjects vanished than MAX_DELETES (default: 100; 0 where NEW is empty): an export that was cut off or
# failed must not delete a site.
set -eu
export LC_ALL=C
old=$1 new=$2
if [ ! -e "$old" ]; then
  echo "changes.sh: $old is not there. The first time give /dev/null, so that everybody is printed." >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Step by step and not in a pipe, so that a failing jq ends this.
jq -cS . "$old" > "$work/old"
jq -cS . "$new" > "$work/new"
for side in old new; do
  sort -u -o "$work/$side" "$work/$side"
  jq -c '{type, op: "delete", id: .resource.id}' "$work/$side" > "$work/$side.ids"
  sort -u -o "$work/$side.ids" "$work/$side.ids"
done
comm -23 "$work/old.ids" "$work/new.ids" > "$work/gone"

gone=$(wc -l < "$work/gone")
if [ -s "$work/new" ]; then default=100; else default=0; fi
if [ "$gone" -gt "${MAX_DELETES:-$default}" ]; then
  echo "changes.sh: $gone subjects are gone from $new. If that is right: MAX_DELETES=$gone sh changes.sh …" >&2
  exit 1
fi
comm -13 "$work/old" "$work/new"
cat "$work/gone"

#!/usr/bin/env bash
# check_docs.sh: every link between documents and every path of the repository that a document or a comment names must exist.
set -euo pipefail
cd "$(dirname "$0")/.."

bad=0
complain() {
  echo "$1: $2 is not in the repository: mend the name, or bring what it means into docs/" >&2
  bad=1
}

# Links: relative to the document they stand in; anchors and addresses are others' business.
while IFS=: read -r file line link; do
  target=${link#*](}
  target=${target%)}
  target=${target%%#*}
  case "$target" in '' | *://* | mailto:*) continue ;; esac
  [ -e "$(dirname "$file")/$target" ] || complain "$file:$line" "$target"
done < <(git grep -noE '\]\([^) ]+\)' -- '*.md')

# Paths by name, from the root or, as includes are, from src/: in documents, sources, scripts and build files.
folders='apps|assets|cmake|deploy|docs|examples|include|scripts|src|tests|tools'
while IFS=: read -r file line path; do
  [ -e "$path" ] || [ -e "$(dirname "$file")/$path" ] || complain "$file:$line" "$path"
done < <(git grep -noE "(^|[^A-Za-z0-9_./{-])($folders)/[A-Za-z0-9_/.-]+\.(md|cpp|hpp|py|sh|cmake|json)\b" -- \
  '*.md' '*.cpp' '*.hpp' '*.h' '*.c' '*.py' '*.sh' '*.txt' '*.cmake' run | sed -E "s/^([^:]+:[0-9]+:)[^A-Za-z]/\1/")

# Documents named in capitals and without a folder: readers look for them at the root. (ASSETS… are MakeHuman's own,
# and every avatar has its ORIGIN.)
while IFS=: read -r file line name; do
  [[ "$name" == ASSETS* || "$name" == ORIGIN.md ]] || [ -e "$name" ] || [ -e "$(dirname "$file")/$name" ] || complain "$file:$line" "$name"
done < <(git grep -noE '\b[A-Z][A-Z_]{3,}\.md\b' -- '*.md' '*.cpp' '*.hpp' '*.h' '*.c' '*.py' '*.sh' '*.txt' '*.cmake' run)
exit $bad

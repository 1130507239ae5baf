#!/usr/bin/env bash
# check_layers.sh: compares every #include "module/…" with what the module's CMakeLists.txt says it USES.
set -euo pipefail
cd "$(dirname "$0")/.."

# A module is a folder with a CMakeLists.txt that says framegen_module; its includes begin with that folder's path below src/.
declare -A uses module_in
while read -r list; do
  module=$(sed -nE 's/^framegen_module\(([a-z_]+).*/\1/p' "$list")
  list_folder=$(dirname "$list")
  module_in[${list_folder#src/}]=$module
  uses[$module]=$(tr '\n' ' ' <"$list" | grep -oE "framegen_module\($module [^)]*\)" | grep -oE 'USES( +[a-z_]+)+' | cut -c5- || true)
done < <(grep -lE '^framegen_module\(' src/*/CMakeLists.txt src/*/*/CMakeLists.txt)

# Sets `found` to the module in whose folder the file lies, PATH below src/; empty: in none.
find_module() {
  local path=$1
  found=
  while [[ "$path" == */* ]]; do
    path=${path%/*}
    found=${module_in[$path]:-}
    [ -z "$found" ] || return 0
  done
}

# All that a module may include: itself and what it uses, directly or through others.
reachable() {
  local seen=" $1 " todo=("$1") next
  while [ ${#todo[@]} -gt 0 ]; do
    next=${todo[0]}
    todo=("${todo[@]:1}")
    for used in ${uses[$next]:-}; do
      [[ "$seen" == *" $used "* ]] || { seen+="$used "; todo+=("$used"); }
    done
  done
  echo "$seen"
}

declare -A allowed
for module in "${!uses[@]}"; do allowed[$module]=$(reachable "$module"); done
bad=0
while IFS=: read -r file line include; do
  find_module "${file#src/}"
  this=$found
  [[ "$include" =~ \"([^\"]+)\" ]] && find_module "${BASH_REMATCH[1]}"
  [ -n "$this" ] && [ -n "$found" ] || continue
  [[ "${allowed[$this]}" == *" $found "* ]] && continue
  echo "$file:$line: $this must not include $found: arrows go down only (docs/architecture.md)" >&2
  bad=1
done < <(grep -rnE '^#include "[a-z_]+/' src --include='*.?pp')
# The command line's render and import are the public API's first clients: they see nothing else of ours.
while IFS=: read -r file line include; do
  echo "$file:$line: $include: only include/framegen may be included here (docs/architecture.md)" >&2
  bad=1
done < <(grep -nE '^#include "(core|kernels|nn|audio|features|avatar|face|generator|sink|quality|pipeline)/' apps/framegen/{render,batch,split,import}.cpp /dev/null 2>/dev/null || true)
exit $bad

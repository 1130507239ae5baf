#!/usr/bin/env bash
# check_layers.sh: compares every #include "module/…" with what the module's CMakeLists.txt says it USES.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A uses
for list in src/*/CMakeLists.txt; do
  module=$(basename "$(dirname "$list")")
  uses[$module]=$(tr '\n' ' ' <"$list" | grep -oE "framegen_module\($module [^)]*\)" | grep -oE 'USES( +[a-z]+)+' | cut -c5- || true)
done

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

bad=0
for module in "${!uses[@]}"; do
  allowed=$(reachable "$module")
  while IFS=: read -r file line include; do
    other=$(sed -E 's/^#include "([a-z]+)\/.*/\1/' <<<"$include")
    [ -n "${uses[$other]+known}" ] || continue
    [[ "$allowed" == *" $other "* ]] && continue
    echo "$file:$line: $module must not include $other: arrows go down only (docs/architecture.md)" >&2
    bad=1
  done < <(grep -rnE '^#include "[a-z]+/' "src/$module" --include='*.?pp' || true)
done
# The command line's render and import are the public API's first clients: they see nothing else of ours.
while IFS=: read -r file line include; do
  echo "$file:$line: $include: only include/framegen may be included here (docs/architecture.md)" >&2
  bad=1
done < <(grep -nE '^#include "(core|kernels|nn|audio|features|avatar|face|generator|sink|quality|pipeline)/' apps/framegen/{render,batch,split,import}.cpp /dev/null 2>/dev/null || true)
exit $bad

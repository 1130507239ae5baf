#!/usr/bin/env bash
# check.sh: what a reader should not have to: format, file sizes, includes that go upwards. --format mends the format.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t sources < <(git ls-files -co --exclude-standard '*.cpp' '*.hpp' '*.h' '*.c')
if [ "${1:-}" = --format ]; then
  clang-format -i "${sources[@]}"
  exit 0
fi
failed=0

# Other releases of clang-format break lines elsewhere: only the floor's own release decides.
if clang-format --version | grep -q 'version 14\.'; then
  clang-format --dry-run -Werror "${sources[@]}" || { echo "format: run ./run format" >&2; failed=1; }
else
  echo "format: not checked, clang-format 14 decides and this is $(clang-format --version)"
fi

while read -r lines file; do
  [ "$file" = total ] || [ "$lines" -le 500 ] || { echo "$file: $lines lines, at most 500: split it" >&2; failed=1; }
done < <(printf '%s\0' "${sources[@]}" | xargs -0 wc -l)

# Newer standard libraries bring no <cstdint> in with the others, the floor's does: it could not be missed there.
for file in $(git ls-files -co --exclude-standard '*.hpp' | xargs grep -lE '\bu?int(8|16|32|64)_t\b' | xargs grep -L '#include <cstdint>'); do
  echo "$file: names an integer of <cstdint> without including it" >&2
  failed=1
done

# Likewise <algorithm>, which the floor's <functional> brings in.
algorithms='std::(ranges::)?(find|find_if|sort|stable_sort|any_of|all_of|none_of|count|count_if|copy|copy_n|copy_if|fill|fill_n|equal|transform|replace_if|remove_if|unique|reverse|rotate|lower_bound|upper_bound|max_element|min_element|shuffle|nth_element|clamp|min|max|search|mismatch)\('
for file in $(printf '%s\n' "${sources[@]}" | grep -E '\.[ch]pp$' | grep -v '^examples/' | xargs grep -lE "$algorithms" | xargs grep -L '#include <algorithm>'); do
  if [ -f "${file%.cpp}.hpp" ] && grep -q '#include <algorithm>' "${file%.cpp}.hpp"; then continue; fi
  echo "$file: names an algorithm without including <algorithm>" >&2
  failed=1
done

scripts/check_layers.sh || failed=1
# The workflows, where the tool is there: https://github.com/rhysd/actionlint
if command -v actionlint >/dev/null; then actionlint || failed=1; fi
scripts/check_docs.sh || failed=1
exit $failed

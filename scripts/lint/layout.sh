# Checks of the files themselves: their length, tabs, and whether shell scripts parse.

# Tracked files and new ones that git does not ignore, without deleted ones.
source_files() {
  git ls-files --cached --others --exclude-standard -- "$@" | sort -u | while IFS= read -r file; do
    [ ! -f "$file" ] || [ -L "$file" ] || echo "$file"
  done
}

# What programs wrote or what is frozen: expected outputs, released upgrade scripts, data.
without_generated() {
  grep -Ev '^(target/|tests/(regress|isolation)/expected/|sql/upgrades/|tests/data/|data/)' || true
}

# 250 lines: a file that is read in one go.
check_file_length() {
  local file lines found=0
  while IFS= read -r file; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 250 ]; then
      echo "$file has $lines lines; split it (at most 250)"
      found=1
    fi
  done < <(source_files '*.rs' '*.sql' '*.sh' '*.py' '*.html' '*.js' | without_generated)
  return "$found"
}

check_tabs() {
  local file found=0
  while IFS= read -r file; do
    # -I: nothing is found in a binary file.
    if grep -HInP '\t' "$file" | head -n 3; then found=1; fi
  done < <(source_files | without_generated | grep -v '^Makefile$')
  return "$found"
}

# The program shellcheck is optional: the project needs it for nothing else.
check_shell() {
  local file found=0 files
  mapfile -t files < <(source_files '*.sh' .ci/run)
  for file in "${files[@]}"; do
    bash -n "$file" || found=1
  done
  if command -v shellcheck >/dev/null; then
    # Below the severity `warning` opinions begin. SC1091: sourced files are checked by themselves. SC2034: their variables are
    # used by whoever sources them. SC2046, SC2048: lists of names are split on purpose.
    shellcheck --shell=bash --severity=warning --exclude=SC1091,SC2034,SC2046,SC2048 "${files[@]}" || found=1
  fi
  return "$found"
}

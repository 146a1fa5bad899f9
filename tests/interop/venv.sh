#!/usr/bin/env bash
# Makes the virtual environment with upstream's package that the tests here talk to, unless it is there already.
#
#   tests/interop/venv.sh DIRECTORY
set -euo pipefail
requirements="$(dirname "${BASH_SOURCE[0]}")/requirements.txt"
venv=$1

# Upstream asks for Python 3.12. Where there is none, an older one does as well.
python=python3
for candidate in python3.12 python3.13 python3.14 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9].*/bin/python3 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# Written last, so that an environment that was left half made is made again.
made=$venv/made-of
wanted=$("$python" --version && cat "$requirements")
if [ -f "$made" ] && [ "$(cat "$made")" = "$wanted" ]; then
    exit
fi
echo "making $venv with Python $version"

# Debian has what makes environments in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    sudo=$(command -v sudo || true)
    $sudo apt-get update -qq && $sudo apt-get install -y -qq "python$version-venv"
fi

options=()
if "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 12))'; then
    options+=(--ignore-requires-python)
fi
"$python" -m venv --clear "$venv"
# The list is complete, so nothing else is brought in.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "${options[@]}" -r "$requirements"
echo "$wanted" >"$made"

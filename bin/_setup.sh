# shellcheck shell=sh
# Sourced by bin/zconsole and bin/test, with $root set to the checkout. POSIX sh.
#
# `set_up NAME SPEC` makes sure that $root/.venv holds an editable installation of SPEC ("." or ".[test]").
# When that is so, nothing is started: the file .venv/.installed-NAME is newer than setup.cfg and
# pyproject.toml and names this folder (a moved checkout has a useless .venv). A .venv without any such file is
# half made and is built anew. Only one process at a time builds; the others wait for it.

set_up() {
    is_set_up "$1" && return
    lock=$root/.venv.lock
    take_lock
    trap 'drop_lock' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    is_set_up "$1" || build "$1" "$2"
    drop_lock
    trap - EXIT HUP INT TERM
}

is_set_up() {
    stamp=$root/.venv/.installed-$1
    [ -f "$stamp" ] && [ -x "$root/.venv/bin/python" ] || return 1
    [ "$root/setup.cfg" -nt "$stamp" ] || [ "$root/pyproject.toml" -nt "$stamp" ] && return 1
    IFS= read -r place <"$stamp" && [ "$place" = "$root" ]
}

build() {
    stamp=$root/.venv/.installed-$1
    if ! is_whole; then
        find_python
        say "making .venv with $python (once)"
        log=$root/.venv.log
        "$python" -m venv --clear "$root/.venv" >"$log" 2>&1 || failed "making the virtual environment"
        mv -f "$log" "$root/.venv/venv.log"
    fi
    say "installing zconsole into .venv"
    log=$root/.venv/install.log
    # written before, put in place after: a change of setup.cfg in between is seen the next time
    printf '%s\n' "$root" >"$stamp.new"
    (cd "$root" && .venv/bin/python -m pip install -q --disable-pip-version-check -e "$2") >"$log" 2>&1 ||
        failed "pip install -e '$2'"
    # an editable installation leaves out data files, so the kernelspec is linked
    mkdir -p "$root/.venv/share/jupyter/kernels"
    ln -sfn "$root/share/jupyter/kernels/zconsole" "$root/.venv/share/jupyter/kernels/zconsole"
    mv -f "$stamp.new" "$stamp"
}

# Did an installation here once succeed, in this place, and does its Python still run?
is_whole() {
    for done in "$root"/.venv/.installed-zconsole "$root"/.venv/.installed-test; do
        [ -f "$done" ] && IFS= read -r place <"$done" && [ "$place" = "$root" ] &&
            is_new_enough "$root/.venv/bin/python" && return
    done
    return 1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        python=$PYTHON
        is_new_enough "$python" || die "\$PYTHON is '$PYTHON', which is not a Python of 3.11 or newer"
        return
    fi
    for python in python3.13 python3.12 python3.11 python3; do
        is_new_enough "$python" && return
    done
    die "no Python of 3.11 or newer on PATH (looked for python3.13, 3.12, 3.11, python3);" \
        "install one, or set PYTHON=/path/to/python"
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# mkdir either makes the folder or fails, so one process has the lock. Its owner is in there: "pid host".
take_lock() {
    told= tries=0
    until mkdir "$lock" 2>/dev/null; do
        [ -d "$lock" ] || [ -w "$root" ] || die "cannot write to $root"
        tries=$((tries + 1))
        if owner_is_gone; then
            break_lock
            continue
        fi
        [ -n "$told" ] || say "another start is installing (process ${owner:-unknown}); waiting for it"
        told=yes
        [ $tries -lt 600 ] || die "still locked after ten minutes; if nothing is installing, remove $lock"
        sleep 1
    done
    printf '%s %s\n' "$$" "$(uname -n)" >"$lock/owner"
}

drop_lock() {
    rm -rf "$lock"
}

# A process of another host cannot be asked. No owner at all for three seconds: it died in between.
owner_is_gone() {
    owner= host=
    if [ -f "$lock/owner" ]; then read -r owner host <"$lock/owner" || :; fi
    if [ -z "$owner" ]; then
        [ $tries -gt 3 ]
    else
        [ "$host" = "$(uname -n)" ] && ! kill -0 "$owner" 2>/dev/null
    fi
}

# Two may find the same dead owner: the second mkdir decides who clears away, and he looks once more.
break_lock() {
    if mkdir "$lock/breaking" 2>/dev/null; then
        if owner_is_gone; then rm -rf "$lock"; else rmdir "$lock/breaking"; fi
    else
        [ $tries -lt 600 ] || die "cannot clear the stale lock; remove $lock"
        sleep 1
    fi
}

failed() {
    say "$1 failed; the last lines of $log:"
    tail -n 15 "$log" >&2
    exit 1
}

say() {
    printf 'zconsole: %s\n' "$*" >&2
}

die() {
    say "$@"
    exit 1
}

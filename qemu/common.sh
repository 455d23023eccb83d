# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the shell tools of this directory share. Sourced, never run.

# shellcheck disable=SC2034  # used by those who source this
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(realpath -ms "${BUILD:-$top/build}")
# Each series of the kernel but the first one has a build directory of its own.
series=${KERNEL:-6.12}
[[ $series == 6.12 ]] || build+=/$series

say() { printf '%s\n' "$*" >&2; }

die() {
	say "error: $*"
	exit 1
}

[[ $series == 6.12 || $series == 7.3 ]] || die "there is no KERNEL=$series here, only 6.12 and 7.3"

# cached COMPILER: what make is to call: through ccache, if there is one.
cached() {
	! command -v ccache >/dev/null || printf 'ccache '
	echo "$1"
}

# bring MODULES KERNEL FOLDER: their source to FOLDER, where they are built. "prepare" among it does that, if
# it takes more than a copy.
bring() {
	if [[ -e $1/prepare ]]; then
		"$1/prepare" "$2" "$3"
	else
		mkdir -p "$3"
		cp -u "$1"/* "$3/"
	fi
}

# logged LABEL LOG COMMAND...: run a long command with its output in LOG. A line with the elapsed
# time and what the log says now comes every few seconds, and the end of the log if it fails, with what helps.
logged() {
	local label=$1 log=$2 start=$SECONDS pid rc=0
	shift 2
	mkdir -p "$(dirname "$log")"
	# A process group of its own, to end all of it when the user has had enough.
	set -m
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	set +m
	# shellcheck disable=SC2064  # this pid
	trap "kill -- -$pid 2>/dev/null; exit 130" INT TERM HUP
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.2
		((++ticks % ${PROGRESS_TICKS:-50})) || progress "$label" "$start" "$log"
	done
	wait "$pid" || rc=$?
	trap - INT TERM HUP
	if ((rc)); then
		say "--- the end of $log"
		tail -n 30 "$log" >&2
		advise "$log"
		say "error: $label failed after $((SECONDS - start)) s, log in $log"
		return "$rc"
	fi
	say "$(printf '%4d s  %s: done' $((SECONDS - start)) "$label")"
}

# advise LOG: what to do about failures of the machine, whose programs do not say it.
advise() {
	if grep -qE 'Failed to fetch|Temporary failure resolving|(Could not|Unable to) connect' "$1"; then
		say "A Debian mirror did not answer: check the network, and the sources and the proxy of apt."
	elif grep -q 'No space left on device' "$1"; then
		say "A disk is full: make room, or give a folder on another one: make ... BUILD=/path/to/folder"
	fi
}

ticks=0
# What make says of a step: a line that begins with one of these words
make_step='(CC|LD|AS|AR|HOSTCC|GEN)( \[M\])? '

# steps LOG: how many steps a build or an installation has done, and has to do in all: 0 if the log does not say.
# apt has three for each package, or one if it only downloads; a build writes a line "steps: NUMBER".
steps() {
	awk -v step="^ *$make_step" '
	/^steps: / { total += $2 }
	/^steps a package: / { each = $4 }
	/ newly installed, / {
		if (!total)
			done = 0	# the package lists came before
		total += ($1 + $3) * (each ? each : 3)
	}
	$0 ~ step || /^(Get:|Unpacking |Setting up )/ { done++ }
	END { print done + 0, total + 0 }' "$1"
}

# remaining DONE TOTAL SECONDS: words on the steps, and on the time that is left if the others take as long.
remaining() {
	local left
	if (($2 < $1 || $2 == 0)); then
		printf '%d steps' "$1"
		return
	fi
	printf '%d of %d steps' "$1" "$2"
	(($1 * 20 >= $2)) || return 0
	left=$(($3 * ($2 - $1) / $1))
	if ((left < 90)); then printf ', about %d s left' "$left"; else printf ', about %d min left' $(((left + 30) / 60)); fi
}

progress() {
	local past total elapsed=$((SECONDS - $2))
	read -r past total < <(steps "$3")
	say "$(printf '%4d s  %s: %s; now: %.60s' "$elapsed" "$1" "$(remaining "$past" "$total" "$elapsed")" \
		"$(tail -n 1 "$3" | tr -s ' ')")"
}

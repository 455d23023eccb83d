# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Functions and variables of the shell tools in this directory, which source this file.

# shellcheck disable=SC2034  # used by those who source this
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(realpath -ms "${BUILD:-$top/build}")
# Linux 6.12 uses the build directory itself, every other kernel series a subdirectory.
series=${KERNEL:-6.12}
[[ $series == 6.12 ]] || build+=/$series

say() { printf '%s\n' "$*" >&2; }

die() {
	say "error: $*"
	exit 1
}

# The columns of the file "series"
declare -A source_suites all_suites
while read -r name source all; do
	source_suites[$name]=${source//,/ }
	all_suites[$name]=${all//,/ }
done < <(grep -v '^#' "$top/qemu/series")
unset name source all
[[ ${all_suites[$series]+known} ]] ||
	die "there is no KERNEL=$series here, only $(printf '%s\n' "${!all_suites[@]}" | sort -V | paste -sd' ')"

# cached COMPILER: print the compiler for make's CC. It is called through ccache if ccache is installed.
cached() {
	! command -v ccache >/dev/null || printf 'ccache '
	echo "$1"
}

# bring MODULES KERNEL FOLDER: put the source of modules into FOLDER, where they are built. If the source has a
# script "prepare", that script does it; otherwise the files are copied.
bring() {
	if [[ -e $1/prepare ]]; then
		"$1/prepare" "$2" "$3"
	else
		mkdir -p "$3"
		cp -u "$1"/* "$3/"
	fi
}

# logged LABEL LOG COMMAND...: run a long command and write its output to LOG. Every few seconds, print the elapsed
# time and the last line of LOG. If the command fails, print the end of LOG and advice.
logged() {
	local label=$1 log=$2 start=$SECONDS pid rc=0
	shift 2
	mkdir -p "$(dirname "$log")"
	# The command gets its own process group, so that an interrupt ends all of its processes.
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

# advise LOG: print how to fix failures of network and disk, if LOG shows one
advise() {
	if grep -qE 'Failed to fetch|Temporary failure resolving|(Could not|Unable to) connect' "$1"; then
		say "A Debian mirror did not answer: check the network, and the sources and the proxy of apt."
	elif grep -q 'No space left on device' "$1"; then
		say "A disk is full: make room, or give a folder on another one: make ... BUILD=/path/to/folder"
	fi
}

ticks=0
# make prints a line for each step. The line begins with one of these words.
make_step='(CC|LD|AS|AR|HOSTCC|GEN)( \[M\])? '

# steps LOG: print the number of steps that a build or an installation has done, and the total number of steps. The
# total is 0 if LOG does not have it. apt takes three steps for each package, or one if it only downloads. A build
# writes a line "steps: NUMBER".
steps() {
	awk -v step="^ *$make_step" '
	/^steps: / { total += $2 }
	/^steps a package: / { each = $4 }
	/ newly installed, / {
		if (!total)
			done = 0	# do not count package lists
		total += ($1 + $3) * (each ? each : 3)
	}
	$0 ~ step || /^(Get:|Unpacking |Setting up )/ { done++ }
	END { print done + 0, total + 0 }' "$1"
}

# remaining DONE TOTAL SECONDS: print the steps and the estimated time that is left, if there are steps. The estimate
# assumes that all steps take the same time.
remaining() {
	local left
	if (($2 < $1 || $2 == 0)); then
		(($1 == 0)) || printf '%d steps; ' "$1"
		return
	fi
	printf '%d of %d steps' "$1" "$2"
	if (($1 * 20 >= $2)); then
		left=$(($3 * ($2 - $1) / $1))
		if ((left < 90)); then printf ', about %d s left' "$left"; else printf ', about %d min left' $(((left + 30) / 60)); fi
	fi
	printf '; '
}

progress() {
	local past total elapsed=$((SECONDS - $2))
	read -r past total < <(steps "$3")
	say "$(printf '%4d s  %s: %snow: %.60s' "$elapsed" "$1" "$(remaining "$past" "$total" "$elapsed")" \
		"$(tail -n 1 "$3" | tr -s ' ')")"
}

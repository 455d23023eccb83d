# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Load every module with KUnit suites that there is, or those of MODULES=NAME,NAME on the kernel's
# command line: they run as they are loaded. The host tells them apart by these lines. Those of the
# registry come first, while there are numbers that no format has taken.
#
# With CHECK=1 the checker is loaded. The suites make wrong calls on purpose, which formats refuse: these are
# not reported then. The suites of registry and self-test have formats that make no page tables, and look at
# who has made a table: the checker leaves them alone. Its own suite brings the checker along, and an
# implementation of LPAE that is better than the real one, but for its faults: they leave before the next suites.

. ./lib.sh
. ./leaks-lib.sh

# The suites make allocations fail by current->fail_nth: any of them, and without a word.
for folder in /sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc; do
	[ -d "$folder" ] || continue
	echo 0 >"$folder/verbose"
	echo N >"$folder/ignore-gfp-wait"
done
[ ! -d "$folder" ] || echo 0 >"$folder/min-order"

all_modules() {
	find /lib/modules -path '*/io-pgtable/kunit/*-kunit.ko' -o -name arm-smmu-v3-test.ko |
		sed 's,.*/,,; s,\.ko$,,' | sort -r
}

checker=/sys/module/io_pgtable_check/parameters

# Its parameters, as the module's suites need them
set_checker() {
	local misuse=N formats=
	case $1 in
	io-pgtable-check-kunit) misuse=Y ;;
	io-pgtable-registry-kunit | io-pgtable-format-selftest-kunit | io-pgtable-implementations-kunit | \
		io-pgtable-tables-kunit | io-pgtable-trace-kunit | io-pgtable-faults-kunit)
		formats=no_format
		;;
	esac
	echo $misuse >$checker/misuse
	echo $formats >$checker/formats
}

check_suite_leaves() {
	rmmod io_pgtable_check_kunit io_pgtable_faulty
	[ -n "$CHECK" ] || rmmod io_pgtable_check
}

for module in $(echo "${MODULES:-$(all_modules)}" | tr , ' '); do
	say "kunit module begins: $module"
	status=0
	[ -z "$CHECK" ] || set_checker "$module"
	modprobe "$module" || status=$?
	say "kunit module ends: $module, modprobe status $status"
	[ "$module" != io-pgtable-check-kunit ] || check_suite_leaves
done
if grep -q kmemleak=on /proc/cmdline; then
	find_leaks >/dev/kmsg
fi
say "kunit: all modules done"

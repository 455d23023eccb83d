# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Loads all modules with KUnit suites, or the modules of MODULES=NAME,NAME on the kernel's command line. Suites
# run when their module is loaded. Lines before and after each module separate the suites for the host. The
# registry's suites run first, because they need format numbers that no format uses yet.
#
# With CHECK=1 the checker is loaded. Suites make wrong calls on purpose, and the checker must not report these.
# Some suites, such as the registry's, have formats without page tables, or test which implementation made a
# table: the checker checks no tables of these suites. The checker's own suite loads the checker and a faulty
# implementation of LPAE with a higher priority. Both are unloaded before the next suites run.

. ./lib.sh
. ./leaks-lib.sh

# Suites make allocations fail with current->fail_nth. Any allocation may fail, and failures are not logged.
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

# set_checker MODULE: set the checker's parameters as the module's suites need them
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

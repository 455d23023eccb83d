# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Load every module with KUnit suites that there is, or those of MODULES=NAME,NAME on the kernel's
# command line: they run as they are loaded. The host tells them apart by these lines. Those of the
# registry come first, while there are numbers that no format has taken.

. ./lib.sh

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

for module in $(echo "${MODULES:-$(all_modules)}" | tr , ' '); do
	say "kunit module begins: $module"
	status=0
	modprobe "$module" || status=$?
	say "kunit module ends: $module, modprobe status $status"
done
if grep -q kmemleak=on /proc/cmdline; then
	echo scan >/sys/kernel/debug/kmemleak
	sleep 6 # kmemleak does not suspect what is younger than 5 s
	echo scan >/sys/kernel/debug/kmemleak
	cat /sys/kernel/debug/kmemleak >/dev/kmsg
fi
say "kunit: all modules done"

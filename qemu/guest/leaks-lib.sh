# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Functions that find leaks. They need the kernel options of COUNTING in scenarios.py. Sourced after lib.sh.

# Prints the active objects of each slab cache, after caches are dropped and RCU has freed its objects. Shrinking
# a cache also frees the objects that KASAN keeps after they are freed. kmemleak's own cache is left out, because
# it has an object for each object of all other caches.
slabs() {
	local cache
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	for cache in /sys/kernel/slab/*/shrink; do
		echo 1 >"$cache"
	done
	awk '!/^(slabinfo|#|kmemleak_object)/ { print $1, $2 }' /proc/slabinfo | sort
}

# grown N: print the caches that gained N objects or more between /tmp/before and /tmp/after
grown() {
	awk -v least="$1" 'NR == FNR { before[$1] = $2; next }
		$2 - before[$1] >= least { print $1 " " before[$1] " -> " $2 }' /tmp/before /tmp/after
}

# no_growth N: no cache gained N objects or more
no_growth() {
	[ -s /tmp/before ] && [ -s /tmp/after ] && [ -z "$(grown "$1")" ]
}

# Prints the number of pages that page tables use.
iommu_pages() {
	echo 1 >/proc/sys/vm/stat_refresh
	sed -n 's/^nr_iommu_pages //p' /proc/vmstat
}

# Prints kmemleak's reports.
find_leaks() {
	echo scan >/sys/kernel/debug/kmemleak
	sleep 6 # kmemleak ignores objects that are younger than 5 s
	echo scan >/sys/kernel/debug/kmemleak
	cat /sys/kernel/debug/kmemleak
}

# no_leaks: one verdict: kmemleak reports nothing
no_leaks() {
	local leaks line
	leaks=$(find_leaks)
	expect "kmemleak finds nothing" \
		"unreferenced objects: $(echo "$leaks" | grep -c 'unreferenced object')" [ -z "$leaks" ]
	echo "$leaks" | head -n 100 | while IFS= read -r line; do
		[ -z "$line" ] || say "$line"
	done
}

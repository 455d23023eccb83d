# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Looking for what is left behind, in kernels that count (scenarios.py: COUNTING). Sourced after lib.sh.

# Active objects of each slab cache, once what can be given back is, and what RCU will free is freed.
# kmemleak has one for each of the others' together.
slabs() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	awk '!/^(slabinfo|#|kmemleak_object)/ { print $1, $2 }' /proc/slabinfo | sort
}

# grown N: the caches that have gained N objects or more, between /tmp/before and /tmp/after.
grown() {
	awk -v least="$1" 'NR == FNR { before[$1] = $2; next }
		$2 - before[$1] >= least { print $1 " " before[$1] " -> " $2 }' /tmp/before /tmp/after
}

# no_growth N: no cache has gained N objects.
no_growth() {
	[ -s /tmp/before ] && [ -s /tmp/after ] && [ -z "$(grown "$1")" ]
}

# Pages of page tables
iommu_pages() {
	echo 1 >/proc/sys/vm/stat_refresh
	sed -n 's/^nr_iommu_pages //p' /proc/vmstat
}

# What kmemleak has found
find_leaks() {
	echo scan >/sys/kernel/debug/kmemleak
	sleep 6 # kmemleak does not suspect what is younger than 5 s
	echo scan >/sys/kernel/debug/kmemleak
	cat /sys/kernel/debug/kmemleak
}

# no_leaks: one verdict
no_leaks() {
	local leaks line
	leaks=$(find_leaks)
	expect "kmemleak finds nothing" \
		"unreferenced objects: $(echo "$leaks" | grep -c 'unreferenced object')" [ -z "$leaks" ]
	echo "$leaks" | head -n 100 | while IFS= read -r line; do
		[ -z "$line" ] || say "$line"
	done
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Traces all events while the format's module is loaded late, the NVMe reads, and devices of a devicetree are bound
# and unbound. Each event must have the right fields.
. ./lib.sh
. ./consumers-lib.sh

tracing=/sys/kernel/tracing
module=io_pgtable_acme_two_level

# traced EVENT [PATTERN]: print the events of this name whose whole text matches the pattern
traced() {
	grep -E "io_pgtable_$1: ${2:-.*}\$" $tracing/trace
}

# shown EVENT [PATTERN]: print the same events without task and time
shown() {
	traced "$@" | sed -E 's/^.*[0-9]: (io_pgtable_)/\1/'
}

count() {
	traced "$@" | wc -l
}

# one_event NAME EVENT PATTERN: one verdict: at least one event matches
one_event() {
	local name=$1
	shift
	expect "$name" "$(shown "$@" | head -n 1)" [ "$(count "$@")" -gt 0 ]
}

# first EVENT PATTERN: print the line number of the first event that matches
first() {
	grep -n -E -m 1 "io_pgtable_$1: $2\$" $tracing/trace | cut -d : -f 1
}

# in_order LINE...: each line number exists and is greater than the one before
in_order() {
	local line last=0
	for line in "$@"; do
		[ "${line:-0}" -gt "$last" ] || return
		last=$line
	done
}

# Prints the number of the table with most traced maps.
busiest_table() {
	traced map | sed -E 's/.*table ([0-9]+):.*/\1/' | sort | uniq -c | sort -n | tail -n 1 | awk '{ print $2 }'
}

# audit TABLE: check the maps and unmaps of a table page by page. No page may be mapped twice or unmapped without
# being mapped, and sizes must agree with results. The events in the file are sorted by time.
audit() {
	awk -v table="$1" '
	function complain() { bad++; if (bad < 4) print "wrong: " $0 }
	!/io_pgtable_(map|unmap): / { next }
	{
		for (i = 1; i < NF; i++) {
			key = $i
			value = $(i + 1)
			gsub(/[:,]/, "", value)
			v[key] = value
		}
		if (v["table"] != table)
			next
		iova = v["iova"] + 0
		size = v["size"] + 0
		if (v["pgsize"] * v["pgcount"] != size || size == 0)
			complain()
	}
	/io_pgtable_map: / {
		maps++
		bytes += size
		if (v["mapped"] != size || $NF != 0)
			complain()
		for (page = iova; page < iova + size; page += 4096) {
			if (page in there)
				complain()
			there[page] = 1
		}
	}
	/io_pgtable_unmap: / {
		unmaps++
		gone += size
		if (v["unmapped"] != size)
			complain()
		for (page = iova; page < iova + size; page += 4096) {
			if (!(page in there))
				complain()
			delete there[page]
		}
	}
	END { printf "maps: %d of %d bytes, unmaps: %d of %d bytes, wrong: %d\n", maps, bytes, unmaps, gone, bad }
	' $tracing/trace
}

bytes_mapped() {
	audit "$1" | sed -nE 's/.*maps: [0-9]+ of ([0-9]+) bytes, un.*/\1/p'
}

bytes_unmapped() {
	audit "$1" | sed -nE 's/.*unmaps: [0-9]+ of ([0-9]+) bytes.*/\1/p'
}

both_are_freed() {
	[ "$(count free "table 0: .*")" -gt 0 ] &&
		[ "$(count free "table 0: .*")" = "$(count free "table [1-9][0-9]*: .* module io_pgtable_check .*")" ]
}

# Prints the events that are traced while a command runs, for readers of the demo.
show_events_of() {
	local line before
	before=$(grep -c io_pgtable_ $tracing/trace)
	say "# $*"
	"$@" 2>/tmp/dd
	grep io_pgtable_ $tracing/trace | tail -n +$((before + 1)) | sed -E 's/^.*[0-9]: (io_pgtable_)/\1/' |
		while IFS= read -r line; do
			say "#   $line"
		done
}

clear_trace() {
	: >$tracing/trace
}

smmu_waits() {
	has ARM_64_LPAE "$(deferred)"
}

plan 36

mount -t tracefs tracefs $tracing
events=$(cd $tracing/events/io_pgtable && echo io_pgtable_*)
expect "there are ten events" "$events" [ "$(echo "$events" | wc -w)" = 10 ]
echo 8192 >$tracing/buffer_size_kb
echo 1 >$tracing/events/io_pgtable/enable

# --- formats that are missing
wait_for 5 smmu_waits
echo "$smmu" >/sys/bus/platform/drivers_probe
one_event "the SMMU's probe is deferred" defer "format ARM_64_LPAE_S[12] device $smmu"
modprobe io-pgtable-consumer
one_event "so are those of devices" defer "format ARM_64_LPAE_S1 device consumer-lpae"
one_event "a format that is not configured is absent" absent "format AMD_IOMMU_V1 device consumer-amd"
expect "no other format is absent, and nothing else has happened" \
	"events: $(grep -c io_pgtable_ $tracing/trace), $(count defer) deferred, $(count absent) absent" \
	[ "$(grep -c io_pgtable_ $tracing/trace)" = $(($(count defer) + $(count absent 'format AMD.*'))) ]

# --- the format arrives
modules_arrive
modprobe io-pgtable-arm-lpae
wait_for 20 smmu_and_nvme_work
wait_for 5 bound consumer-lpae
expect "each format of the module registers" "$(shown register "format (.*) module $format .*" | cut -d' ' -f3 | sort)" \
	[ "$(count register "format ARM_(32|64)_LPAE_S[12] module $format priority 0: 0")" = 4 ]
one_event "the SMMU's driver pins it" pin "table 0: format ARM_64_LPAE_S[12] module $format device $smmu: by driver"
one_event "a table of the SMMU pins it" pin "table [1-9].*: format ARM_64_LPAE_S[12] module $format device $smmu: by table"
one_event "a table of the SMMU is allocated" alloc "table [1-9].*: format ARM_64_LPAE_S[12] module $format device $smmu: 0"
expect "deferral, registration, pins, table and map come in this order" "$(grep -c io_pgtable_ $tracing/trace) events" \
	in_order "$(first defer "format ARM_64_LPAE_S[12] device $smmu")" \
	"$(first register "format ARM_64_LPAE_S1 module $format .*")" \
	"$(first pin "table 0: .* device $smmu: by driver")" \
	"$(first pin "table [1-9].* device $smmu: by table")" \
	"$(first alloc "table [1-9].* device $smmu: 0")" \
	"$(first map "table $(busiest_table): .*")"

# --- a table of a driver whose calls are known
table=$(traced alloc ".* device consumer-lpae: 0" | sed -E 's/.*table ([0-9]+):.*/\1/')
expect "the device has a table of its own" "table $table" [ "${table:-0}" -gt 0 ]
one_event "it maps a page" map \
	"table $table: iova 0x101000 paddr 0x1010000 size 4096 pgsize 4096 pgcount 1 prot read\|write: mapped 4096, 0"
one_event "and a block of pages" map \
	"table $table: iova 0x200000 paddr 0x1010000 size 2097152 pgsize 4096 pgcount 512 prot read: mapped 2097152, 0"
one_event "the block is unmapped as a whole" unmap \
	"table $table: iova 0x200000 size 2097152 pgsize 2097152 pgcount 1: unmapped 2097152"
one_event "and walks to its table are invalidated" flush_walk "table $table: iova 0x200000 size 2097152 granule 4096"
expect "walks are invalidated before the unmap returns" "flush_walk, unmap" \
	in_order "$(first flush_walk "table $table: iova 0x200000 .*")" "$(first unmap "table $table: iova 0x200000 .*")"
one_event "a table that is refused has its error" alloc \
	"table 0: format acme,two-level module $module device consumer-stale: -22"
echo consumer-lpae >$driver/unbind
one_event "the page is unmapped" unmap "table $table: iova 0x101000 size 4096 pgsize 4096 pgcount 1: unmapped 4096"
one_event "the table is freed" free "table $table: format ARM_64_LPAE_S1 module $format device consumer-lpae"

# --- the NVMe
before=$(bytes_mapped "$(busiest_table)")
dd if=/dev/nvme0n1 of=/dev/null bs=1M count=4 iflag=direct 2>/tmp/dd
table=$(busiest_table)
expect "the NVMe's table is one of the SMMU's" "table $table" \
	[ "$(count alloc "table $table: format ARM_64_LPAE_S[12] module $format device $smmu: 0")" = 1 ]
read=$(($(bytes_mapped "$table") - ${before:-0}))
expect "reading 4 MiB maps as much" "$read bytes" within $read $((4 << 20)) $((5 << 20))
expect "and unmaps as much" "$(bytes_unmapped "$table") bytes" [ "$(bytes_unmapped "$table")" -ge $((4 << 20)) ]
show_events_of dd if=/dev/nvme0n1 of=/dev/null bs=4k count=1 skip=5 iflag=direct
remove_pci_devices
expect "each unmap is of what a map has mapped" "$(audit "$table")" has "wrong: 0" "$(audit "$table")"
one_event "the NVMe is removed: its table is freed" free \
	"table $table: format ARM_64_LPAE_S[12] module $format device $smmu"
expect "a table is not used after that" "table $table" \
	[ "$(first free "table $table: .*")" -gt "$(grep -n -E "map: table $table: " $tracing/trace | tail -n 1 | cut -d : -f 1)" ]

# --- modules are unloaded
rmmod $module
one_event "a module that is unloaded unregisters" unregister "format acme,two-level module $module priority 0: 0"

# --- a table on top of another one
clear_trace
modprobe io-pgtable-check
rescan_pci
one_event "the checker registers for every format" register "format \* module io_pgtable_check priority [0-9]+: 0"
one_event "it makes the NVMe's next table" alloc \
	"table [1-9].*: format ARM_64_LPAE_S[12] module io_pgtable_check device $smmu: 0"
one_event "the table below it has no number" alloc "table 0: format ARM_64_LPAE_S[12] module $format device $smmu: 0"
remove_pci_devices
expect "both are freed" "$(shown free)" both_are_freed
rmmod io_pgtable_check
one_event "the checker unregisters" unregister "format \* module io_pgtable_check .*: 0"
rescan_pci

# --- with the commands of administrators.rst
while [ ! -e /tmp/report.done ]; do
	dd if=/dev/nvme0n1 of=/dev/null bs=64k count=4 iflag=direct 2>/tmp/dd
done &
sh -e ./page.sh >/tmp/report 2>&1
: >/tmp/report.done
wait
expect "the page's commands: trace-cmd reports maps" \
	"$(grep -c . /tmp/report) lines: $(grep -m 1 io_pgtable_map: /tmp/report || tail -n 3 /tmp/report)" \
	grep -q -E "io_pgtable_map: +table [0-9]+: iova 0x[0-9a-f]+ .* prot .*(read|write).*: mapped [0-9]+, 0" /tmp/report

# --- turned off
echo 0 >$tracing/events/io_pgtable/enable
clear_trace
io "nothing is traced any more" 4
expect "no event is traced when none is enabled" "events: $(grep -c io_pgtable_ $tracing/trace)" \
	[ "$(grep -c io_pgtable_ $tracing/trace)" = 0 ]
expect "no event was lost" "overruns: $(cat $tracing/per_cpu/cpu*/stats | grep -E '^overrun')" \
	lacks "overrun: [1-9]" "$(cat $tracing/per_cpu/cpu*/stats)"
no_faults

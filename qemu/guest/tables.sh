# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Page tables in debugfs. The files of the NVMe's table must agree with each other. Then hostile readers read
# the files, readers read while the disk works, and a table is freed while a file is open.
. ./lib.sh

tables=/sys/kernel/debug/io-pgtable/tables

# folder_of DEVICE: print the folder of the device's table
folder_of() {
	grep -l "^device: *$1," $tables/*/info | sed 's,/info$,,' | tail -n 1
}

has_table() {
	[ -n "$(folder_of "$smmu")" ]
}

# value KEY: print a value of the file info
value() {
	sed -n "s/^$1: *//p" "$table/info"
}

# Prints the number of bytes in the ranges of "map".
mapped_bytes() {
	local range first last total=0
	while read -r range _; do
		[ "${range#\#}" = "$range" ] || continue
		first=${range%-*}
		last=${range#*-}
		total=$((total + last - first + 1))
	done
	echo $total
}

leaves_of_4k() {
	sed -n 's/^leaves of 4K *\([0-9]*\),.*/\1/p' "$table/info"
}

# Prints the number of descriptors that are in use at the last level.
used_pages() {
	awk '$1 == 3 { n += $4 } END { print n + 0 }' "$table/tables"
}

# "walk" and "map" have the same output address for the start of each range.
walks_agree() {
	local range output rest found=0
	while read -r range output rest; do
		[ "${range#\#}" = "$range" ] || continue
		echo "${range%-*}" >"$table/walk"
		tail -n 1 "$table/walk" | grep -q -x -e "${range%-*} -> $output" || return
		found=$((found + 1))
	done </tmp/map
	[ $found -gt 0 ]
}

# reads_the_same N: a reader with a buffer of N bytes gets the same text
reads_the_same() {
	dd if="$table/map" bs="$1" 2>/dev/null | cmp -s - /tmp/map
}

# Prints the output of a command, for readers of the demo.
show() {
	local line
	say "# $*"
	"$@" | while IFS= read -r line; do
		say "#   $line"
	done
}

read_forever() {
	while :; do
		cat "$table/map" "$table/tables" "$table/info" >/dev/null 2>&1
	done
}

# mode FILE: print permissions and owner
mode() {
	stat -c '%a %u' "$table/$1"
}

# refuses WORD FILE: a write of WORD to FILE fails
refuses() {
	# shellcheck disable=SC2320
	! echo "$1" 2>/dev/null >"$table/$2"
}

no_reader_is_left() {
	local reader
	for reader in $readers; do
		! kill -0 "$reader" || return
	done
}

plan 30

wait_for 10 smmu_and_nvme_work
wait_for 5 has_table
table=$(folder_of "$smmu")
expect "the NVMe's table has a folder" "$table: $(ls "$table")" has_table
expect "info: format" "$(value format)" [ "$(value format)" = ARM_64_LPAE_S1 ]
expect "info: implementation" "$(value implementation)" \
	[ "$(value implementation)" = "$format, priority 0" ]
expect "info: device and driver" "$(value device)" \
	[ "$(value device)" = "$smmu, driver arm-smmu-v3" ]
expect "info: registers in words" "$(value registers)" \
	has "^TTBR0 0x[0-9a-f]*000; TCR tsz 16, tg 4K, ips 44 bits, walks inner-shareable" "$(value registers)"

show cat "$table/info"
show cat "$table/map"

# --- the disk is idle: all files agree
cat "$table/map" >/tmp/map
bytes=$(mapped_bytes </tmp/map)
expect "map: as many bytes as info has leaves of 4K" "$bytes bytes, $(leaves_of_4k) leaves" \
	[ "$bytes" = $(($(leaves_of_4k) * 4096)) ]
expect "tables: the last level has as many descriptors in use" "$(used_pages)" \
	[ "$(used_pages)" = "$(leaves_of_4k)" ]
expect "walk: leads to where map says, of every range" "$(tail -n 1 "$table/walk")" walks_agree
msi=$(tail -n 1 /tmp/map)
expect "map: the last page is the interrupt controller, as a device" "$msi" \
	has "0x0000000008090000 *4K *rw-u *device *outer-shareable, not-global$" "$msi"

# --- errors
expect "walk: refuses what is no number" "echo nonsense >walk" refuses nonsense walk
echo 0x1000000000000 >"$table/walk"
expect "walk: says what is no input address" "$(cat "$table/walk")" \
	has "is not an input address" "$(cat "$table/walk")"
echo 0x7000 >"$table/walk"
expect "walk: a hole leads to nothing" "$(tail -n 1 "$table/walk")" \
	has "^0x0000000000007000 -> nothing$" "$(tail -n 1 "$table/walk")"
for file in info map tables; do
	expect "$file: for root to read, and to nobody else" "$(mode $file)" [ "$(mode $file)" = "400 0" ]
done
expect "walk: for root only" "$(mode walk)" [ "$(mode walk)" = "600 0" ]
expect "map: cannot be written" "echo 1 >map" refuses 1 map

# --- hostile readers
for size in 1 7 97 4097; do
	expect "map: the same with a buffer of $size bytes" "$(wc -c </tmp/map) bytes" reads_the_same $size
done
expect "map: the same from the middle" "from byte 1000" \
	[ "$(dd if="$table/map" bs=1 skip=1000 2>/dev/null)" = "$(tail -c +1001 /tmp/map)" ]

# --- while the disk works
for reader in 1 2 3 4; do
	read_forever &
	readers="$readers $!"
done
io "four readers of all files" 16
# killall also fails if one of several readers ends before its signal.
killed=0
tries=0
while [ $killed -lt 5 ] && [ $tries -lt 500 ]; do
	! killall -9 cat || killed=$((killed + 1))
	tries=$((tries + 1))
	sleep 0.02
done
# shellcheck disable=SC2086
kill -9 $readers
# shellcheck disable=SC2086
wait $readers
expect "readers can be killed while they read" "$killed times of $tries" [ $killed -eq 5 ]
expect "no reader is left" "pids$readers" no_reader_is_left

# --- the table is freed under a reader
exec 3<"$table/map"
head -n 1 <&3 >/dev/null
remove_pci_devices
end=$(cat <&3 | tail -n 1)
expect "a table that is freed: its reader is told" "$end" [ "$end" = "# the table was freed" ]
exec 3<&-
wait_for 5 [ ! -d "$table" ]
expect "and its folder goes" "$(ls $tables)" [ ! -d "$table" ]
rescan_pci
wait_for 5 has_table
expect "the next one has another number" "$table, $(folder_of "$smmu")" \
	[ "$(folder_of "$smmu")" != "$table" ]

# --- the checker is on top of a table
modprobe io-pgtable-check
remove_pci_devices
rescan_pci
wait_for 5 has_table
table=$(folder_of "$smmu")
expect "under the checker: the table below is shown" \
	"$(value implementation), on top $(value 'on top of it'), $(leaves_of_4k) leaves" \
	[ "$(value 'on top of it') $(value implementation)" = "io_pgtable_check $format, priority 0" ]
no_faults

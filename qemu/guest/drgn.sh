# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Prints the debugfs files of tables of many formats, some of them under the checker, then panics.
# ../coredump.py takes one core file before the panic and one after the panic.
. ./lib.sh
. ./consumers-lib.sh

folder=/sys/kernel/debug/io-pgtable

table_numbers() {
	(cd $folder/tables && echo *) | tr ' ' '\n' | sort -n
}

has_tables() {
	[ "$(table_numbers | wc -l)" -ge "$1" ]
}

# show NAME FILE: print each line of the file to the log
show() {
	local line
	while IFS= read -r line; do
		say "file $1: $line"
	done <"$2"
}

show_walk() {
	echo "$2" >"$folder/tables/$1/walk"
	show "walk $1 $2" "$folder/tables/$1/walk"
}

# Prints addresses of a table: both ends of some mapped ranges, first addresses of tables, and others.
addresses() {
	awk '!/^#/ { print substr($1, 1, 18); print substr($1, 20) }' "$folder/tables/$1/map" |
		awk '{ a[NR] = $1 } END { for (i = 1; i <= NR; i += int(NR / 6) + 1) print a[i] }'
	awk 'NR > 1 { a[NR] = $3 } END { for (i = NR; i > 1; i -= int(NR / 3) + 1) print a[i] }' \
		"$folder/tables/$1/tables"
	echo 0x1234567
	echo 0xfff0000000000000
}

plan 4
wait_for 10 smmu_and_nvme_work
io "before the core file" 4
modprobe io-pgtable-filled
modprobe io-pgtable-check
modprobe io-pgtable-consumer
wait_for 20 has_tables 37
expect "the NVMe, 30 shapes and 6 devices have a table" "tables: $(table_numbers | tr '\n' ' ')" \
	[ "$(table_numbers | wc -l)" -ge 37 ]
expect "the checker is on top of some tables" "references: $(references io_pgtable_check)" \
	[ "$(references io_pgtable_check)" -ge 6 ]
expect "no fault was reported" "events in the kernel's log: $(fault_messages)" \
	[ "$(fault_messages)" = 0 ]

table_numbers >/tmp/numbers
show list /tmp/numbers
show formats $folder/formats
while read -r number; do
	for file in info map tables; do
		show "$file $number" "$folder/tables/$number/$file"
	done
	for address in $(addresses "$number" | sort -u); do
		show_walk "$number" "$address"
	done
done </tmp/numbers

say "drgn: debugfs has said all"
sleep 2
echo c >/proc/sysrq-trigger

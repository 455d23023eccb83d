# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Opens an interactive shell on the console, or runs commands.sh if the host added this file.
. ./lib.sh

has_module() {
	modprobe -n -q "$1"
}

# try COMMAND DESCRIPTION: print a suggestion
try() {
	printf '  %-49s  %s\n' "$1" "$2"
}

greet() {
	echo
	echo "Linux $(uname -r). Things to try:"
	try "cat /sys/kernel/debug/io-pgtable/formats" "the page table formats, their tables and drivers"
	[ ! -d /sys/kernel/debug/io-pgtable/tables ] ||
		try "ls /sys/kernel/debug/io-pgtable/tables" "the page tables"
	[ ! -d /sys/kernel/tracing/events/io_pgtable ] ||
		try "ls /sys/kernel/tracing/events/io_pgtable" "the tracepoints"
	[ -z "$(left_out)" ] ||
		try "modules_arrive" "install the modules that are left out: $(left_out)"
	try "cat /sys/kernel/debug/devices_deferred" "the devices that wait, and what for"
	try "dd if=/dev/$disk of=/dev/null bs=1M iflag=direct" "read the disk"
	! has_module io-pgtable-check ||
		try "modprobe io-pgtable-check" "check each table that is allocated from now on"
	try "run_scenario" "run the scenario's script, $SCRIPT.sh, and print its verdicts"
	try "dmesg" "all messages; the console has only warnings and errors"
	echo "The functions of qemu/guest/lib.sh are defined. To leave: poweroff, exit, or Ctrl-A X."
	echo
}

# Prints the names of the modules that are left out of /lib/modules.
left_out() {
	[ -d /lib/modules.complete ] || return 0
	(cd /lib/modules.complete && find . -name '*.ko') | while read -r module; do
		[ -e "/lib/modules/$module" ] || basename "$module" .ko
	done | xargs
}

[ ! -d /sys/kernel/tracing ] || mount -t tracefs tracefs /sys/kernel/tracing
# If modules are left out, the disk may never be ready, so do not wait for it.
[ -d /lib/modules.complete ] || wait_for 2 nvme_is_ready
if [ -e commands.sh ]; then
	sh -c 'cd /; . /guest/shell-lib.sh; . /guest/commands.sh' </dev/null
	echo "shell.sh: exit status $?"
else
	stty rows "${ROWS:-24}" cols "${COLUMNS:-80}"
	greet
	cd /
	ENV=/guest/shell-lib.sh setsid cttyhack sh -i
fi

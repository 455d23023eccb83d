# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# With COVERAGE=1 on the kernel's command line, after the scenario: the counters of the kernel's gcov go to
# the disk, behind what scenarios write there. Files in debugfs have a size of 0, which tar would believe.

. ./lib.sh

offset=96 # MiB, as in coverage.py

mkdir /tmp/coverage
find /sys/kernel/debug/gcov -name '*.gcda' | while read -r counters; do
	cat "$counters" >"/tmp/coverage/$(basename "$counters")"
done
tar -C /tmp/coverage -cf /tmp/coverage.tar .
wait_for 10 nvme_is_ready
dd if=/tmp/coverage.tar of="/dev/$disk" bs=1M seek=$offset conv=fsync 2>/dev/null &&
	say "coverage: $(find /tmp/coverage -name '*.gcda' | wc -l) files"

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Writes the counters of the kernel's gcov to the disk, behind the data of scenarios. init runs this script after
# the scenario if the kernel's command line has COVERAGE=1. The counters are copied first, because files in
# debugfs have a size of 0 and tar would store no data.

. ./lib.sh

offset=96 # MiB; coverage.py has the same value

mkdir /tmp/coverage
find /sys/kernel/debug/gcov -name '*.gcda' | while read -r counters; do
	cat "$counters" >"/tmp/coverage/$(basename "$counters")"
done
tar -C /tmp/coverage -cf /tmp/coverage.tar .
wait_for 10 nvme_is_ready
dd if=/tmp/coverage.tar of="/dev/$disk" bs=1M seek=$offset conv=fsync 2>/dev/null &&
	say "coverage: $(find /tmp/coverage -name '*.gcda' | wc -l) files"

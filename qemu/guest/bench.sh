# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The module MODULE measures when it is loaded, and prints rows for the host. With CHECK=1 it runs under
# the checker. The module unmaps empty tables as blocks; the checker is told not to report that.
. ./lib.sh

plan 1
wait_for 10 smmu_and_nvme_work
[ -z "$CHECK" ] || echo N >/sys/module/io_pgtable_check/parameters/misuse
status=0
modprobe "$MODULE" || status=$?
expect "each case does what it should" "modprobe $MODULE: $status, $(kernel_log | grep 'bench e')" \
	has "bench end 0" "$(kernel_log)"

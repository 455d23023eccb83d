# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# MODULE measures while it is loaded, and tells the host by itself. With CHECK=1 it does so under the
# checker. Empty tables are unmapped as blocks, which is not reported then.
. ./lib.sh

plan 1
wait_for 10 smmu_and_nvme_work
[ -z "$CHECK" ] || echo N >/sys/module/io_pgtable_check/parameters/misuse
status=0
modprobe "$MODULE" || status=$?
expect "each case does what it should" "modprobe $MODULE: $status, $(kernel_log | grep 'bench e')" \
	has "bench end 0" "$(kernel_log)"

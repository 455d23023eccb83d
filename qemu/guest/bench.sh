# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# MODULE measures while it is loaded, and tells the host by itself.
. ./lib.sh

plan 1
wait_for 10 smmu_and_nvme_work
status=0
modprobe "$MODULE" || status=$?
expect "each case does what it should" "modprobe $MODULE: $status, $(kernel_log | grep 'bench e')" \
	has "bench end 0" "$(kernel_log)"

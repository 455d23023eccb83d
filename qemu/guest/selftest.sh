# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The best implementation of the SMMU's format is faulty. The self-test must find the fault before the implementation
# makes a table.
. ./lib.sh

parameter=/sys/module/io_pgtable/parameters/selftest

# line MODULE: print the implementation's line in the list of formats
line() {
	grep "^ARM_64_LPAE_S1 .* $1 " /sys/kernel/debug/io-pgtable/formats | tr -s ' '
}

plan 12

wait_for 10 smmu_and_nvme_work
expect "the self-test is on" "$parameter: $(cat $parameter)" [ "$(cat $parameter)" = Y ]
expect "the SMMU's format is ready" "$(line io_pgtable_arm_lpae)" has ready "$(line io_pgtable_arm_lpae)"

modprobe io-pgtable-broken
failure=$(kernel_log | grep "fails its self-test")
expect "the self-test finds the wrong implementation, and the log says why" "$failure" \
	has "ARM_64_LPAE_S1, priority 30, of io_pgtable_broken .*translation at .*expected .*found" "$failure"
expect "it shows as failed" "$(line io_pgtable_broken)" has failed "$(line io_pgtable_broken)"
expect "its module stays" "$(lsmod | grep broken)" loaded io_pgtable_broken

# --- a new table for the NVMe
remove_pci_devices
rescan_pci
dma_works "beside the wrong one"
expect "the wrong one has no table" "references: $(references io_pgtable_broken)" \
	[ "$(references io_pgtable_broken)" = 0 ]
expect "its module can be unloaded" "rmmod io_pgtable_broken" rmmod io_pgtable_broken

# --- no implementation makes tables now
echo 0 >$parameter
modprobe io-pgtable-broken
expect "turned off at run time, it is not tried" "$(line io_pgtable_broken)" has ready "$(line io_pgtable_broken)"
rmmod io_pgtable_broken
no_faults

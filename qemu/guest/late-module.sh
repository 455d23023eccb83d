# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The SMMU driver is built in. Its format's module is missing at boot and is loaded later.
. ./lib.sh

nvme_waits() {
	! nvme_is_ready && has "$nvme" "$(deferred)"
}

smmu_waits() {
	has ARM_64_LPAE "$(deferred)"
}

plan 19

# LIMIT=N on the kernel's command line sets a higher limit for kernels with debug options.
limit=${LIMIT:-1000}

# --- waiting
wait_for 5 smmu_waits
expect "the SMMU waits, and says what for" "devices_deferred: $(deferred | grep smmuv3)" \
	has "waiting for page table format ARM_64_LPAE_S[12]" "$(deferred | grep smmuv3)"
expect "the NVMe waits for the SMMU" "devices_deferred: $(deferred | grep "$nvme")" \
	nvme_waits
expect "nothing failed for good" "messages of failed probes: $(failed_probes | wc -l)" \
	[ -z "$(failed_probes)" ]

# --- the module arrives
modules_arrive
start=$(milliseconds)
modprobe io-pgtable-arm-lpae
wait_for 20 smmu_and_nvme_work
took=$(($(milliseconds) - start))
expect "modprobe alone: SMMU and NVMe probe" "no sysfs file was written" smmu_and_nvme_work
expect "they do so within $limit ms" "$took ms from modprobe to /dev/nvme0n1" [ $took -lt "$limit" ]
expect "nothing waits any more" "devices_deferred: '$(deferred)'" [ -z "$(deferred)" ]
dma_works "the module came late"

# --- in use
dd if=/dev/nvme0n1 of=/dev/null bs=16k count=4096 iflag=direct 2>/tmp/dd &
reader=$!
refused "while I/O is going on"
expect "the reader was still at it" "its process was there after rmmod" kill -0 $reader
wait $reader
expect "I/O goes on: the reader comes to its end" "$(tail -n 1 /tmp/dd)" \
	has "4096+0 records in" "$(cat /tmp/dd)"
io "after the refused rmmod" 8

# --- a built-in SMMU driver holds its formats even without tables
remove_pci_devices
refused "with no device left behind the SMMU"
rescan_pci
expect "the NVMe is back after a rescan" "iommu_group/type $(group_type)" nvme_is_ready
io "after the rescan" 8
no_faults
